/** What settings name of fleets that others make, held against AWS. */
import { balancerOfListener, type Existing } from "../components/aws/existing";
import type { Account } from "./account";

type Read = Pick<Account, "groups" | "classicLoadBalancers" | "loadBalancers" | "listeners" | "targetGroups">;

/**
 * A line for each listener, target group, group and load balancer that AWS does not have, or that can't take part.
 *
 * @throws StatusError if AWS can't be read
 */
export async function missingFleets(
  apps: readonly { readonly name: string; readonly existing?: Existing | undefined }[],
  account: Read,
): Promise<string[]> {
  const lines: string[] = [];
  for (const { name, existing = {} } of apps)
    for (const [key, problem] of await problemsOf(existing, account))
      lines.push(`apps.${name}.existing.${key} ${problem}`);
  return lines;
}

type Problem = readonly [key: string, problem: string];

async function problemsOf(existing: Existing, account: Read): Promise<Problem[]> {
  const { listenerArns = [], targetGroupArns, groups, loadBalancers } = existing;
  const balancer = listenerArns.map(balancerOfListener)[0];
  const absent = (
    key: string,
    map: Readonly<Record<string, string>>,
    there: readonly (string | undefined)[],
  ) =>
    Object.entries(map)
      .filter(([, one]) => !there.includes(one))
      .map(([variant, one]): Problem => [`${key}.${variant}`, `is not there: ${one}`]);
  const found: Problem[] = [];
  if (balancer !== undefined) {
    const isThere = (await account.loadBalancers()).some(
      ({ LoadBalancerArn }) => LoadBalancerArn === balancer,
    );
    const there = isThere ? (await account.listeners(balancer)).map(({ ListenerArn }) => ListenerArn) : [];
    for (const [i, arn] of listenerArns.entries())
      if (!there.includes(arn)) found.push([`listenerArns[${i}]`, `is not there: ${arn}`]);
  }
  if (targetGroupArns !== undefined) {
    const all = await account.targetGroups();
    found.push(
      ...absent(
        "targetGroupArns",
        targetGroupArns,
        all.map(({ TargetGroupArn }) => TargetGroupArn),
      ),
    );
    for (const [variant, arn] of Object.entries(targetGroupArns)) {
      const [other] = all.find(({ TargetGroupArn }) => TargetGroupArn === arn)?.LoadBalancerArns ?? [];
      if (other !== undefined && other !== balancer)
        found.push([
          `targetGroupArns.${variant}`,
          `is of another load balancer than the listeners: ${other}`,
        ]);
    }
  }
  if (groups !== undefined)
    found.push(
      ...absent(
        "groups",
        groups,
        (await account.groups()).map(({ AutoScalingGroupName }) => AutoScalingGroupName),
      ),
    );
  if (loadBalancers !== undefined) {
    const all = await account.classicLoadBalancers();
    found.push(
      ...absent(
        "loadBalancers",
        loadBalancers,
        all.map(({ LoadBalancerName }) => LoadBalancerName),
      ),
    );
  }
  return found;
}

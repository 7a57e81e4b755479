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
  const { listenerArns = [], targetGroupArns = {}, groups = {}, loadBalancers = {} } = existing;
  const balancer = listenerArns.map(balancerOfListener)[0];
  const isNamed = (map: object): boolean => Object.keys(map).length > 0;
  const balancers = balancer === undefined ? [] : await account.loadBalancers();
  const isThere = balancers.some(({ LoadBalancerArn }) => LoadBalancerArn === balancer);
  const listeners = balancer !== undefined && isThere ? await account.listeners(balancer) : [];
  const targetGroups = isNamed(targetGroupArns) ? await account.targetGroups() : [];
  const theirGroups = isNamed(groups) ? await account.groups() : [];
  const classic = isNamed(loadBalancers) ? await account.classicLoadBalancers() : [];

  const elsewhere = Object.entries(targetGroupArns).flatMap(([variant, arn]): Problem[] => {
    const [other] = targetGroups.find(({ TargetGroupArn }) => TargetGroupArn === arn)?.LoadBalancerArns ?? [];
    if (other === undefined || other === balancer) return [];
    return [[`targetGroupArns.${variant}`, `is of another load balancer than the listeners: ${other}`]];
  });
  return [
    ...absent(
      listenerArns.map((arn, i) => [`listenerArns[${i}]`, arn]),
      listeners.map(({ ListenerArn }) => ListenerArn),
    ),
    ...absent(
      keyed("targetGroupArns", targetGroupArns),
      targetGroups.map(({ TargetGroupArn }) => TargetGroupArn),
    ),
    ...elsewhere,
    ...absent(
      keyed("groups", groups),
      theirGroups.map(({ AutoScalingGroupName }) => AutoScalingGroupName),
    ),
    ...absent(
      keyed("loadBalancers", loadBalancers),
      classic.map(({ LoadBalancerName }) => LoadBalancerName),
    ),
  ];
}

type Named = readonly [key: string, name: string];

const keyed = (key: string, map: Readonly<Record<string, string>>): Named[] =>
  Object.entries(map).map(([variant, name]) => [`${key}.${variant}`, name]);

const absent = (named: readonly Named[], there: readonly (string | undefined)[]): Problem[] =>
  named.filter(([, name]) => !there.includes(name)).map(([key, name]) => [key, `is not there: ${name}`]);

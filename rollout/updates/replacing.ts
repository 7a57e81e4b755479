/** Waits until Auto Scaling groups have replaced their instances, which goes on after the update that began it. */

import type { AutoScalingGroup, InstanceRefresh } from "@aws-sdk/client-auto-scaling";
import type { Clock } from "../../analysis/clock";
import { awsTypes, fleetTypes } from "../../components/aws/types";
import type { ResourceState } from "../../offline/state";
import { type Account, all, awsAccount } from "../../status/account";
import type { AwsAccess } from "../../status/aws-access";

/** What is read of the groups. Nothing is ever changed. */
export interface ReplacingAccount extends Pick<Account, "groups" | "targets"> {
  /** A group's instance refreshes, the latest first. */
  refreshes(group: string): Promise<InstanceRefresh[]>;
}

export async function replacingAccount(access: AwsAccess): Promise<ReplacingAccount> {
  const [account, { AutoScalingClient, paginateDescribeInstanceRefreshes }] = await Promise.all([
    awsAccount(access),
    import("@aws-sdk/client-auto-scaling"),
  ]);
  const client = new AutoScalingClient(access.options("autoscaling"));
  return {
    ...account,
    refreshes: (AutoScalingGroupName) =>
      all(
        `instance refreshes of ${AutoScalingGroupName}`,
        paginateDescribeInstanceRefreshes({ client }, { AutoScalingGroupName }),
        ({ InstanceRefreshes }) => InstanceRefreshes,
      ),
  };
}

/** Names in AWS of the groups of the apps' primaries. */
export const primaryGroups = (state: readonly ResourceState[], apps: readonly string[]): string[] =>
  state
    .filter(({ type, name }) => type === awsTypes.group && apps.includes(name))
    .filter(({ parent = "" }) => parent.includes(`${fleetTypes.made}::`))
    .flatMap(({ id }) => id ?? []);

const POLL_MS = 15_000;
/** Milliseconds after which a refresh that is to come must have begun. */
const BEGIN_MS = 120_000;

/**
 * Waits until each group has as many instances as it needs, all of its launch template's version, in service, and healthy in its
 * target groups.
 *
 * @param tell told how far it is, a line at each change
 * @returns why it will not come to that; undefined once it has
 */
export async function untilReplaced(
  groups: readonly string[],
  { account, clock }: { account: ReplacingAccount; clock: Clock },
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<string | undefined> {
  const begun = clock.elapsed();
  let told = "";
  for (;;) {
    const progress = await Promise.all(groups.map((name) => progressOf(name, account)));
    signal.throwIfAborted();
    const waiting = progress.filter(({ done }) => !done);
    if (waiting.length === 0) return undefined;
    const late = clock.elapsed() - begun >= BEGIN_MS;
    const stuck = waiting.find(({ ended, idle }) => ended || (idle && late));
    if (stuck !== undefined) return `group ${stuck.said}`;
    const line = waiting.map(({ said }) => said).join("; ");
    if (line !== told) tell(`replacing instances: ${line}`);
    told = line;
    await clock.sleep(POLL_MS, signal);
  }
}

interface Progress {
  readonly done: boolean;
  /** The last refresh ended without success. */
  readonly ended: boolean;
  /** No refresh is under way. */
  readonly idle: boolean;
  /** For people. */
  readonly said: string;
}

const UNDER_WAY = ["Pending", "InProgress", "Baking", "Cancelling", "RollbackInProgress"];
const UNSUCCESSFUL = ["Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"];

async function progressOf(name: string, account: ReplacingAccount): Promise<Progress> {
  const group = (await account.groups()).find((each) => each.AutoScalingGroupName === name);
  if (group === undefined) return { done: false, ended: true, idle: true, said: `${name} is not there` };
  const { MinSize = 0, Instances = [] } = group;
  const fresh = await servingIds(group, account);
  const [latest] = await account.refreshes(name);
  const status = latest?.Status ?? "none";
  const reason = latest?.StatusReason === undefined ? "" : `, ${latest.StatusReason}`;
  return {
    // Nobody replaces what a refresh is still at.
    done: fresh.length >= MinSize && fresh.length === Instances.length && !UNDER_WAY.includes(status),
    ended: UNSUCCESSFUL.includes(status),
    idle: !UNDER_WAY.includes(status),
    said: `${name}: ${fresh.length} of ${Instances.length} new and healthy, ${MinSize} needed; refresh: ${status}${reason}`,
  };
}

/** The instances of the launch template's version that are in service, and healthy wherever the group is attached. */
async function servingIds(group: AutoScalingGroup, account: ReplacingAccount): Promise<string[]> {
  const { LaunchTemplate: wanted, Instances = [], TargetGroupARNs = [] } = group;
  const healthy = await Promise.all(
    TargetGroupARNs.map(async (arn) => {
      const targets = await account.targets(arn);
      return targets.flatMap(({ Target, TargetHealth }) =>
        TargetHealth?.State === "healthy" ? [Target?.Id] : [],
      );
    }),
  );
  return Instances.filter(
    ({ LaunchTemplate: own, LifecycleState, HealthStatus }) =>
      own?.LaunchTemplateId === wanted?.LaunchTemplateId &&
      own?.Version === wanted?.Version &&
      LifecycleState === "InService" &&
      HealthStatus === "Healthy",
  )
    .map(({ InstanceId = "" }) => InstanceId)
    .filter((id) => healthy.every((ids) => ids.includes(id)));
}

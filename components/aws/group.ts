import type { GroupArgs } from "@pulumi/aws/autoscaling/group";
import type { LaunchTemplate } from "@pulumi/aws/ec2/launchTemplate";
import type * as pulumi from "@pulumi/pulumi";
import type { GroupPlan } from "./group-plan";

/** The Auto Scaling group of one variant. */
export interface GroupSpec {
  readonly plan: GroupPlan;
  /** Names of the load balancers that `plan` speaks of. */
  readonly loadBalancers: Readonly<Record<GroupPlan["loadBalancers"][number], pulumi.Input<string>>>;
  readonly launchTemplate: LaunchTemplate;
  readonly publicSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /** Seconds that a new instance has before a failed health check ends it. */
  readonly healthCheckGracePeriod: number;
  /** Tags of the group and of the instances that it launches. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Args of an Auto Scaling group. A new version of the launch template replaces the instances a few at a time: the primary's
 * new ones are healthy before old ones end, a canary's old ones end first, as its group may not grow. Instances that are
 * of that version already are left alone
 * (https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html).
 */
export function groupArgs({ plan, launchTemplate, tags, ...spec }: GroupSpec): GroupArgs {
  const { loadBalancers, ...sizes } = plan;
  return {
    ...sizes,
    loadBalancers: loadBalancers.map((which) => spec.loadBalancers[which]),
    launchTemplate: { id: launchTemplate.id, version: launchTemplate.latestVersion.apply(String) },
    vpcZoneIdentifiers: spec.publicSubnetIds,
    healthCheckType: "ELB",
    healthCheckGracePeriod: spec.healthCheckGracePeriod,
    instanceRefresh: {
      strategy: "Rolling",
      preferences: { ...(tags.track === "primary" ? LAUNCH_FIRST : TERMINATE_FIRST), skipMatching: true },
    },
    tags: Object.entries(tags).map(([key, value]) => ({ key, value, propagateAtLaunch: true })),
  };
}

const LAUNCH_FIRST = { minHealthyPercentage: 100, maxHealthyPercentage: 110 };
const TERMINATE_FIRST = { minHealthyPercentage: 90, maxHealthyPercentage: 100 };

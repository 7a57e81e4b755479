import type { GroupArgs } from "@pulumi/aws/autoscaling/group";
import type { LaunchTemplate } from "@pulumi/aws/ec2/launchTemplate";
import type * as pulumi from "@pulumi/pulumi";
import type { Attachment } from "./fronts";
import type { GroupSizes } from "./group-plan";

/** The Auto Scaling group of one variant. */
export interface GroupSpec {
  readonly sizes: GroupSizes;
  readonly attachment: Attachment;
  readonly launchTemplate: LaunchTemplate;
  readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>;
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
 *
 * Both kinds of attachment are given even where empty: AWS's provider detaches nothing from a group that leaves them out.
 */
export function groupArgs({
  sizes,
  attachment: { loadBalancers, targetGroupArns },
  launchTemplate,
  tags,
  ...spec
}: GroupSpec): GroupArgs {
  return {
    ...sizes,
    loadBalancers: [...loadBalancers],
    targetGroupArns: [...targetGroupArns],
    launchTemplate: { id: launchTemplate.id, version: launchTemplate.latestVersion.apply(String) },
    vpcZoneIdentifiers: spec.subnetIds,
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

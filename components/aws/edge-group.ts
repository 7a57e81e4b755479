import type { GroupArgs } from "@pulumi/aws/autoscaling/group";
import type { LifecycleHookArgs } from "@pulumi/aws/autoscaling/lifecycleHook";
import type { LaunchTemplate, LaunchTemplateArgs } from "@pulumi/aws/ec2/launchTemplate";
import type * as pulumi from "@pulumi/pulumi";
import { TERMINATION_GRACE_SECONDS } from "../kubernetes/traefik-pod";
import { launchTemplateArgs, type RootBlockDevice } from "./launch-template";

/** One of the two Auto Scaling groups of edge nodes. */
export interface EdgeGroupPlan {
  readonly name: "a" | "b";
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly purchase: "on-demand" | "spot";
}

/**
 * The two groups. By `zones` each has every other subnet, so that a zone's failure takes one group and the other scales by
 * itself; by `spot` both have all subnets, and the second one's nodes are spot instances.
 */
export function planEdgeGroups(
  groups: "zones" | "spot",
  subnetIds: readonly pulumi.Input<string>[],
): readonly [EdgeGroupPlan, EdgeGroupPlan] {
  if (groups === "spot") {
    return [
      { name: "a", subnetIds, purchase: "on-demand" },
      { name: "b", subnetIds, purchase: "spot" },
    ];
  }
  const everyOther = (first: number) => subnetIds.filter((_, i) => i % 2 === first);
  return [
    { name: "a", subnetIds: everyOther(0), purchase: "on-demand" },
    { name: "b", subnetIds: everyOther(1), purchase: "on-demand" },
  ];
}

/** The machines of a group. */
export interface EdgeNodeSpec {
  readonly amiId: pulumi.Input<string>;
  readonly instanceType: pulumi.Input<string>;
  /** That of edge nodes, and the cluster's own. */
  readonly securityGroupIds: readonly [pulumi.Input<string>, ...pulumi.Input<string>[]];
  readonly profileArn: pulumi.Input<string>;
  readonly userData: string;
  readonly rootBlockDevice?: RootBlockDevice | undefined;
  readonly purchase: EdgeGroupPlan["purchase"];
}

/** Args of a launch template: as the fleets' have it, with what makes the machine a node. */
export function edgeTemplateArgs({ profileArn, purchase, ...node }: EdgeNodeSpec): LaunchTemplateArgs {
  return {
    ...launchTemplateArgs({ ...node, iamInstanceProfile: { arn: profileArn } }),
    ...(purchase === "spot" && { instanceMarketOptions: { marketType: "spot" } }),
  };
}

/** A group's size and place. */
export interface EdgeGroupSpec {
  readonly plan: EdgeGroupPlan;
  readonly minSize: number;
  readonly maxSize: number;
  readonly launchTemplate: LaunchTemplate;
  readonly attachment: Pick<GroupArgs, "loadBalancers" | "targetGroupArns">;
  readonly tags: Readonly<Record<string, string>>;
}

/** Seconds from an instance's start until Traefik serves on it. */
const WARM_UP_SECONDS = 300;

/**
 * Args of an Auto Scaling group. A new one is there once its nodes answer Traefik's ping at the load balancer, and only
 * then. Afterwards the ping decides where requests go, not which machine lives: a node whose Traefik is replaced answers
 * none for a while, and a machine of its own would not heal a Traefik that fails on every node.
 */
export function edgeGroupArgs({
  plan,
  launchTemplate,
  attachment,
  tags,
  ...sizes
}: EdgeGroupSpec): GroupArgs {
  return {
    minSize: sizes.minSize,
    maxSize: sizes.maxSize,
    minElbCapacity: sizes.minSize,
    ...attachment,
    launchTemplate: { id: launchTemplate.id, version: launchTemplate.latestVersion.apply(String) },
    vpcZoneIdentifiers: [...plan.subnetIds],
    healthCheckType: "EC2",
    capacityRebalance: plan.purchase === "spot",
    instanceRefresh: {
      strategy: "Rolling",
      preferences: {
        minHealthyPercentage: 100,
        maxHealthyPercentage: 110,
        instanceWarmup: String(WARM_UP_SECONDS),
        skipMatching: true,
      },
    },
    tags: Object.entries(tags).map(([key, value]) => ({ key, value, propagateAtLaunch: true })),
  };
}

/**
 * Args of a hook that holds a node's end up. The group first takes the node out of the load balancer, and then waits for as
 * long as connections may take to end and Traefik to finish, or until something that drains nodes completes the hook. Only
 * then is the machine shut down, which its kubelet delays until Traefik has ended, too.
 */
export function drainHookArgs(groupName: pulumi.Input<string>, drainingTimeout: number): LifecycleHookArgs {
  return {
    autoscalingGroupName: groupName,
    lifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING",
    heartbeatTimeout: drainingTimeout + TERMINATION_GRACE_SECONDS,
    defaultResult: "CONTINUE",
  };
}

import { type FleetBounds, type FleetSize, instanceCounts, type TrafficSplit } from "../traffic";

/** Bounds of an app's groups. */
export interface GroupBounds extends FleetBounds {
  /** Instances that a scaling policy may grow the primary's group to, while that is whole. */
  readonly maxSize: number;
}

/** Sizes of one variant's Auto Scaling group, and what an update of them waits for. */
export interface GroupSizes {
  readonly minSize: number;
  readonly maxSize: number;
  readonly desiredCapacity?: number;
  readonly waitForElbCapacity?: number;
  readonly waitForCapacityTimeout?: string;
}

/** What the weights make of one variant's group behind classic load balancers: nothing else depends on them there. */
export interface GroupPlan {
  readonly sizes: GroupSizes;
  /** The load balancers that the group is attached to: the app's main one, the canary's own. */
  readonly loadBalancers: readonly ("main" | "own")[];
}

/**
 * Sizes and attachments of an app's groups behind classic load balancers, in the order of `split.variants`.
 *
 * A scaling policy owns the primary's size between `minSize` and `maxSize`, so its desired capacity is never given: AWS
 * moves it only as far as a new minimum or maximum makes it
 * (https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_UpdateAutoScalingGroup.html). Up to 50 % and at 100 % both
 * stay as they are, so a group that was scaled out stays scaled out. A canary's group can't grow at all, so that no
 * scaling policy brings a bad version to more users.
 *
 * What updates wait for follows from the provider (resourceGroupUpdate in
 * https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/autoscaling/group.go). Where the minimum
 * or the desired capacity changes, it waits for *exactly* the larger of the minimum and the desired capacity it last saw,
 * and for exactly `waitForElbCapacity` instances in service at all attached load balancers; where only the maximum or
 * the attachments change, it waits for neither. Hence:
 * - A canary's group waits for all its instances, so a rise fails before the primary shrinks if the canary never serves.
 * - The primary's waits for `fleetSize` when it becomes whole again. No scaling policy can have grown it until then.
 * - While it is shrunk it does not wait: the capacity last seen is larger than what it shrinks to, so waiting would fail.
 * - A new `fleetSize` while the group is scaled out is applied, but the wait for it times out, after ten minutes.
 */
export function planGroups(split: TrafficSplit, bounds: GroupBounds): [GroupPlan, ...GroupPlan[]] {
  const whole = split.canaryWeight <= 50 || split.canaryWeight === 100;
  const [primary, ...canaries] = instanceCounts(split, bounds) as [FleetSize, ...FleetSize[]];
  return [planPrimary(primary, whole, bounds.maxSize), ...canaries.map(planCanary)];
}

function planPrimary({ instances, inService }: FleetSize, whole: boolean, maxSize: number): GroupPlan {
  const loadBalancers: GroupPlan["loadBalancers"] = inService ? ["main"] : [];
  const sizes = whole
    ? { minSize: instances, maxSize, ...(inService && { waitForElbCapacity: instances }) }
    : { minSize: instances, maxSize: instances, waitForCapacityTimeout: "0" };
  return { sizes, loadBalancers };
}

function planCanary({ instances, inService }: FleetSize): GroupPlan {
  return { sizes: canarySizes(instances, inService), loadBalancers: inService ? ["main", "own"] : ["own"] };
}

const canarySizes = (instances: number, awaited: boolean): GroupSizes => ({
  minSize: instances,
  maxSize: instances,
  desiredCapacity: instances,
  ...(awaited && { waitForElbCapacity: instances }),
});

/** Bounds of an app's groups whose sizes no weight changes. */
export interface FixedBounds extends Pick<GroupBounds, "fleetSize" | "maxSize"> {
  /** Instances of each canary, 0 or more. */
  readonly canarySize: number;
}

/**
 * Sizes of an app's groups behind listeners, which carry the weights themselves: the primary's first, then those of
 * `canaries` canaries. The primary is whole at every weight, so a rollback needs no instance. As behind classic load balancers
 * a canary's group can't grow, and an update that changes a size waits until all instances are healthy.
 */
export function planFixedGroups(
  canaries: number,
  { fleetSize, maxSize, canarySize }: FixedBounds,
): [GroupSizes, ...GroupSizes[]] {
  const primary = { minSize: fleetSize, maxSize, waitForElbCapacity: fleetSize };
  return [primary, ...Array.from({ length: canaries }, () => canarySizes(canarySize, canarySize > 0))];
}

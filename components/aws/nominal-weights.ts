import {
  effectiveFleetWeights,
  type FleetBounds,
  formatWeight,
  hundredths,
  instanceCounts,
  rounded,
  type TrafficSplit,
} from "../traffic";

/** A variant's weight as asked and as its number of instances makes it, in percent. */
export interface NominalWeight {
  readonly asked: number;
  /**
   * The variant's share of the instances in service, rounded to two decimals, with the primary at `fleetSize`; once a
   * scaling policy has grown that, the canaries' shares are smaller. It is nominal: a classic load balancer
   * sends a request of an HTTP listener to the instance with the fewest outstanding ones, so a canary that answers
   * faster, or fails faster, attracts more
   * (https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html).
   */
  readonly effective: number;
}

/** By variant, what instances of an even share make of a split. */
export function nominalWeights(split: TrafficSplit, bounds: FleetBounds): Record<string, NominalWeight> {
  const effective = effectiveFleetWeights(instanceCounts(split, bounds));
  return Object.fromEntries(
    split.variants.map(({ name, weight }, i) => [
      name,
      { asked: weight, effective: rounded(effective[i] ?? 0) },
    ]),
  );
}

/** A warning when a variant's nominal weight is more than a point off what was asked for it. */
export function nominalWarning(app: string, weights: Record<string, NominalWeight>): string | undefined {
  const off = Object.entries(weights).filter(
    ([, { asked, effective }]) => hundredths(Math.abs(effective - asked)) > 100,
  );
  if (off.length === 0) return undefined;
  const parts = off.map(
    ([variant, { asked, effective }]) =>
      `${variant} gets ${formatWeight(effective)} of the requests where ${formatWeight(asked)} was asked`,
  );
  return `${app}: ${parts.join(", ")}; a larger aws.fleetSize comes closer`;
}

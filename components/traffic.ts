/**
 * Traffic splits and their arithmetic: what share of an app's requests each variant gets, and what a router that
 * counts in whole numbers can make of it.
 */

/** One version of an app and its share of the app's requests. */
export interface Variant {
  /** `primary`, `canary`, or the name that the settings give a further canary. */
  readonly name: string;
  /** Percent of the app's requests, 0 to 100, at most two decimals. */
  readonly weight: number;
}

/** Name of what belongs to one variant: the app's own for the primary. */
export const variantName = (app: string, variant: string): string =>
  variant === "primary" ? app : `${app}-${variant}`;

/** Name of the variant with the primary's version that a canary is compared with, if it is not the primary itself. */
export const BASELINE = "baseline";

/** The unit of all arithmetic here: a hundredth of a percent. A split adds up to this many. */
const WHOLE = 10_000;

/** A percentage as a whole number of hundredths. */
export const hundredths = (percent: number): number => Math.round(percent * 100);
/** A percentage with at most two decimals. */
export const rounded = (percent: number): number => hundredths(percent) / 100;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
/** Greatest common divisor. */
export const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Whether `weight` is a percentage that a split takes: 0 to 100 with at most two decimals. */
export function isWeight(weight: number): boolean {
  return weight >= 0 && weight <= 100 && Math.abs(weight * 100 - hundredths(weight)) < 1e-9;
}

/** An app's variants with their weights. The primary takes what the canaries leave. */
export class TrafficSplit {
  readonly primary: Variant;
  readonly canaries: readonly Variant[];

  /**
   * @param canaries name and weight (percent) of each canary
   * @throws RangeError when a weight is not a percentage of at most two decimals, or all together exceed 100
   */
  constructor(canaries: readonly Variant[]) {
    for (const { name, weight } of canaries) {
      if (!isWeight(weight)) {
        throw new RangeError(`weight of ${name}: ${weight} is not 0 to 100 with at most two decimals`);
      }
    }
    const taken = sum(canaries.map((canary) => hundredths(canary.weight)));
    if (taken > WHOLE) {
      throw new RangeError(`canaries take ${taken / 100} % together; at most 100 % is there to take`);
    }
    this.primary = { name: "primary", weight: (WHOLE - taken) / 100 };
    this.canaries = canaries;
  }

  /** The primary first, then the canaries in their order. */
  get variants(): readonly [Variant, ...Variant[]] {
    return [this.primary, ...this.canaries];
  }

  /** Percent that all canaries take together. */
  get canaryWeight(): number {
    return (WHOLE - hundredths(this.primary.weight)) / 100;
  }
}

/**
 * The split as whole numbers, in the order of `split.variants`, for a router that takes integers from 0 to `bound`.
 * Whole percents stay as they are (90/10, not 9/1); other splits become the smallest integers that are exact; where
 * those exceed `bound`, the closest ratio within it. A variant with weight above 0 never gets 0.
 */
export function integerWeights(split: TrafficSplit, bound = Number.POSITIVE_INFINITY): number[] {
  const shares = split.variants.map((variant) => hundredths(variant.weight));
  const percents = shares.map((share) => share / 100);
  if (percents.every(Number.isInteger) && Math.max(...percents) <= bound) return percents;

  const divisor = shares.reduce(gcd);
  const exact = shares.map((share) => share / divisor);
  return Math.max(...exact) <= bound ? exact : closestWithin(shares, bound);
}

/** The integers from 0 to `bound` whose ratio is closest to that of `shares`; of equally close ones the smallest. */
function closestWithin(shares: readonly number[], bound: number): number[] {
  const taking = shares.filter((share) => share > 0).length;
  let best: number[] = [];
  let smallest = Number.POSITIVE_INFINITY;
  for (let total = taking; total <= taking * bound; total++) {
    const parts = apportion(shares, total).map((part) => Math.min(part, bound));
    const error = Math.max(
      ...effectiveWeights(parts).map((weight, i) => Math.abs(weight * 100 - (shares[i] ?? 0))),
    );
    if (error < smallest - 1e-9) {
      best = parts;
      smallest = error;
    }
  }
  return best;
}

/**
 * `total` divided in whole numbers in proportion to `shares` by largest remainder; each share above 0 gets 1 at least,
 * so the parts exceed `total` when there are more shares than that.
 */
export function apportion(shares: readonly number[], total: number): number[] {
  const whole = sum(shares);
  const parts = shares.map((share) => (share === 0 ? 0 : Math.max(1, Math.floor((share * total) / whole))));
  const shortfall = (i: number): number => ((shares[i] ?? 0) * total) / whole - (parts[i] ?? 0);
  const order = shares.map((_, i) => i).filter((i) => shares[i] !== 0);
  for (let left = total - sum(parts); left > 0; left--) {
    const next = order.reduce((a, b) => (shortfall(b) > shortfall(a) + 1e-9 ? b : a));
    parts[next] = (parts[next] ?? 0) + 1;
  }
  for (let over = sum(parts) - total; over > 0; over--) {
    const spare = order.filter((i) => (parts[i] ?? 0) > 1);
    if (spare.length === 0) break;
    const next = spare.reduce((a, b) => (shortfall(b) < shortfall(a) - 1e-9 ? b : a));
    parts[next] = (parts[next] ?? 0) - 1;
  }
  return parts;
}

/** What whole numbers come to as weights: percent of their sum, unrounded; all 0 when the sum is 0. */
export function effectiveWeights(parts: readonly number[]): number[] {
  const total = sum(parts);
  return parts.map((part) => (total === 0 ? 0 : (part / total) * 100));
}

/** A weight for people: at most two decimals, as in `9.09 %`. */
export function formatWeight(percent: number): string {
  return `${Number(percent.toFixed(2))} %`;
}

/** How many instances a variant runs, and whether the app's load balancer sends them requests. */
export interface FleetSize {
  readonly instances: number;
  readonly inService: boolean;
}

/** Bounds of a fleet that a split is mapped to. */
export interface FleetBounds {
  /** Instances that carry all traffic, 1 or more: the primary's number when no canary is out. */
  readonly fleetSize: number;
  /** Instances that a canary at weight 0 keeps for tests, 0 or more; they get none of the app's requests. */
  readonly canaryMin: number;
}

/**
 * Instance counts, in the order of `split.variants`, for a load balancer that spreads requests evenly over instances.
 * The instances in service never number less than `fleetSize`: up to 50 % the primary stays whole and canaries are
 * added; above, the canaries are whole and the primary shrinks; at 100 % the primary is kept whole but out of service,
 * so that going back is an attachment and not a boot. A variant with weight above 0 has 1 instance at least.
 */
export function instanceCounts(split: TrafficSplit, { fleetSize, canaryMin }: FleetBounds): FleetSize[] {
  const shares = split.canaries.map((canary) => hundredths(canary.weight));
  const asked = hundredths(split.canaryWeight);
  const primaryWhole = asked <= WHOLE / 2;
  const canaryTotal = primaryWhole ? closestCount(asked, fleetSize) : fleetSize;
  const parts = asked === 0 ? shares.map(() => 0) : apportion(shares, canaryTotal);
  const canaries = parts.map((part) => ({ instances: part === 0 ? canaryMin : part, inService: part > 0 }));
  const shrunk = closestCount(WHOLE - asked, sum(parts));
  const primary =
    asked === WHOLE
      ? { instances: fleetSize, inService: false }
      : { instances: primaryWhole ? fleetSize : shrunk, inService: true };
  return [primary, ...canaries];
}

/** The number, 1 at least unless `share` is 0, that beside `others` comes closest to `share` hundredths of the sum. */
function closestCount(share: number, others: number): number {
  if (share === 0) return 0;
  const low = Math.max(1, Math.floor((others * share) / (WHOLE - share)));
  const error = (count: number): number => Math.abs((count / (count + others)) * WHOLE - share);
  return error(low + 1) < error(low) ? low + 1 : low;
}

/** The weights, in percent and in the order given, that fleets of these sizes come to. */
export function effectiveFleetWeights(fleets: readonly FleetSize[]): number[] {
  return effectiveWeights(fleets.map((fleet) => (fleet.inService ? fleet.instances : 0)));
}

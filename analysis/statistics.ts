/** Whether one variant's values are worse than another's by more than chance. */
import { errorFunction, median, wilcoxonRankSum } from "simple-statistics";

export { median };

/** Which values are good. */
export type Better = "higher" | "lower";

/**
 * Probability that chance alone makes the canary's values at least as bad beside the baseline's: a one-sided Mann-Whitney U
 * test by its normal approximation, corrected for ties and for continuity. 1 where all values are the same.
 *
 * @throws Error where either has no values
 */
export function probabilityOfChance(
  canary: readonly number[],
  baseline: readonly number[],
  better: Better,
): number {
  const [worse, other] = better === "lower" ? [canary, baseline] : [baseline, canary];
  const [n, m] = [worse.length, other.length];
  const u = wilcoxonRankSum([...worse], [...other]) - (n * (n + 1)) / 2;
  const deviation = Math.sqrt(((n * m) / 12) * (n + m + 1 - tieCorrection([...worse, ...other])));
  if (deviation === 0) return 1;
  return aboveInNormal((u - (n * m) / 2 - 0.5) / deviation);
}

/** The least that `probabilityOfChance` comes to for so many values: where all of the one's are worse than the other's. */
export function leastProbability(canary: number, baseline: number): number {
  if (canary === 0 || baseline === 0) return 1;
  const from = (start: number, length: number): number[] => Array.from({ length }, (_, i) => start + i);
  return probabilityOfChance(from(baseline, canary), from(0, baseline), "lower");
}

/** How much worse a value is, in percent of the baseline's; negative where it is better. */
export function effectPercent(canary: number, baseline: number, better: Better): number {
  const worse = better === "lower" ? canary - baseline : baseline - canary;
  return worse === 0 ? 0 : (worse / Math.abs(baseline)) * 100;
}

/** What equal values take from the variance of U. */
function tieCorrection(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const ties = [...counts.values()].reduce((sum, count) => sum + count ** 3 - count, 0);
  return ties / (values.length * (values.length - 1));
}

const aboveInNormal = (z: number): number => (1 - errorFunction(z / Math.SQRT2)) / 2;

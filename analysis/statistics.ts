/** Whether one variant's plain numbers are worse than another's by more than chance. */
import { median, wilcoxonRankSum } from "simple-statistics";
import { aboveInNormal } from "./quantile";

export { median };

/** Which values are good. */
export type Better = "higher" | "lower";

/**
 * Probability that chance alone makes the canary's values at least as bad beside the baseline's: a one-sided Mann-Whitney U
 * test by its normal approximation, corrected for ties and for continuity. 1 if all values are the same.
 *
 * @throws Error if either has no values
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

/** What equal values take from the variance of U. */
function tieCorrection(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const ties = [...counts.values()].reduce((sum, count) => sum + count ** 3 - count, 0);
  return ties / (values.length * (values.length - 1));
}

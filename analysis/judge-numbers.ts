/** What one metric comes to by plain numbers, of which nobody knows how many requests each is about. */
import { evidence, mixture, WORSE } from "./evidence";
import {
  type Case,
  comparison,
  effectPercent,
  type Judged,
  lacking,
  theSubject,
  valueText,
  verdictOf,
} from "./judging";
import type { MetricPlan } from "./plan";
import type { Sample, Series } from "./source";
import { median, probabilityOfChance } from "./statistics";
import type { Outcome } from "./verdict";

/** Samples of each variant at the first comparison; each further one takes twice as many. */
export const FIRST_COMPARISON = 8;
/** Part of the values that may be beyond a threshold. */
const BEYOND_PART = 0.25;
/** Part of the limit, by its logarithm, from which on evidence is well under way. */
const UNDER_WAY = 0.3;

/** Judges by the samples since the start of the step. */
export function judgeNumbers(given: Case): Judged {
  const { metric, subject, baselineName, idle, unread, limit } = given;
  const { threshold, minEffectPercent } = metric;
  const [canary, baseline] = [valuesOf(given.canary), valuesOf(given.baseline)];
  const [canaryValue, baselineValue] = [middle(canary), middle(baseline)];
  const beside = idle === undefined ? `, ${baselineName} ${valueText(baselineValue, metric)}` : "";
  const found = { said: `${subject} ${valueText(canaryValue, metric)}${beside}`, canaryValue, baselineValue };
  const isCompared = minEffectPercent !== undefined && idle === undefined;
  const beyond = threshold === undefined ? undefined : beyondThreshold(given);
  const worse = beyond?.at(-1) ?? 0;
  const progress = beyond && { worse: { value: Math.exp(worse), limit: Math.exp(limit) } };
  const say = (outcome: Outcome, why: string): Judged =>
    verdictOf({ ...found, evidence: progress }, outcome, why);
  const limitText = `the threshold of ${valueText(threshold, metric)}`;
  const { hint } = given.canary;
  if (canaryValue === undefined)
    return say(
      lacking(given, true),
      `${theSubject(subject)} has no samples${hint === undefined ? "" : `; ${hint}`}`,
    );
  if (beyond?.some((value) => value >= limit)) return say("fail", `beyond ${limitText}`);
  const difference =
    isCompared && baselineValue !== undefined ? comparison(canaryValue, baselineValue, metric) : undefined;
  if (isCompared && isWorse(canary, baseline, metric, Math.exp(-limit))) return say("fail", difference ?? "");
  if (isCompared && unread !== undefined) return say("source-failed", `not compared, as ${unread}`);
  if (worse >= UNDER_WAY * limit) return say("unclear", `beyond ${limitText}, perhaps by chance`);
  const within = threshold === undefined ? "" : `within ${limitText}`;
  const [n, m] = [canary.length, baseline.length];
  if (minEffectPercent !== undefined && idle !== undefined)
    return say("pass", `${within && `${within}, and `}not compared, as ${idle}`);
  if (isCompared && m === 0) {
    return threshold === undefined
      ? say(lacking(given, true), `${theSubject(baselineName)} has no samples`)
      : say("pass", `${within}, and not compared, as ${theSubject(baselineName)} has no samples`);
  }
  if (isCompared && Math.min(n, m) < FIRST_COMPARISON)
    return say(
      lacking(given, false),
      `${n} and ${m} samples are too few to compare: it takes ${FIRST_COMPARISON}`,
    );
  return say("pass", difference ?? within);
}

const valuesOf = (series: Series | undefined): number[] => series?.samples.map(({ value }) => value) ?? [];

const middle = (values: readonly number[]): number | undefined =>
  values.length > 0 ? median([...values]) : undefined;

/**
 * Whether the canary's values are worse. It is looked at with 8 samples of each, 16, 32 and so on, with half, a quarter, an eighth
 * of the probability of a false alarm: however long a step lasts, it is not more than that probability.
 */
function isWorse(
  canary: readonly number[],
  baseline: readonly number[],
  { better, minEffectPercent = 0 }: MetricPlan,
  alpha: number,
): boolean {
  const most = Math.min(canary.length, baseline.length);
  for (let [size, level] = [FIRST_COMPARISON, alpha / 2]; size <= most; size *= 2, level /= 2) {
    const [ours, theirs] = [canary.slice(0, size), baseline.slice(0, size)];
    const effect = effectPercent(median(ours), median(theirs), better);
    if (effect > 0 && effect >= minEffectPercent && probabilityOfChance(ours, theirs, better) < level)
      return true;
  }
  return false;
}

/** Evidence that more than a quarter of the canary's values are beyond the threshold; if it is compared, and the baseline's is not. */
function beyondThreshold({ metric, canary, baseline, idle, limit }: Case): number[] {
  const { threshold = 0, better, minEffectPercent } = metric;
  const isBeyond = (value: number): boolean => (better === "lower" ? value > threshold : value < threshold);
  const others = minEffectPercent === undefined || idle !== undefined ? [] : (baseline?.samples ?? []);
  const isBadForBoth = ({ time }: Sample): boolean => {
    const near = others.reduce<Sample | undefined>(
      (best, each) => (best && Math.abs(best.time - time) <= Math.abs(each.time - time) ? best : each),
      undefined,
    );
    return near !== undefined && isBeyond(near.value);
  };
  const trials = canary.samples.map((sample) => ({
    trials: 1,
    hits: isBeyond(sample.value) && !isBadForBoth(sample) ? 1 : 0,
    share: BEYOND_PART,
  }));
  return evidence(trials, mixture(WORSE, limit));
}

/** What one metric comes to, of values that are there: against its threshold, and against the baseline's. */
import type { AnalysisPlan, MetricPlan } from "./plan";
import { MetricError, type Series } from "./source";
import { effectPercent, leastProbability, median, probabilityOfChance } from "./statistics";
import type { MetricVerdict, Outcome } from "./verdict";

/** What a canary is compared with; a sentence's end where it has no requests by its weight, an error where it can't be read. */
export type Baseline = Series | string | MetricError;

export interface Case {
  readonly metric: MetricPlan;
  readonly analysis: AnalysisPlan;
  readonly canary: Series;
  readonly baseline: Baseline;
  /** The baseline's variant. */
  readonly baselineName: string;
  /** Seconds for which the weight is out. */
  readonly ageSeconds: number;
  /** Seconds of a whole window. */
  readonly windowSeconds: number;
}

export type Judged = Pick<
  MetricVerdict,
  "outcome" | "reason" | "canaryValue" | "baselineValue" | "probability"
>;

/** A series as its values, and the middle one. */
interface Measured {
  readonly values: readonly number[];
  readonly median: number | undefined;
  readonly requests: number | undefined;
}

const NOTHING: Series = { samples: [], look: "" };

export const seriesOf = (baseline: Baseline): Series =>
  typeof baseline === "string" || baseline instanceof MetricError ? NOTHING : baseline;

function measured({ samples, requests }: Series): Measured {
  const values = samples.map(({ value }) => value);
  return { values, median: values.length > 0 ? median(values) : undefined, requests };
}

export function judged(given: Case): Judged {
  const { metric, analysis, baselineName, ageSeconds, windowSeconds } = given;
  const { threshold, minEffectPercent } = metric;
  const canary = measured(given.canary);
  const idle = typeof given.baseline === "string" ? given.baseline : undefined;
  const unread =
    given.baseline instanceof MetricError
      ? `there is no value of the ${baselineName}: ${given.baseline.message}`
      : undefined;
  const baseline = measured(seriesOf(given.baseline));
  const beside = idle === undefined ? `, ${baselineName} ${shown(baseline.median, metric)}` : "";
  const say = (outcome: Outcome, why: string, probability?: number): Judged => ({
    outcome,
    reason: `canary ${shown(canary.median, metric)}${beside}: ${why}`,
    ...(canary.median !== undefined && { canaryValue: canary.median }),
    ...(baseline.median !== undefined && { baselineValue: baseline.median }),
    ...(probability !== undefined && { probability }),
  });
  const lacking = (outcome: Outcome, what: string): Judged =>
    ageSeconds < windowSeconds
      ? say("too-early", `too early to judge, after ${Math.floor(ageSeconds)} s of ${windowSeconds}: ${what}`)
      : say(outcome, what);
  const noTraffic = (variant: string, { requests }: Measured): Judged =>
    lacking(analysis.onNoTraffic === "fail" ? "fail" : "no-traffic", tooFew(variant, requests, analysis));

  if (canary.median === undefined || lacksRequests(canary, analysis)) return noTraffic("canary", canary);
  const isBeyond = threshold !== undefined && beyond(canary.median, threshold, metric);
  const limit = `the threshold of ${shown(threshold, metric)}`;
  const byThreshold = (more: string): Judged =>
    isBeyond ? say("fail", `beyond ${limit}${more}`) : say("pass", `within ${limit}${more}`);

  if (minEffectPercent === undefined) return byThreshold("");
  if (idle !== undefined) {
    return threshold === undefined
      ? say("pass", `not compared, as ${idle}`)
      : byThreshold(`, and not compared, as ${idle}`);
  }
  if (unread !== undefined) {
    return isBeyond
      ? byThreshold(`, and not compared, as ${unread}`)
      : say("source-failed", `not compared, as ${unread}`);
  }
  if (baseline.median === undefined || lacksRequests(baseline, analysis)) {
    return threshold === undefined
      ? noTraffic(baselineName, baseline)
      : byThreshold(`, and not compared, as ${tooFew(baselineName, baseline.requests, analysis)}`);
  }
  const isBadForBoth = isBeyond && beyond(baseline.median, threshold, metric);
  if (isBeyond && !isBadForBoth) return byThreshold("");
  const [n, m] = [canary.values.length, baseline.values.length];
  if (leastProbability(n, m) >= analysis.significance)
    return lacking("no-traffic", `${n} and ${m} samples are too few to compare`);
  const probability = probabilityOfChance(canary.values, baseline.values, metric.better);
  const effect = effectPercent(canary.median, baseline.median, metric.better);
  const difference = `${comparison(effect)}, by chance with probability ${rounded(probability)}`;
  const isWorse = probability < analysis.significance && effect > 0 && effect >= minEffectPercent;
  if (isWorse) return say("fail", `${difference}; allowed: ${minEffectPercent} % worse`, probability);
  const both = isBadForBoth ? `both beyond ${limit}, the canary ` : "";
  return say("pass", `${both}${difference}`, probability);
}

const lacksRequests = ({ requests }: Measured, { minRequests }: AnalysisPlan): boolean =>
  requests !== undefined && requests < minRequests;

const tooFew = (variant: string, requests: number | undefined, { minRequests }: AnalysisPlan): string =>
  requests === undefined || requests >= minRequests
    ? `the ${variant} has no samples`
    : `the ${variant} had ${rounded(requests)} requests, fewer than ${minRequests}`;

const beyond = (value: number, threshold: number, { better }: MetricPlan): boolean =>
  better === "lower" ? value > threshold : value < threshold;

function comparison(effect: number): string {
  if (effect === 0) return "the same";
  if (effect === Number.POSITIVE_INFINITY) return "worse than nothing at all";
  return `${rounded(Math.abs(effect))} % ${effect > 0 ? "worse" : "better"}`;
}

const shown = (value: number | undefined, { unit }: MetricPlan): string =>
  value === undefined ? "without a value" : `${rounded(value)}${unit && ` ${unit}`}`;

/** Four digits, as people read them. */
const rounded = (value: number): string => String(Number(value.toPrecision(4)));

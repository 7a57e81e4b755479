/** What one metric comes to, of values that are there: against its threshold, and against the baseline's. */
import type { AnalysisPlan, MetricPlan } from "./plan";
import type { Series } from "./ports";
import { effectPercent, leastProbability, median, probabilityOfChance } from "./statistics";
import type { MetricVerdict, Outcome } from "./verdict";

export interface Case {
  readonly metric: MetricPlan;
  readonly analysis: AnalysisPlan;
  readonly canary: Series;
  /** What the canary is compared with; a sentence's end where it has no requests by its weight. */
  readonly baseline: Series | string;
  /** The baseline's variant. */
  readonly baselineName: string;
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

function measured({ samples, requests }: Series): Measured {
  const values = samples.map(({ value }) => value);
  return { values, median: values.length > 0 ? median(values) : undefined, requests };
}

export function judged(given: Case): Judged {
  const { metric, analysis, baselineName } = given;
  const { threshold, minEffectPercent } = metric;
  const canary = measured(given.canary);
  const idle = typeof given.baseline === "string" ? given.baseline : undefined;
  const baseline = measured(typeof given.baseline === "string" ? NOTHING : given.baseline);
  const beside = idle === undefined ? `, ${baselineName} ${shown(baseline.median, metric)}` : "";
  const say = (outcome: Outcome, why: string, probability?: number): Judged => ({
    outcome,
    reason: `canary ${shown(canary.median, metric)}${beside}: ${why}`,
    ...(canary.median !== undefined && { canaryValue: canary.median }),
    ...(baseline.median !== undefined && { baselineValue: baseline.median }),
    ...(probability !== undefined && { probability }),
  });
  const noTraffic = (variant: string, { requests }: Measured): Judged =>
    say(analysis.onNoTraffic === "fail" ? "fail" : "no-traffic", tooFew(variant, requests, analysis));

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
  if (baseline.median === undefined || lacksRequests(baseline, analysis)) {
    return threshold === undefined
      ? noTraffic(baselineName, baseline)
      : byThreshold(`, and not compared, as ${tooFew(baselineName, baseline.requests, analysis)}`);
  }
  const isBadForBoth = isBeyond && beyond(baseline.median, threshold, metric);
  if (isBeyond && !isBadForBoth) return byThreshold("");
  const [n, m] = [canary.values.length, baseline.values.length];
  if (leastProbability(n, m) >= analysis.significance)
    return say("no-traffic", `${n} and ${m} samples are too few to compare`);
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

/** What a metric is judged by, and how that reads. */
import type { CountSeries } from "./counts";
import type { Growth } from "./growth";
import type { AnalysisPlan, MetricPlan } from "./plan";
import type { Series } from "./source";
import type { Evidence, MetricVerdict, Outcome } from "./verdict";

/** One metric of one canary since the start of a step. */
export interface Case {
  readonly metric: MetricPlan;
  /** What is judged, as people read it. */
  readonly subject: string;
  readonly analysis: AnalysisPlan;
  /** Logarithm of the evidence that decides. */
  readonly limit: number;
  readonly canary: Series;
  /** Undefined if it has no requests by its weight, or can't be read. */
  readonly baseline: Series | undefined;
  /** Why the weights leave the baseline no requests: the end of a sentence. */
  readonly idle?: string | undefined;
  /** Why the baseline can't be read: the end of a sentence. */
  readonly unread?: string | undefined;
  /** What the baseline was like before the step, as far as that is known. */
  readonly past?: CountSeries | undefined;
  /** The baseline's variant. */
  readonly baselineName: string;
  /** The canary's part of all requests by its weight, 0 to 1; undefined if other variants have some, too. */
  readonly part?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Seconds that the step bakes. */
  readonly bakeSeconds: number;
  /** Until when latency is not judged, as the canary is cold: milliseconds since the epoch. */
  readonly warmUntil: number;
  /** How the evidence grew until the last look, to which this one adds. */
  readonly courses: Map<string, Growth>;
}

export type Judged = Pick<MetricVerdict, "outcome" | "reason" | "canaryValue" | "baselineValue" | "evidence">;

/** What was found of a metric, before what lacks is asked about. */
export interface Found {
  /** What was counted or measured, as people read it. */
  readonly said: string;
  readonly canaryValue: number | undefined;
  readonly baselineValue: number | undefined;
  readonly evidence?: Evidence | undefined;
}

/** What is found is a verdict of this kind. */
export const verdictOf = (
  { said, canaryValue, baselineValue, evidence }: Found,
  outcome: Outcome,
  why: string,
): Judged => ({
  outcome,
  reason: `${said}: ${why}`,
  ...(canaryValue !== undefined && { canaryValue }),
  ...(baselineValue !== undefined && { baselineValue }),
  ...(evidence !== undefined && { evidence }),
});

/** What it means that something lacks: within the bake it may still come. */
export function lacking({ analysis, from, to, bakeSeconds }: Case, isTraffic: boolean): Outcome {
  if (to - from < bakeSeconds * 1000) return "too-early";
  return isTraffic && analysis.onNoTraffic === "fail" ? "fail" : "no-traffic";
}

/** `the canary`, but `Kubernetes`. */
export const theSubject = (subject: string): string => (/^[A-Z]/.test(subject) ? subject : `the ${subject}`);

/** A metric's value as people read it. */
export const valueText = (value: number | undefined, { unit }: Pick<MetricPlan, "unit">): string =>
  value === undefined ? "without a value" : `${digits(value)}${unit && ` ${unit}`}`;

/** Four digits. */
export const digits = (value: number): string => String(Number(value.toPrecision(4)));

/** A count with commas, as in 6,100. */
export const count = (value: number): string => Math.round(value).toLocaleString("en-US");

/** `20 % worse`. */
export function comparison(canary: number, baseline: number, { better }: MetricPlan): string {
  const effect = effectPercent(canary, baseline, better);
  if (effect === 0) return "the same";
  if (effect === Number.POSITIVE_INFINITY) return "worse than nothing at all";
  return `${digits(Math.abs(effect))} % ${effect > 0 ? "worse" : "better"}`;
}

/** How much worse a value is, in percent of the baseline's; negative if it is better. */
export function effectPercent(canary: number, baseline: number, better: MetricPlan["better"]): number {
  const worse = better === "lower" ? canary - baseline : baseline - canary;
  return worse === 0 ? 0 : (worse / Math.abs(baseline)) * 100;
}

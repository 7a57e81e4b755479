/** What an analysis comes to. */
import type { Sample } from "./source";

/**
 * `too-early`: the bake is not over, and what lacks may still come. `unclear`: the evidence against the canary is well under way,
 * and has not decided. `unanswered`: a person is to judge, and has not.
 */
export type Outcome =
  | "pass"
  | "fail"
  | "too-early"
  | "unclear"
  | "no-traffic"
  | "source-failed"
  | "unanswered";

/** How far evidence has come. A value of 20 means: likelier by 20 times if it is true than if it is not. */
export interface Progress {
  readonly value: number;
  /** What decides. */
  readonly limit: number;
}

/** Evidence on one metric of one canary. */
export interface Evidence {
  /** That the canary is worse than the baseline, by more than a small part of what is tolerated; or beyond the threshold. */
  readonly worse: Progress;
  /** That it is not worse by what is tolerated; undefined if it is not compared. It decides nothing in a rollout. */
  readonly noWorse?: Progress;
}

/** One metric of one canary since the start of a step. */
export interface MetricVerdict {
  readonly app: string;
  readonly canary: string;
  readonly metric: string;
  readonly outcome: Outcome;
  /** Why, in one sentence with the counts or the values of both variants. */
  readonly reason: string;
  /** Since the start of the step: a rate, a quantile, or the median of plain numbers; undefined if there is none. */
  readonly canaryValue?: number;
  readonly baselineValue?: number;
  /** The variant that it was compared with, if that is not the primary. */
  readonly baseline?: string;
  /** Of plain numbers alone: counts make no samples. */
  readonly canarySamples: readonly Sample[];
  readonly baselineSamples: readonly Sample[];
  /** Undefined for plain numbers that are only compared, and if nothing was counted. */
  readonly evidence?: Evidence;
  /** What to ask to see it again. */
  readonly look: string;
}

/** All metrics of all targets at one time. */
export interface Verdict {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /**
   * `fail` if any fails; else `hold` if it is too early or unclear for any, a source failed, a person has not answered, or traffic
   * is lacking and that means to hold; else `pass`.
   */
  readonly outcome: "pass" | "fail" | "hold";
  /** When a source will have counted more, in milliseconds since the epoch; undefined if none says. */
  readonly due?: number;
  readonly metrics: readonly MetricVerdict[];
}

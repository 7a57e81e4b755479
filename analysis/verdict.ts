/** What an analysis comes to. */
import type { Sample } from "./source";

/**
 * `too-early`: what lacks may still come, as the weight is not out for as long as a window is. `unanswered`: a person is to judge,
 * and has not.
 */
export type Outcome = "pass" | "fail" | "too-early" | "no-traffic" | "source-failed" | "unanswered";

/** One metric of one canary over one window. */
export interface MetricVerdict {
  readonly app: string;
  readonly canary: string;
  readonly metric: string;
  readonly outcome: Outcome;
  /** Why, in one sentence with the values of both variants. */
  readonly reason: string;
  /** Medians over the window; undefined where there are no samples. */
  readonly canaryValue?: number;
  readonly baselineValue?: number;
  /** The variant that it was compared with, where that is not the primary. */
  readonly baseline?: string;
  readonly canarySamples: readonly Sample[];
  readonly baselineSamples: readonly Sample[];
  /** Probability that chance alone makes the difference; undefined where it was not compared. */
  readonly probability?: number;
  /** What to ask to see it again. */
  readonly look: string;
}

/** All metrics of all targets at one time. */
export interface Verdict {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /**
   * `fail` if any fails; else `hold` if it is too early for any, a source failed, a person has not answered, or traffic is
   * lacking and that means to hold; else `pass`.
   */
  readonly outcome: "pass" | "fail" | "hold";
  /** Whether a failure is a person's word, after which no other judgement is waited for. */
  readonly isFinal?: boolean;
  readonly metrics: readonly MetricVerdict[];
}

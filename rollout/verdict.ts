/** What an analysis comes to. */
import type { Sample } from "./ports";

export type Outcome = "pass" | "fail" | "no-traffic" | "source-failed";

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
  /** `fail` if any fails; else `hold` if any source failed or lacks traffic and that means to hold; else `pass`. */
  readonly outcome: "pass" | "fail" | "hold";
  readonly metrics: readonly MetricVerdict[];
}

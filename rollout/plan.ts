/** What a rollout is to do, before it has begun: pure data, made of settings and flags. */

/** One shift and the time after it in which the canary proves itself. */
export interface Step {
  /** Percent of requests for the canary, 0 to 100, at most two decimals. */
  readonly weight: number;
  /** Seconds from when the weight is observed until the step is judged to have passed. */
  readonly bakeSeconds: number;
  /** Whether somebody must approve before the step is taken. */
  readonly approval: boolean;
}

/** One canary of one app that a rollout shifts. */
export interface Target {
  readonly app: string;
  /** `canary`, or the key below `canaries`. */
  readonly canary: string;
}

/** A rollout from where its targets are to the last step. Several targets are shifted in one update and go back as one. */
export interface Plan {
  readonly stack: string;
  readonly targets: readonly [Target, ...Target[]];
  /** Ascending, at least one; steps that come to the same effective weight are one. */
  readonly steps: readonly [Step, ...Step[]];
  readonly analysis: AnalysisPlan;
  /** When steps may be taken; undefined: at any time. A rollback waits for none. */
  readonly hours?: Hours;
}

/** A plan that can't be made, in one line. */
export class PlanError extends Error {}

export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** Hours of the week in which a rollout may take steps. */
export interface Hours {
  /** Days on which they begin. */
  readonly days: readonly (typeof weekdays)[number][];
  /** `HH:MM`; where `to` is before `from` they end on the next day. */
  readonly from: string;
  readonly to: string;
  /** IANA name, such as `Europe/Berlin`. */
  readonly timezone: string;
}

export type NoTraffic = "hold" | "fail" | "proceed";

/** How a bake is judged. */
export interface AnalysisPlan {
  /** Seconds from one judgement to the next. */
  readonly intervalSeconds: number;
  /** Failed judgements in a row that end the rollout. */
  readonly failures: number;
  /** What too few samples mean. */
  readonly onNoTraffic: NoTraffic;
  /** Requests of a variant in a window below which there is no judging it. */
  readonly minRequests: number;
  /** Probability, 0 to 1, below which a difference counts: the level of a one-sided Mann-Whitney U test. */
  readonly significance: number;
  readonly metrics: readonly MetricPlan[];
}

/** One metric, asked of one source, and what makes it a failure. */
export interface MetricPlan {
  /** For people and reports, unique in the plan. */
  readonly name: string;
  /** Name of the source's settings, such as `prometheus`. */
  readonly source: string;
  /** What is asked: one of the source's built-in queries, or a query of one's own with placeholders. */
  readonly query: string;
  /** `higher` for a success rate, `lower` for latency and errors. */
  readonly better: "higher" | "lower";
  /** Unit for people: `%`, `ms`. */
  readonly unit: string;
  /** A value beyond it fails; with `minEffectPercent` not where the baseline is beyond it, too. */
  readonly threshold?: number;
  /** Difference to the baseline, in percent of its median, below which a significant difference still passes; undefined: not compared. */
  readonly minEffectPercent?: number;
}

/** What is judged, and how: pure data, made of settings. */

/** One canary of one app. */
export interface Target {
  readonly app: string;
  /** `canary`, or the key below `canaries`. */
  readonly canary: string;
}

/** Percent of each target's canary, by `app/canary`. */
export type Weights = Readonly<Record<string, number>>;

export const targetKey = ({ app, canary }: Target): string => `${app}/${canary}`;

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

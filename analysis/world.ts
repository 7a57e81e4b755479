/** What a judgement is made in: the sources, and where each variant's requests are counted. */
import type { Clock } from "./clock";
import type { Judgements } from "./person";
import type { Target, Weights } from "./plan";
import type { MetricSource, Window } from "./source";

/** Where a variant's requests are counted. */
export type Place = Pick<Window, "namespace" | "service" | "port" | "portName" | "primary" | "balancer">;

export interface AnalysisWorld {
  /** By the names that metrics give. */
  readonly sources: Readonly<Record<string, MetricSource>>;
  readonly clock: Clock;
  /** @param variant `primary`, or a canary's name */
  place(app: string, variant: string): Place | Promise<Place>;
  /** The variant that a target is compared with; default the primary. */
  baselineOf?(target: Target): string;
  /** The variants that are counted together as one, as those on one side of a migration are; default the one itself. */
  partsOf?(app: string, variant: string): readonly string[];
  /**
   * Why, by the weights, a variant gets none of the requests that a source counts; undefined if it gets some. Default: each
   * gets some.
   */
  idle?(app: string, variant: string, source: string, weights: Weights): string | undefined;
  /** What people said; default nothing. */
  readonly judgements?: Judgements;
  /** Steps of the rollout, which share out the false alarms that are allowed; default 1. */
  readonly steps?: number;
}

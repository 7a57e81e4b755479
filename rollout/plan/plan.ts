/** What a rollout is to do, before it has begun: pure data, made of settings and flags. */
import type { StepForecast } from "../../analysis/forecast";
import type { AnalysisPlan, Target } from "../../analysis/plan";
import type { Hours } from "../../stacks/schema/rollout";

/** One shift and the time after it in which the canary proves itself. */
export interface RolloutStep {
  /** Percent of requests for the canary, 0 to 100, at most two decimals. */
  readonly weight: number;
  /** Seconds from when the weight is observed until the step is judged to have passed. */
  readonly bakeSeconds: number;
  /** Whether somebody must approve before the step is taken. */
  readonly approval: boolean;
  /** What the traffic before the rollout makes of it; undefined if nothing counted that. */
  readonly forecast?: StepForecast;
}

/** A rollout from where its targets are to the last step. Several targets are shifted in one update and go back as one. */
export interface Plan {
  readonly stack: string;
  readonly targets: readonly [Target, ...Target[]];
  /** Ascending, at least one; steps that come to the same effective weight are one. */
  readonly steps: readonly [RolloutStep, ...RolloutStep[]];
  readonly analysis: AnalysisPlan;
  /** When steps may be taken; undefined: at any time. A rollback waits for none. */
  readonly hours?: Hours;
  /** Seconds that a step may hold before the canary goes back; default an hour, or three times what is predicted for it if longer. */
  readonly maxHoldSeconds?: number;
  /** Seconds that an approval, the hours or a person's answer may take before the canary goes back; default any. */
  readonly maxWaitSeconds?: number;
}

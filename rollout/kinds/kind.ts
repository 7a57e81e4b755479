/** What every kind of target is that a rollout can raise: one object in a file of its own, which the registry here lists. */
import type { AnalysisPlan, Target, Weights } from "../../analysis/plan";
import type { Step } from "../../offline/step";
import type { Settings } from "../../stacks/settings";
import type { Range } from "../plan/effective";
import type { Deployed, Readers } from "../shifters/readings";
import type { IsRouting } from "../shifters/routing-objects";

/** All targets of a rollout are of one kind, as one number moves at a time. */
export interface TargetKind {
  /** What the weights are of, for people. */
  readonly subject: string;
  /** The number in the stack file, for people. */
  readonly filedAs: string;
  /** Hundredths of a percent that every weight is a multiple of. */
  readonly grain: number;
  /** Whether the targets are of this kind. */
  has(targets: readonly Target[]): boolean;
  /** The weights in the stack file. */
  filed(settings: Settings): Weights;
  /** Why the stack can't have these weights, a sentence each; empty if it can. */
  refusals(settings: Settings, weights: Weights): string[];
  /** The shares that weights come to. */
  expected(settings: Settings, weights: Weights): Record<string, Range>;
  /** Points that the stack's policies let a weight rise in one update. @throws UserError if that is none */
  policyStep(settings: Settings, targets: readonly Target[]): number;
  /** Whether weights cross 50 % by way of 50 alone, in either direction. */
  isByHalf(settings: Settings): boolean;
  /** How its steps are judged. */
  analysis(settings: Settings): AnalysisPlan;
  /** That no metric judges its steps, for people. */
  readonly nothingJudges: string;
  /** Metrics of the settings that judge no step of this kind, and why, a line each. */
  unjudged(settings: Settings): string[];
  /** The weights as asked that the last update left. */
  applied(deployed: Deployed, targets: readonly Target[]): Promise<Weights>;
  /** The shares that users get, by what there is. */
  observed(deployed: Deployed, targets: readonly Target[], readers: Readers): Promise<Weights>;
  /** The resources that carry the weights. */
  routing(settings: Settings, targets: readonly Target[]): IsRouting;
  /** Whether a step of an update brings these targets other weights and nothing else. */
  isShift(settings: Settings, targets: readonly Target[]): (step: Step) => boolean;
  /** Options of `canary rollback` that take it back. */
  backBy(targets: readonly Target[]): string;
  /** Who still comes after it went back, and for how long, a sentence each. */
  timesToEmpty(settings: Settings, targets: readonly Target[]): string[];
  /** What comes after a rollout to 100 %. */
  next(stack: string): string;
}

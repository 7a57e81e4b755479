/** What a rollout needs of the world. The state machine knows these alone, so that it is tested without any. */
import type { LoadBalancerKind } from "../components/aws/front";
import type { MetricPlan, Target } from "./plan";

/** Percent of each target's canary, by `app/canary`. */
export type Weights = Readonly<Record<string, number>>;

export const targetKey = ({ app, canary }: Target): string => `${app}/${canary}`;

/** Digests of a configuration's values by their keys, but for the weights that are shifted. */
export type Digests = Readonly<Record<string, string>>;

/** What applies weights: Pulumi's engine, server-side apply of what is rendered, or the demo's data plane. */
export interface Shifter {
  /** The weights that were applied last, read from the state and not from the stack file. */
  applied(signal: AbortSignal): Promise<Weights>;
  /** The weights that the routing objects or load balancers have now. */
  observed(signal: AbortSignal): Promise<Weights>;
  /** What else than routing an update to these weights would change, a line each; empty when nothing. */
  preview(weights: Weights, signal: AbortSignal): Promise<readonly string[]>;
  /** An ordinary update to these weights, whose message says step and reason. Resolves when it is applied, not yet observed. */
  apply(weights: Weights, message: string, signal: AbortSignal): Promise<void>;
  /** Takes the canaries out of service as fast as can be, waiting for nothing that is broken. */
  rollBack(weights: Weights, message: string, signal: AbortSignal): Promise<void>;
  /**
   * Frees the stack of what an update that was killed left behind: its lock if that process is gone, its pending operations.
   *
   * @throws Error when somebody else's update is under way
   */
  recover(signal: AbortSignal): Promise<void>;
  /** The configuration when the rollout began; undefined where there is none that could be changed. */
  readonly configuration?: Digests;
  /** What in the configuration was changed since the rollout began, a line each. */
  changedByHand(signal: AbortSignal): Promise<readonly string[]>;
}

/** One value of a metric at a time. */
export interface Sample {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly value: number;
}

/** What one variant's metric was over a window. */
export interface Series {
  readonly samples: readonly Sample[];
  /** Requests that the variant answered in the window; undefined where the source can't tell. */
  readonly requests?: number;
  /** What to ask to see the same again, for people: a query, an address. */
  readonly look: string;
}

/** What CloudWatch knows a variant by. */
export interface Balancer {
  readonly kind: LoadBalancerKind;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Whose metric, and when. */
export interface Window {
  readonly app: string;
  readonly namespace: string;
  /** `primary`, `canary`, or another variant's name. */
  readonly variant: string;
  /** Name of the variant's Service, and the logical one of its Auto Scaling group and target group. */
  readonly service: string;
  /** Undefined where no load balancer of AWS's serves the app. */
  readonly balancer?: Balancer;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

/** Where metrics come from. One file per kind in `rollout/sources`. */
export interface MetricSource {
  /** Seconds that a judgement looks back at least, as samples are so far apart; default so many intervals. */
  readonly windowSeconds?: number;
  /** @throws MetricError when the source fails, which is no verdict on the canary */
  read(metric: MetricPlan, window: Window, signal: AbortSignal): Promise<Series>;
}

/** A source that can't be asked or answers nonsense. */
export class MetricError extends Error {}

/** Time, so that tests need not wait. */
export interface Clock {
  now(): number;
  /** Resolves after so many milliseconds, or rejects when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** What a person says of a canary at a step. */
export interface Judgement {
  readonly outcome: "pass" | "fail";
  /** Who says so, for people. */
  readonly by: string;
  readonly reason?: string;
}

/** What people said so far, through `canary judge`. */
export interface Judgements {
  /** The latest word on a metric at the step with this number, from 0; undefined while there is none. */
  of(step: number, metric: string): Judgement | undefined;
  /** The command that answers. */
  howTo(metric: string): string;
}

export interface Decision {
  readonly decision: "approve" | "abort";
  /** Who decided, for people. */
  readonly by: string;
}

/** Somebody's word, from this terminal, a page, or `canary approve` elsewhere. */
export interface Approvals {
  /** Resolves with what was decided on taking the step with this number, from 0. */
  decision(step: number, signal: AbortSignal): Promise<Decision>;
}

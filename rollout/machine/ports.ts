/** What a rollout needs of the world. The state machine knows these alone, so that it is tested without any. */
import type { Weights } from "../../analysis/plan";

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
  /** What requests would be sent to and is not there, a line each; without this function nothing is looked for. */
  missing?(signal: AbortSignal): Promise<readonly string[]>;
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
  /** The configuration when the rollout began; undefined if there is none that could be changed. */
  readonly configuration?: Digests;
  /** What in the configuration was changed since the rollout began, a line each. */
  changedByHand(signal: AbortSignal): Promise<readonly string[]>;
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

/** What was seen of users after a weight was observed. */
export interface Followed {
  /** Whether they have come, or gone, as the weight says. */
  readonly isThere: boolean;
  /** How many, and after how long, for people. */
  readonly said: string;
}

/** A change of weights that users are to follow; times in milliseconds since the epoch. */
export interface Change {
  readonly from: Weights;
  readonly to: Weights;
  /** When the weights were observed. */
  readonly since: number;
}

/** What counts whether users follow. */
export interface Follow {
  /** Why it takes a while, for people. */
  readonly why: string;
  /** Seconds after which it is said that they have not. */
  readonly seconds: number;
  /** Resolves once they have, or it is clear that they have not. */
  until(change: Change, signal: AbortSignal): Promise<Followed>;
}

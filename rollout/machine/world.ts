/** What a rollout runs in, what interferes with it, and how it ends. */
import type { Analyse } from "../../analysis/analyse";
import type { Clock } from "../../analysis/clock";
import type { Ending, RolloutEvent } from "../journal/events";
import type { Expected } from "../plan/effective";
import type { Approvals, Follow, Shifter } from "./ports";

export interface World {
  readonly shifter: Shifter;
  readonly analyse: Analyse;
  readonly clock: Clock;
  readonly approvals: Approvals;
  readonly expected: Expected;
  /** Counts whether users have followed a weight; undefined if they get it as soon as it is observed. */
  readonly follow?: Follow | undefined;
  /** What comes after a rollout to 100 %, for people; default nothing. */
  readonly next?: string;
  /** Writes an event to disk, then tells it to whoever listens. */
  readonly record: (event: RolloutEvent) => void;
  /** Who has paused the rollout; undefined while nobody has. */
  readonly paused?: () => string | undefined;
  /** Why the stack is another command's by now, which ends the rollout; undefined while it is this one's. */
  readonly taken?: () => string | undefined;
}

/** What interferes from outside; the reason of each is a sentence for people. */
export interface Control {
  /** Stops where things are consistent; a resume goes on. */
  readonly stop: AbortSignal;
  /** Rolls back. */
  readonly abort: AbortSignal;
}

export interface Ended {
  readonly outcome: Ending;
  readonly reason: string;
}

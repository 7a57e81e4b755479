/** Where a rollout that was interrupted goes on: from its journal and what is applied, never from the stack file. */

import type { Weights } from "../../analysis/plan";
import { UserError } from "../../base/user-error";
import type { RolloutEvent } from "../journal/events";
import type { Plan } from "../plan/plan";
import type { Position } from "./machine";
import { shownWeights, weightsAt } from "./move";
import type { Digests } from "./ports";

/** A rollout that has begun and not ended. */
export interface Interrupted {
  readonly id: string;
  readonly plan: Plan;
  /** Weights before its first step. */
  readonly from: Weights;
  /** The configuration when it began. */
  readonly configuration?: Digests;
}

/** The rollout that the events tell of, unless it is over. */
export function interrupted(events: readonly RolloutEvent[]): Interrupted | undefined {
  const [begun] = events;
  if (begun?.type !== "begun") return undefined;
  const last = events.at(-1);
  if (last?.type === "ended" && last.outcome !== "stopped") return undefined;
  return begun;
}

/** Whether it ended where a resume may go on, but need not: neither cut off nor on its way back. */
export const hasStopped = (events: readonly RolloutEvent[]): boolean =>
  events.at(-1)?.type === "ended" && events.every(({ type }) => type !== "rolling-back");

/**
 * Where the rollout goes on.
 *
 * @param applied the weights that were applied last, from the state
 * @param rollback whether to go back instead
 * @throws UserError when the weights are none that the rollout applied
 */
export function resumeAt(events: readonly RolloutEvent[], applied: Weights, rollback: boolean): Position {
  const rollout = interrupted(events);
  if (rollout === undefined) throw new UserError("nothing to resume");
  if (rollback) return { at: "roll-back", reason: "resumed with --rollback" };
  const newestFirst = [...events].reverse();
  const back = newestFirst.find((event) => event.type === "rolling-back");
  if (back !== undefined) return { at: "roll-back", reason: back.reason };

  const last = newestFirst.find((event) => event.type === "shifting")?.step ?? -1;
  if (isMix(rollout, applied, [last])) {
    return last < 0 ? { at: "shift", step: 0 } : { at: "bake", step: last };
  }
  // The update was cut off before it was applied; of several apps it may have shifted some.
  if (last >= 0 && isMix(rollout, applied, [last - 1, last])) return { at: "shift", step: last };
  const another = hasStopped(events) ? "a new rollout, or " : "";
  const known = shownWeights(weightsAt(rollout.plan, rollout.from, last));
  throw new UserError(
    `the weights were changed meanwhile: applied is ${shownWeights(applied)}, the rollout left ${known}; ` +
      `allowed: ${another}--resume --rollback`,
  );
}

/** Whether each target has its weight of one of these steps. */
const isMix = ({ plan, from }: Interrupted, applied: Weights, steps: readonly number[]): boolean =>
  Object.keys(weightsAt(plan, from, -1)).every((key) =>
    steps.some((step) => weightsAt(plan, from, step)[key] === applied[key]),
  );

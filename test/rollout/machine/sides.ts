import { isDeepStrictEqual } from "node:util";
import type { Weights } from "../../../analysis/plan";
import type { RolloutEvent } from "../../../rollout/journal/events";

/** The weights that routing objects may have: those before and after the last shift that a rollout's journal tells of. */
export function sidesOf(events: readonly RolloutEvent[]): Weights[] {
  const shifts = events.flatMap((event) => {
    if (event.type === "begun") return [event.from];
    return event.type === "shifting" || event.type === "rolling-back" ? [event.weights] : [];
  });
  // A resume takes the same shift again.
  const distinct = shifts.filter((weights, i) => !isDeepStrictEqual(weights, shifts[i - 1]));
  return distinct.slice(-2);
}

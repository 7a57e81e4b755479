/** How long anything in a rollout may take. */
import type { RolloutStep } from "../plan/plan";

/** Seconds that a weight may take to be observed, and a rollback. */
export const OBSERVE_SECONDS = 120;
export const ROLLBACK_SECONDS = 30;
/** Seconds after which a rollback that fails is given up: somebody else's update, or a lost backend, is over by then. */
export const ROLLBACK_TRIED_SECONDS = 900;
/** Seconds that one attempt to go back may take; the next one ends what is left of it. */
export const ROLLBACK_ATTEMPT_SECONDS = 300;
/** Seconds that it takes at most to free the stack of an earlier update, before going back is tried all the same. */
export const RECOVER_SECONDS = 30;
/** Seconds that an update may take: thrice as long as Pulumi waits for a Deployment. */
export const APPLY_SECONDS = 1800;
/** Seconds that an update gets to end once it is cancelled. */
export const CANCEL_SECONDS = 30;
/** Seconds that a judgement may take: sources have shorter limits of their own, and are asked three times. */
export const JUDGE_SECONDS = 1000;
/** Seconds that a question to the stack may take: its state, its configuration, a preview. */
export const ASK_SECONDS = 300;
/** Seconds that anything may hold by itself: a week. */
export const MOST_HOLD_SECONDS = 604_800;
/** Seconds that a step may hold without an end of its own: an hour, or three times what the plan predicts for it if that is longer. */
export const defaultHoldSeconds = ({ bakeSeconds, forecast }: RolloutStep): number =>
  Math.min(MOST_HOLD_SECONDS, Math.max(3600, 3 * Math.max(bakeSeconds, forecast?.seconds ?? 0)));

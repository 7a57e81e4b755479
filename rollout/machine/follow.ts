/** Waits until users have followed a weight that is there, but comes to them later, as answers of DNS are kept. */
import { messageOf } from "../../base/user-error";
import type { Change, Follow, Followed } from "./ports";
import type { Running } from "./running";

/**
 * Waits for users, and tells what was seen of them. Whether they come says nothing of what they come to: if nobody can count
 * them, that is said.
 *
 * @param step undefined on the way back
 */
export async function followed(
  running: Running,
  follow: Follow,
  change: Change,
  step: number | undefined,
  signal: AbortSignal,
): Promise<Followed> {
  const at = step === undefined ? {} : { step };
  const { why, seconds } = follow;
  running.record({ type: "following", ...at, why, until: running.now() + seconds * 1000 });
  let seen: Followed;
  try {
    seen = await follow.until(change, signal);
  } catch (error) {
    signal.throwIfAborted();
    seen = { isThere: false, said: `nobody can tell whether users have followed: ${messageOf(error)}` };
  }
  running.record({ type: "followed", ...at, ...seen });
  return seen;
}

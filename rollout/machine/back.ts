/** The way back: takes the canaries out. */
import type { Weights } from "../../analysis/plan";
import { within } from "../../base/deadline";
import { messageOf } from "../../base/user-error";
import { UnderWayError } from "../shifters/errors";
import { followed } from "./follow";
import {
  RECOVER_SECONDS,
  ROLLBACK_ATTEMPT_SECONDS,
  ROLLBACK_SECONDS,
  ROLLBACK_TRIED_SECONDS,
} from "./limits";
import { shownWeights, zeroOf } from "./move";
import { untilObserved } from "./observe";
import { type Running, retryMs } from "./running";
import type { Ended, World } from "./world";

const NEVER = new AbortController().signal;

/** Takes the canaries out. Nothing that fails or hangs beside it keeps it from that, nor does whoever stops. */
export async function goBack(running: Running, reason: string): Promise<Ended> {
  const { shifter, clock } = running.world;
  const [weights, before] = [zeroOf(running.plan), running.asked];
  running.record({ type: "rolling-back", weights, reason });
  const message = `canary rollout, rollback to ${shownWeights(weights)}: ${reason}`;
  const begin = running.elapsed();
  for (let attempt = 1; ; attempt++) {
    try {
      await within(
        ROLLBACK_ATTEMPT_SECONDS * 1000,
        "the update",
        async (signal) => {
          const left = await leftBehind(running.world, signal);
          await shifter.rollBack(weights, message, signal).catch((error) => {
            throw new Error(`${messageOf(error)}${left}`);
          });
        },
        NEVER,
        clock,
      );
      break;
    } catch (error) {
      const failure = messageOf(error);
      if (running.secondsSince(begin) >= ROLLBACK_TRIED_SECONDS)
        return running.end("stopped", `NOT rolled back: ${failure}; ${reason}`);
      running.record({ type: "rollback-failed", attempt, reason: failure });
      await clock.sleep(retryMs(attempt), NEVER);
    }
  }
  const { observed, arrived } = await untilObserved(running.world, weights, ROLLBACK_SECONDS, NEVER);
  if (!arrived) {
    const late = `rolled back, but not observed within ${ROLLBACK_SECONDS} s: ${observed}`;
    return running.end("stopped", `${late}; ${reason}`);
  }
  running.record({ type: "rolled-back", weights });
  const left = await whoIsLeft(running, before, weights);
  return running.end("rolled-back", `${reason}${left}`);
}

/** Who is still there though the weight is gone, as a further clause; nothing if users are gone at once, or nobody waits for it. */
async function whoIsLeft(running: Running, from: Weights, to: Weights): Promise<string> {
  const { follow } = running.world;
  const { stop } = running.control;
  if (follow === undefined || stop.aborted) return "";
  try {
    const { said } = await followed(running, follow, { from, to, since: running.now() }, undefined, stop);
    return `; ${said}`;
  } catch {
    return "";
  }
}

/** Frees the stack of what an earlier update left; why that failed, for people, is no reason not to go back. */
async function leftBehind({ shifter, clock }: World, signal: AbortSignal): Promise<string> {
  try {
    const recover = (inner: AbortSignal): Promise<void> => shifter.recover(inner);
    await within(RECOVER_SECONDS * 1000, "what frees the stack", recover, signal, clock);
    return "";
  } catch (error) {
    if (error instanceof UnderWayError) throw error;
    return `; ${messageOf(error)}`;
  }
}

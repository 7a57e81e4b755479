import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../base/user-error";

/** Longest that any step may take, in milliseconds: a slow machine needs a tenth of it. */
const STEP_TIMEOUT_MS = 120_000;
const POLL_MS = 50;

/**
 * Waits until something is true, or there. A failure counts as not yet.
 *
 * @param progress told once it is
 */
export async function untilReady<T>(
  name: string,
  attempt: () => Promise<T>,
  progress: (message: string) => void,
): Promise<NonNullable<T>> {
  const start = Date.now();
  let problem: unknown;
  while (Date.now() - start < STEP_TIMEOUT_MS) {
    const result = await attempt().catch((error: unknown) => {
      problem = error;
    });
    if (result) {
      progress(`${name}: ready after ${((Date.now() - start) / 1000).toFixed(1)} s`);
      return result;
    }
    await sleep(POLL_MS);
  }
  throw new UserError(
    `lab: ${name} not ready in ${STEP_TIMEOUT_MS / 1000} s${problem ? ` (${problem})` : ""}`,
  );
}

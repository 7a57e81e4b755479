import { setTimeout as sleep } from "node:timers/promises";

/** Work that did not end in its time. */
export class DeadlineError extends Error {}

/** Why the signal of work aborts that is done. One for all, as an error of its own takes its time to make. */
const OVER = new DeadlineError("nobody waits for it any more");

const SYSTEM = {
  sleep: (milliseconds: number, signal: AbortSignal) => sleep(milliseconds, undefined, { signal }),
};

/** Rejects with a signal's reason once it aborts; `forget` ends the wait. */
function aborted(signal: AbortSignal): { promise: Promise<never>; forget: () => void } {
  let forget = (): void => {};
  const promise = new Promise<never>((_, reject) => {
    const hear = (): void => reject(signal.reason);
    if (signal.aborted) hear();
    signal.addEventListener("abort", hear);
    forget = () => signal.removeEventListener("abort", hear);
  });
  return { promise, forget };
}

/**
 * Waits for work for a time, and no longer than until a signal aborts, whether or not the work heeds the signal that it gets.
 *
 * @param what the work, for the error: "the source"
 * @param clock whose `sleep` resolves after so many milliseconds, or rejects when its signal aborts; default this machine's
 * @throws DeadlineError when the time is over
 */
export async function within<T>(
  milliseconds: number,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
  clock: { sleep(milliseconds: number, signal: AbortSignal): Promise<unknown> } = SYSTEM,
): Promise<T> {
  const over = new AbortController();
  const inner = AbortSignal.any([signal, over.signal]);
  const interruption = aborted(signal);
  const late = clock.sleep(milliseconds, over.signal).then(() => {
    throw new DeadlineError(`${what} did not answer within ${Math.round(milliseconds / 1000)} s`);
  });
  // What loses the race has nobody to hear of its end.
  late.catch(() => {});
  interruption.promise.catch(() => {});
  try {
    const done = Promise.resolve().then(() => work(inner));
    done.catch(() => {});
    return await Promise.race([done, late, interruption.promise]);
  } finally {
    over.abort(OVER);
    interruption.forget();
  }
}

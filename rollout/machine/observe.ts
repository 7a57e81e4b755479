/** Waits until weights are what users get. */
import type { Clock } from "../../analysis/clock";
import type { Weights } from "../../analysis/plan";
import { within } from "../../base/deadline";
import { messageOf } from "../../base/user-error";
import type { Expected, Range } from "../plan/effective";
import { shownWeights } from "./move";
import type { Shifter } from "./ports";

export interface Observation {
  /** For people. */
  readonly observed: string;
  readonly arrived: boolean;
  /** Whether the last question failed: nothing is known of what users get. */
  readonly isUnreadable?: boolean;
}

const POLL_MS = 1000;
/** Milliseconds that one question may take. */
export const ASK_MS = 30_000;
/** Points by which an observed weight may be off, as it was rounded on its way. */
const ROUNDING = 0.011;

/** Asks until the weights are there or so many seconds are over; a question that fails is asked again. */
export async function untilObserved(
  { shifter, clock, expected }: { shifter: Shifter; clock: Clock; expected: Expected },
  weights: Weights,
  seconds: number,
  signal: AbortSignal,
): Promise<Observation> {
  const deadline = clock.elapsed() + seconds * 1000;
  const shares = expected(weights);
  for (;;) {
    const observation = await observe(shifter, clock, shares, signal);
    signal.throwIfAborted();
    if (observation.arrived || clock.elapsed() >= deadline) return observation;
    await clock.sleep(POLL_MS, signal);
  }
}

async function observe(
  shifter: Shifter,
  clock: Clock,
  shares: Readonly<Record<string, Range>>,
  signal: AbortSignal,
): Promise<Observation> {
  try {
    const ask = (inner: AbortSignal): Promise<Weights> => shifter.observed(inner);
    const there = await within(ASK_MS, "who has the weights", ask, signal, clock);
    return { observed: `observed is ${shownWeights(there)}`, arrived: hasArrived(there, shares) };
  } catch (error) {
    return { observed: messageOf(error), arrived: false, isUnreadable: true };
  }
}

const hasArrived = (observed: Weights, shares: Readonly<Record<string, Range>>): boolean =>
  Object.entries(shares).every(([key, { least, most }]) => {
    const percent = observed[key];
    return percent !== undefined && percent >= least - ROUNDING && percent <= most + ROUNDING;
  });

/** Waits until weights are what users get. */
import type { Clock } from "../../analysis/clock";
import type { Weights } from "../../analysis/plan";
import type { Expected, Range } from "../plan/effective";
import { shownWeights } from "./move";
import type { Shifter } from "./ports";

export interface Observation {
  /** For people. */
  readonly observed: string;
  readonly arrived: boolean;
}

const POLL_MS = 1000;
/** Points by which an observed weight may be off, as it was rounded on its way. */
const ROUNDING = 0.011;

/** Asks until the weights are there or so many seconds are over; a question that fails is asked again. */
export async function untilObserved(
  { shifter, clock, expected }: { shifter: Shifter; clock: Clock; expected: Expected },
  weights: Weights,
  seconds: number,
  signal: AbortSignal,
): Promise<Observation> {
  const deadline = clock.now() + seconds * 1000;
  const shares = expected(weights);
  for (;;) {
    const observation = await observe(shifter, shares, signal);
    signal.throwIfAborted();
    if (observation.arrived || clock.now() >= deadline) return observation;
    await clock.sleep(POLL_MS, signal);
  }
}

async function observe(
  shifter: Shifter,
  shares: Readonly<Record<string, Range>>,
  signal: AbortSignal,
): Promise<Observation> {
  try {
    const there = await shifter.observed(signal);
    return { observed: `observed is ${shownWeights(there)}`, arrived: hasArrived(there, shares) };
  } catch (error) {
    return { observed: (error as Error).message, arrived: false };
  }
}

const hasArrived = (observed: Weights, shares: Readonly<Record<string, Range>>): boolean =>
  Object.entries(shares).every(([key, { least, most }]) => {
    const percent = observed[key];
    return percent !== undefined && percent >= least - ROUNDING && percent <= most + ROUNDING;
  });

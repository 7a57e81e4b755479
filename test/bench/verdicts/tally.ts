/** What became of many rollouts, so that more of them can be added later. */
import type { Run } from "./rollouts";
import type { Summary } from "./table";

/** How many ended after so many seconds. */
type Times = Readonly<Record<string, number>>;

export interface Tally {
  readonly back: Times;
  readonly through: Times;
  /** Users who met a failure that the primary would not have given them, in all rollouts. */
  readonly harmed: number;
}

export const NONE: Tally = { back: {}, through: {}, harmed: 0 };

export const runsOf = ({ back, through }: Tally): number => many(back) + many(through);

export function added(tally: Tally, runs: readonly Run[]): Tally {
  const [back, through] = [{ ...tally.back }, { ...tally.through }] as Record<string, number>[];
  for (const { isBack, seconds } of runs) {
    const times = (isBack ? back : through) as Record<string, number>;
    const key = String(Math.round(seconds));
    times[key] = (times[key] ?? 0) + 1;
  }
  const harmed = runs.reduce((sum, run) => sum + run.harmed, tally.harmed);
  return { back: back ?? {}, through: through ?? {}, harmed: Math.round(harmed * 1000) / 1000 };
}

export function summary(tally: Tally): Summary {
  const { back, through, harmed } = tally;
  const runs = runsOf(tally);
  return {
    runs,
    back: many(back),
    harmed: harmed / runs,
    ...(many(back) > 0 && { backSeconds: late(back) }),
    ...(many(through) > 0 && { throughSeconds: late(through) }),
  };
}

const many = (times: Times): number => Object.values(times).reduce((sum, each) => sum + each, 0);

/** The 90th percentile; whole numbers as keys come in ascending order. */
function late(times: Times): number {
  let left = Math.floor(0.9 * many(times));
  for (const [seconds, count] of Object.entries(times)) {
    left -= count;
    if (left < 0) return Number(seconds);
  }
  return 0;
}

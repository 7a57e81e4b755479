/** What came of the requests of a load, counted in windows of time. */

/** Length of a window in milliseconds. */
export const WINDOW_MS = 100;

/**
 * What came of one request: status and who answered, such as `200 canary`, or the status alone if the answer does not
 * say who; if there was no answer, the error's code, such as `ECONNRESET`.
 */
export type RequestOutcome = string;

/** How often each outcome came. */
export type Counts = Readonly<Record<RequestOutcome, number>>;

/** The requests that ended within one window. */
export interface LoadWindow {
  /** Milliseconds since the epoch; a multiple of `WINDOW_MS`. */
  readonly start: number;
  readonly counts: Counts;
}

/** What a load came to. */
export interface LoadReport {
  /** In order of time. Those in which no request ended are left out. */
  readonly windows: readonly LoadWindow[];
  /** Longest time that a request with this outcome took, in milliseconds. */
  readonly slowest: Readonly<Record<RequestOutcome, number>>;
}

/** Counts requests as they end. */
export class Tally {
  private readonly windows: { start: number; counts: Record<RequestOutcome, number> }[] = [];
  private readonly slowest: Record<RequestOutcome, number> = {};

  /**
   * @param at when the request ended, in milliseconds since the epoch; never before that of an earlier call
   * @param took milliseconds
   */
  add(outcome: RequestOutcome, at: number, took: number): void {
    const start = Math.floor(at / WINDOW_MS) * WINDOW_MS;
    let window = this.windows.at(-1);
    if (window?.start !== start) {
      window = { start, counts: {} };
      this.windows.push(window);
    }
    window.counts[outcome] = (window.counts[outcome] ?? 0) + 1;
    this.slowest[outcome] = Math.max(this.slowest[outcome] ?? 0, took);
  }

  report(): LoadReport {
    return { windows: this.windows, slowest: this.slowest };
  }
}

/** All windows that lie within a span of time, as counts; by default all. Times in milliseconds since the epoch. */
export function counts(
  { windows }: Pick<LoadReport, "windows">,
  from = Number.NEGATIVE_INFINITY,
  to = Number.POSITIVE_INFINITY,
): Counts {
  const sum: Record<RequestOutcome, number> = {};
  for (const window of windows) {
    if (window.start < from || window.start + WINDOW_MS > to) continue;
    for (const [outcome, count] of Object.entries(window.counts)) {
      sum[outcome] = (sum[outcome] ?? 0) + count;
    }
  }
  return sum;
}

export const total = (counted: Counts): number =>
  Object.values(counted).reduce((sum, count) => sum + count, 0);

const isGood = (outcome: RequestOutcome): boolean => outcome.startsWith("200 ");

/** The outcomes other than an answer of status 200 that says who gave it. */
export function failures(counted: Counts): Counts {
  return Object.fromEntries(Object.entries(counted).filter(([outcome]) => !isGood(outcome)));
}

/** How many requests each answered with status 200. */
export function answers(counted: Counts): Counts {
  const good = Object.entries(counted).filter(([outcome]) => isGood(outcome));
  return Object.fromEntries(good.map(([outcome, count]) => [outcome.slice("200 ".length), count]));
}

/** The first time from which on every window, until the last, holds what is asked of it; undefined if none does. */
export function settledSince(
  { windows }: Pick<LoadReport, "windows">,
  holds: (counted: Counts) => boolean,
): number | undefined {
  let since: number | undefined;
  for (const { start, counts } of windows) {
    if (holds(counts)) since ??= start;
    else since = undefined;
  }
  return since;
}

/** Counts of requests over time, and by how much they scatter. */

/** What one variant answered between two looks at its counters. */
export interface Counted {
  /** End of the interval, in milliseconds since the epoch: both variants have the same ones. */
  readonly time: number;
  readonly requests: number;
  /** Bad answers; of latency the requests beyond each bound. */
  readonly bad: readonly number[];
}

/** Counts of one variant. */
export interface CountSeries {
  /** Disjoint, in order of time. */
  readonly intervals: readonly Counted[];
  /** Milliseconds that `bad` was counted beyond, ascending; undefined where it is one count of bad answers. */
  readonly bounds?: readonly number[];
  /**
   * What a source tells that knows no times: `list`, all intervals since the window's start in their order; `total`, one sum of
   * them, of which each look sees what is new. Default: intervals whose times are the same whenever it is asked.
   */
  readonly told?: "list" | "total";
  /** Milliseconds of an interval; default the least that lie between two ends. */
  readonly length?: number;
  /** Milliseconds since the epoch until when all is counted, so that no interval means no request; default the last interval's end. */
  readonly until?: number;
}

/** Counts by the times of samples: of all, and of the bad ones among them, which are none if there is no sample. */
export function countsOf(
  bad: readonly { readonly time: number; readonly value: number }[],
  all: readonly { readonly time: number; readonly value: number }[],
): CountSeries {
  const badAt = new Map(bad.map(({ time, value }) => [time, value]));
  return {
    intervals: all.map(({ time, value }) => ({
      time,
      requests: value,
      bad: [Math.min(badAt.get(time) ?? 0, value)],
    })),
  };
}

/** One interval of both variants. */
export interface Pair {
  readonly time: number;
  readonly canary: Counted;
  readonly baseline: Counted;
}

/** Both variants' intervals side by side; nothing was answered if one has none. */
export function paired(canary: readonly Counted[], baseline: readonly Counted[]): Pair[] {
  const [ours, theirs] = [byTime(canary), byTime(baseline)];
  const width = Math.max(0, ...[...canary, ...baseline].map(({ bad }) => bad.length));
  const nothing = (time: number): Counted => ({ time, requests: 0, bad: Array(width).fill(0) });
  return [...new Set([...ours.keys(), ...theirs.keys()])]
    .sort((a, b) => a - b)
    .map((time) => ({
      time,
      canary: ours.get(time) ?? nothing(time),
      baseline: theirs.get(time) ?? nothing(time),
    }));
}

const byTime = (intervals: readonly Counted[]) => new Map(intervals.map((each) => [each.time, each]));

/** Requests and hits of some intervals together. */
export interface Sum {
  readonly requests: number;
  readonly bad: number;
}

export const sumOf = (intervals: readonly Counted[], bound = 0): Sum =>
  intervals.reduce(
    (sum, { requests, bad }) => ({ requests: sum.requests + requests, bad: sum.bad + (bad[bound] ?? 0) }),
    { requests: 0, bad: 0 },
  );

export const rate = ({ bad, requests }: Sum): number => (requests === 0 ? 0 : bad / requests);

/** Intervals that are looked at together, for what lasts a while: with scrapes of 15 s a minute and four minutes. */
const BLOCKS = [1, 4, 16];
/** Comparisons that say there is no more scatter than chance makes, before there are any. */
const PRIOR = 10;
/** The most that counts are weighed down by. */
const MOST = 100;

/**
 * By how much counts scatter from one block of intervals to the next, as a multiple of what chance makes of independent
 * requests: 1 if they are, and 5 if errors come five at once. Given two counts together, the one is binomial.
 */
export function scatterOf(intervals: readonly Sum[]): number {
  const until = sumsUntil(intervals);
  return Math.min(MOST, Math.max(1, ...BLOCKS.map((size) => scatterBetween(blocksIn(until, size)))));
}

function scatterBetween(blocks: readonly Sum[]): number {
  let [total, compared] = [PRIOR, PRIOR];
  let before: Sum | undefined;
  for (const now of blocks) {
    const other = before;
    before = now;
    const bad = now.bad + (other?.bad ?? 0);
    const share = now.requests / (now.requests + (other?.requests ?? 0));
    if (other === undefined || bad === 0 || !(share > 0 && share < 1)) continue;
    total += (now.bad - share * bad) ** 2 / (bad * share * (1 - share));
    compared += 1;
  }
  return total / compared;
}

/** Blocks of so many intervals, of which the last ones are whole. */
export const blocksOf = (intervals: readonly Sum[], size: number): Sum[] =>
  blocksIn(sumsUntil(intervals), size);

/** Of no interval, of the first one, of the first two, and so on. */
function sumsUntil(intervals: readonly Sum[]): Sum[] {
  let [requests, bad] = [0, 0];
  const sums: Sum[] = [{ requests, bad }];
  for (const each of intervals) {
    requests += each.requests;
    bad += each.bad;
    sums.push({ requests, bad });
  }
  return sums;
}

function blocksIn(until: readonly Sum[], size: number): Sum[] {
  const blocks: Sum[] = [];
  let begin: Sum | undefined;
  for (let at = (until.length - 1) % size; at < until.length; at += size) {
    const end = until[at] as Sum;
    if (begin !== undefined)
      blocks.push({ requests: end.requests - begin.requests, bad: end.bad - begin.bad });
    begin = end;
  }
  return blocks;
}

/**
 * What counters counted, by their raw samples: increments of one's own. `rate` and `increase` extrapolate, they lose a new
 * series' first increment, and stepped by their own window they miss what is counted between two windows.
 */
import type { Counted } from "../counts";

/** A counter's samples; times in milliseconds since the epoch, ascending. */
export interface Counter {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly (readonly [time: number, value: number])[];
}

/** Which series came from one place, at the same times. */
const targetOf = ({ labels }: Counter): string => JSON.stringify([labels.job, labels.instance, labels.pod]);

/** The times at which each target was scraped. */
export function scrapesOf(counters: readonly Counter[]): Map<string, number[]> {
  const times = new Map<string, Set<number>>();
  for (const counter of counters) {
    const target = targetOf(counter);
    const known = times.get(target) ?? new Set();
    for (const [time] of counter.samples) known.add(time);
    times.set(target, known);
  }
  return new Map([...times].map(([target, known]) => [target, [...known].sort((a, b) => a - b)]));
}

/** Milliseconds from one scrape to the next, in whole seconds; undefined if no target was scraped twice. */
export function scrapeInterval(scrapes: ReadonlyMap<string, readonly number[]>): number | undefined {
  const gaps = [...scrapes.values()].flatMap((times) =>
    times.slice(1).map((time, i) => time - (times[i] as number)),
  );
  const middle = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)];
  return middle === undefined ? undefined : Math.max(1000, Math.round(middle / 1000) * 1000);
}

/** Milliseconds from a scrape until its samples can be asked for. */
export const LATE_MS = 1000;
/** Milliseconds between two looks if a scrape is overdue, or targets are many. */
const AGAIN_MS = 5000;

/** When the next scrape of any target will be there to be asked for. */
export function nextScrape(
  scrapes: ReadonlyMap<string, readonly number[]>,
  interval: number | undefined,
  now: number,
): number {
  const dues = [...scrapes.values()]
    .map((times) => (times.at(-1) ?? 0) + (interval ?? 0) + LATE_MS)
    .filter((due) => due > now);
  if (dues.length === 0) return now + AGAIN_MS;
  return Math.max(now + (dues.length > 1 ? AGAIN_MS : LATE_MS), Math.min(...dues));
}

/** What one or several counters of the same scrapes counted between two of them. */
export interface Increment {
  readonly time: number;
  readonly requests: number;
  readonly bad: readonly number[];
}

/**
 * What counters counted after a time, `values` of them together: if one of them falls, all began anew at 0. Series whose target
 * was scraped before without them began at 0, too; those of a new target did so before, nobody knows when.
 *
 * @param counters of one target, with samples at the same times
 */
function* grown(
  counters: readonly Counter[],
  scrapes: ReadonlyMap<string, readonly number[]>,
  after: number,
): Generator<{ readonly time: number; readonly values: readonly number[] }> {
  const [first] = counters;
  if (first === undefined) return;
  const known = scrapes.get(targetOf(first))?.[0] ?? Number.POSITIVE_INFINITY;
  const begin = Math.max(
    0,
    first.samples.findLastIndex(([time]) => time <= after),
  );
  let before: readonly number[] | undefined;
  for (let i = begin; i < first.samples.length; i++) {
    const [time] = first.samples[i] as readonly [number, number];
    const now = counters.map(({ samples }) => valueAt(samples, time, i));
    const last: readonly number[] | undefined = before ?? (known < time ? now.map(() => 0) : undefined);
    before = now;
    if (last === undefined || time <= after) continue;
    const isAnew = now.some((value, i) => value < (last[i] ?? 0));
    yield { time, values: isAnew ? now : now.map((value, i) => value - (last[i] ?? 0)) };
  }
}

/** The last value until then, which most probably is the one at this place. */
function valueAt(samples: Counter["samples"], time: number, place: number): number {
  const there = samples[place];
  const last = there?.[0] === time ? there : samples.findLast(([other]) => other <= time);
  return last?.[1] ?? 0;
}

/** Of counters of requests, of which some are of bad ones. */
export const ofCounters = (
  counters: readonly Counter[],
  scrapes: ReadonlyMap<string, readonly number[]>,
  after: number,
  counted: (counter: Counter) => { readonly isRequest: boolean; readonly isBad: boolean },
): Increment[] =>
  counters.flatMap((counter) => {
    const { isRequest, isBad } = counted(counter);
    return [...grown([counter], scrapes, after)].map(({ time, values: [value = 0] }) => ({
      time,
      requests: isRequest ? value : 0,
      bad: [isBad ? value : 0],
    }));
  });

/** Of the buckets of histograms: the requests beyond each bound that all of them have. */
export function ofBuckets(
  buckets: readonly Counter[],
  scrapes: ReadonlyMap<string, readonly number[]>,
  after: number,
): { readonly bounds: readonly number[]; readonly increments: readonly Increment[] } {
  const histograms = new Map<string, Counter[]>();
  for (const bucket of buckets) {
    const { le: _le, ...labels } = bucket.labels;
    const key = JSON.stringify(Object.entries(labels).sort());
    histograms.set(key, [...(histograms.get(key) ?? []), bucket]);
  }
  const boundOf = ({ labels }: Counter): number => (labels.le === "+Inf" ? Infinity : Number(labels.le));
  const all = [...histograms.values()].map((each) => each.sort((a, b) => boundOf(b) - boundOf(a)));
  const whole = all.filter(([most]) => most !== undefined && boundOf(most) === Number.POSITIVE_INFINITY);
  const [first = [], ...others] = whole.map((each) => each.slice(1).map(boundOf));
  const bounds = first.filter((bound) => others.every((each) => each.includes(bound))).reverse();
  const increments = whole.flatMap((histogram) =>
    [...grown(histogram, scrapes, after)].map(({ time, values }) => {
      const [requests = 0] = values;
      const within = new Map(histogram.map((bucket, i) => [boundOf(bucket), values[i] ?? 0]));
      return { time, requests, bad: bounds.map((bound) => Math.max(0, requests - (within.get(bound) ?? 0))) };
    }),
  );
  return { bounds, increments };
}

/** Increments by intervals that are the same for every target, however far apart their scrapes are. */
export function intervalsOf(increments: readonly Increment[], interval: number): Counted[] {
  const found = new Map<number, { requests: number; bad: number[] }>();
  for (const { time, requests, bad } of increments) {
    const end = Math.ceil(time / interval) * interval;
    const sum = found.get(end) ?? { requests: 0, bad: bad.map(() => 0) };
    sum.requests += requests;
    bad.forEach((each, i) => {
      sum.bad[i] = (sum.bad[i] ?? 0) + each;
    });
    found.set(end, sum);
  }
  // Targets are scraped one after the other: what failed at one may have been asked at another.
  return [...found]
    .sort(([a], [b]) => a - b)
    .map(([time, { requests, bad }]) => ({
      time,
      requests,
      bad: bad.map((each) => Math.min(each, requests)),
    }));
}

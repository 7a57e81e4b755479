/** Counts of several series as one, and of two sources side by side. */
import type { Counted, CountSeries } from "./counts";

/** The same series with the bounds of latency that all of them have which counted anything. */
export function commonBounds<Many extends readonly CountSeries[]>(all: Many): Many {
  const [first, ...others] = all.flatMap(({ bounds, intervals }) =>
    bounds !== undefined && intervals.length > 0 ? [bounds] : [],
  );
  if (first === undefined) return all;
  const common = first.filter((bound) => others.every((bounds) => bounds.includes(bound)));
  return all.map((series): CountSeries => {
    const places = common.map((bound) => series.bounds?.indexOf(bound) ?? -1);
    const intervals = series.intervals.map((each) => ({
      ...each,
      bad: places.map((place) => each.bad[place] ?? 0),
    }));
    return { ...series, intervals, bounds: common };
  }) as readonly CountSeries[] as Many;
}

/** The sum of series that are of the same source. */
export function summed([first, ...others]: readonly CountSeries[]): CountSeries {
  if (first === undefined) return { intervals: [] };
  const all = [first, ...others];
  const untils = all.flatMap(({ until }) => until ?? []);
  return {
    ...first,
    intervals: byEnd(
      all.flatMap(({ intervals }) => intervals),
      (time) => time,
    ),
    ...(untils.length > 0 && { until: Math.min(...untils) }),
  };
}

/**
 * Two sources' counts of the same times: those of the finer one together as the coarser one has them, as far as both begin
 * after `from` and both are told. What is left over comes with the next look.
 */
export function aligned(a: CountSeries, b: CountSeries, from: number): readonly [CountSeries, CountSeries] {
  const [one, other] = commonBounds([a, b]);
  const cell = Math.max(lengthOf(one), lengthOf(other));
  const until = Math.min(untilOf(one), untilOf(other));
  const within = (series: CountSeries): CountSeries => {
    const intervals = cell === 0 ? [] : byEnd(series.intervals, (time) => Math.ceil(time / cell) * cell);
    return {
      ...series,
      until,
      length: cell,
      intervals: intervals.filter(({ time }) => time - cell >= from && time <= until),
    };
  };
  return [within(one), within(other)];
}

const untilOf = ({ until, intervals }: CountSeries): number => until ?? intervals.at(-1)?.time ?? 0;

/** Milliseconds of an interval: as it is told, or the least that lie between two ends. */
function lengthOf({ length, intervals }: CountSeries): number {
  const gaps = intervals.slice(1).map(({ time }, i) => time - (intervals[i]?.time ?? 0));
  return length ?? (gaps.length === 0 ? 0 : Math.min(...gaps));
}

function byEnd(intervals: readonly Counted[], endOf: (time: number) => number): Counted[] {
  const found = new Map<number, { requests: number; bad: number[] }>();
  for (const { time, requests, bad } of intervals) {
    const sum = found.get(endOf(time)) ?? { requests: 0, bad: [] };
    sum.requests += requests;
    sum.bad = bad.map((each, i) => each + (sum.bad[i] ?? 0));
    found.set(endOf(time), sum);
  }
  return [...found].sort(([a], [b]) => a - b).map(([time, sum]) => ({ time, ...sum }));
}

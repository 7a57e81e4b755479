import assert from "node:assert/strict";
import fc from "fast-check";
import type { Counted, CountSeries } from "../../analysis/counts";
import { aligned, commonBounds, summed } from "../../analysis/together";

const MINUTE = 60_000;

/** One request each at some times, counted in intervals of a length that all end at its multiples. */
const counted = (times: readonly number[], length: number, until: number): CountSeries => {
  const ends = new Map<number, number>();
  for (const time of times) {
    const end = Math.floor(time / length) * length + length;
    if (end <= until) ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  const intervals = [...ends]
    .sort(([a], [b]) => a - b)
    .map(([time, requests]) => ({ time, requests, bad: [0] }));
  return { intervals, length, until };
};

const requests = (intervals: readonly Counted[]): number =>
  intervals.reduce((sum, interval) => sum + interval.requests, 0);

describe("Counts of two sources", () => {
  it("are of the same times, whichever source tells finer and however late the other is", () => {
    const times = fc.array(fc.integer({ min: 0, max: 20 * MINUTE - 1 }), { maxLength: 200 });
    const lengths = fc.constantFrom(1, 2, 5, 15, 30, 60).map((seconds) => seconds * 1000);
    const from = fc.integer({ min: 0, max: 5 * MINUTE });
    const late = fc.integer({ min: 0, max: 5 }).map((minutes) => (20 - minutes) * MINUTE);
    fc.assert(
      fc.property(times, times, lengths, from, late, (ours, theirs, length, begin, until) => {
        const fine = counted(ours, length, 20 * MINUTE);
        const coarse = counted(theirs, MINUTE, until);
        const [a, b] = aligned(fine, coarse, begin);
        // Whole minutes that begin after the start and are told.
        const [first, last] = [Math.ceil(begin / MINUTE) * MINUTE, until];
        const within = (time: number): boolean => time >= first && time < last;
        assert.equal(requests(a.intervals), ours.filter(within).length);
        assert.equal(requests(b.intervals), theirs.filter(within).length);
        for (const { time } of [...a.intervals, ...b.intervals]) assert.equal(time % MINUTE, 0);
      }),
    );
  });

  it("are none while it is not known how long an interval is", () => {
    const one = { intervals: [{ time: MINUTE, requests: 5, bad: [1] }] };
    assert.deepEqual(
      aligned(one, one, 0).map(({ intervals }) => intervals),
      [[], []],
    );
  });

  it("have the bounds of latency that both have, and are not without any because one counted nothing", () => {
    const a = { bounds: [100, 300, 1200], intervals: [{ time: 1, requests: 9, bad: [6, 3, 1] }] };
    const b = { bounds: [50, 100, 1200, 5000], intervals: [{ time: 1, requests: 8, bad: [7, 5, 2, 0] }] };
    const nothing = { bounds: [], intervals: [] };
    assert.deepEqual(
      commonBounds([a, b, nothing]).map(({ bounds, intervals: [first] }) => [bounds, first?.bad]),
      [
        [
          [100, 1200],
          [6, 1],
        ],
        [
          [100, 1200],
          [5, 2],
        ],
        [[100, 1200], undefined],
      ],
    );
  });

  it("add up where several are one", () => {
    const of = (...intervals: Counted[]): CountSeries => ({ intervals, until: MINUTE });
    const at = (time: number, all: number, bad: number): Counted => ({ time, requests: all, bad: [bad] });
    assert.deepEqual(summed([of(at(1, 10, 1), at(3, 30, 3)), of(at(2, 20, 2), at(3, 5, 5))]), {
      intervals: [at(1, 10, 1), at(2, 20, 2), at(3, 35, 8)],
      until: MINUTE,
    });
  });
});

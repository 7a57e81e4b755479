import assert from "node:assert/strict";
import fc from "fast-check";
import type { Counted, Pair, Sum } from "../../analysis/counts";
import { Growth, type Held } from "../../analysis/growth";

const held: Held = {
  threshold: 0.01,
  effect: (share) => 0.005 * (1 - share),
  isCompared: true,
  limit: Math.log(100),
};

const sum = fc
  .record({ requests: fc.integer({ min: 0, max: 500 }), part: fc.double({ min: 0, max: 0.2, noNaN: true }) })
  .map(({ requests, part }): Sum => ({ requests, bad: Math.round(requests * part) }));
const counted = (time: number, { requests, bad }: Sum): Counted => ({ time, requests, bad: [bad] });
const pairs = fc.array(fc.tuple(sum, sum), { maxLength: 60 }).map((all) =>
  all.map(([canary, baseline], i): Pair => {
    const time = 15_000 * (i + 1);
    return { time, canary: counted(time, canary), baseline: counted(time, baseline) };
  }),
);
const settings = fc.record({ hasThreshold: fc.boolean(), isCompared: fc.boolean() }).map(
  ({ hasThreshold, isCompared }): Held => ({
    ...held,
    isCompared,
    threshold: hasThreshold ? held.threshold : undefined,
  }),
);

describe("A course of evidence", () => {
  it("is the same however often one looked before, whatever of the last intervals was counted since", () => {
    fc.assert(
      fc.property(
        settings,
        fc.array(sum, { maxLength: 250 }),
        pairs,
        fc.array(fc.record({ seen: fc.nat(60), late: fc.nat(20) }), { maxLength: 6 }),
        (given, past, all, looks) => {
          const course = new Growth(given, past);
          for (const { seen, late } of looks) {
            const before = all.slice(0, seen).map((pair, i): Pair => {
              const isLate = i >= Math.min(seen, all.length) - late;
              return isLate ? { ...pair, canary: counted(pair.time, { requests: 7, bad: 3 }) } : pair;
            });
            course.after(before, 0);
          }
          assert.deepEqual(course.after(all, 0), new Growth(given, past).after(all, 0));
        },
      ),
    );
  });
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { averaged, BETTER, evidence, mixture, type Trials, WORSE } from "../../analysis/evidence";
import { Chance } from "../bench/verdicts/random";

const LIMIT = Math.log(100);
const last = (intervals: readonly Trials[], ratios = WORSE, limit = LIMIT): number =>
  evidence(intervals, mixture(ratios, limit)).at(-1) ?? 0;

const interval = fc
  .record({
    trials: fc.integer({ min: 0, max: 200 }),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    share: fc.double({ min: 0.001, max: 0.999, noNaN: true }),
  })
  .map(({ trials, part, share }): Trials => ({ trials, hits: Math.round(trials * part), share }));
const intervals = fc.array(interval, { maxLength: 40 });

describe("Evidence", () => {
  it("is what the likelihoods say, of one trial and one ratio", () => {
    // Half begins now: (1 + ratio of likelihoods) / 2.
    const seen = (hits: number): number => Math.exp(last([{ trials: 1, hits, share: 0.2 }], [2], 100));
    assert.ok(Math.abs(seen(1) - (1 + 2 / 1.2) / 2) < 1e-12);
    assert.ok(Math.abs(seen(0) - (1 + 1 / 1.2) / 2) < 1e-12);
  });

  it("of one trial comes to 1 on average where the null hypothesis is just true, and to less where it is more than true", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(WORSE, BETTER),
        (share, part, ratios) => {
          const of = (hits: number): number => Math.exp(last([{ trials: 1, hits, share }], ratios, 1000));
          assert.ok(Math.abs(share * of(1) + (1 - share) * of(0) - 1) < 1e-9);
          const better = ratios === WORSE ? share * part : share + (1 - share) * part;
          assert.ok(better * of(1) + (1 - better) * of(0) <= 1 + 1e-9);
        },
      ),
    );
  });

  it("adds up to no more than 1 over all courses of three intervals, capped as it is", () => {
    const share = 0.1;
    let mean = 0;
    for (let course = 0; course < 8; course++) {
      const hits = [0, 1, 2].map((i) => (course >> i) & 1);
      const probability = hits.reduce((product, hit) => product * (hit ? share : 1 - share), 1);
      mean += probability * Math.exp(last(hits.map((hit) => ({ trials: 1, hits: hit, share }))));
    }
    assert.ok(mean <= 1 && mean > 0.8, String(mean));
  });

  it("reaches its limit by chance no more often than that allows, however often one looks", () => {
    const chance = new Chance(20_261_130);
    const [runs, alpha] = [4000, 0.05];
    let alarms = 0;
    for (let run = 0; run < runs; run++) {
      const share = 0.01 + 0.5 * chance.uniform();
      const seen = Array.from({ length: 60 }, (): Trials => {
        const trials = chance.poisson(3);
        return { trials, hits: chance.binomial(trials, share), share };
      });
      const limit = Math.log(1 / alpha);
      if (evidence(seen, mixture(WORSE, limit)).some((value) => value >= limit)) alarms++;
    }
    assert.ok(alarms / runs <= alpha, `${alarms} of ${runs}`);
    assert.ok(alarms > 0);
  });

  it("grows with hits, and shrinks with trials that are none", () => {
    fc.assert(
      fc.property(intervals, interval, (before, added) => {
        if (added.hits === added.trials) return;
        const more = { ...added, hits: added.hits + 1 };
        assert.ok(last([...before, more]) >= last([...before, added]) - 1e-9);
        const longer = { ...added, trials: added.trials + 1 };
        assert.ok(last([...before, longer]) <= last([...before, added]) + 1e-9);
      }),
    );
  });

  it("needs three intervals, however much there is in each", () => {
    const all = { trials: 1e6, hits: 1e6, share: 0.01 };
    fc.assert(
      fc.property(fc.double({ min: 1, max: 12, noNaN: true }), (limit) => {
        const course = evidence([all, all, all, all], mixture(WORSE, limit));
        assert.ok((course[1] ?? 0) < limit);
      }),
    );
    assert.ok(last([all, all, all]) >= LIMIT);
  });

  it("is not lost where a canary was well for long before", () => {
    const well = Array.from({ length: 40 }, () => ({ trials: 20, hits: 1, share: 0.05 }));
    const bad = Array.from({ length: 8 }, () => ({ trials: 20, hits: 15, share: 0.05 }));
    assert.ok(last([...well, ...bad]) >= LIMIT);
  });

  it("is none of an interval without trials", () => {
    fc.assert(
      fc.property(intervals, (before) => {
        const nothing = { trials: 0, hits: 0, share: 0 };
        const [seen, more] = [last(before), last([...before, nothing])];
        assert.ok(Math.abs(seen - more) < 1e-9);
      }),
    );
  });

  it("of several kinds is their mean", () => {
    assert.deepEqual(
      averaged([[Math.log(2)], [Math.log(8)]], [0.5, 0.5]).map((value) => Math.round(Math.exp(value) * 1e9)),
      [5e9],
    );
  });
});

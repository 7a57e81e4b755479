import assert from "node:assert/strict";
import fc from "fast-check";
import { paired, type Sum, scatterOf } from "../../analysis/counts";
import { quantileOf } from "../../analysis/quantile";
import { Chance } from "../bench/verdicts/random";

const sums = (chance: Chance, draw: (requests: number) => number): Sum[] =>
  Array.from({ length: 240 }, () => {
    const requests = chance.poisson(1500);
    return { requests, bad: draw(requests) };
  });

describe("Counts", () => {
  it("of both variants are side by side, and nothing where one has none", () => {
    const at = (time: number, requests: number) => ({ time, requests, bad: [1] });
    assert.deepEqual(paired([at(1, 10), at(3, 30)], [at(2, 20), at(3, 33)]), [
      { time: 1, canary: at(1, 10), baseline: { time: 1, requests: 0, bad: [0] } },
      { time: 2, canary: { time: 2, requests: 0, bad: [0] }, baseline: at(2, 20) },
      { time: 3, canary: at(3, 30), baseline: at(3, 33) },
    ]);
  });
});

describe("The scatter of counts", () => {
  it("is about 1 where requests fail one by one", () => {
    for (let seed = 0; seed < 20; seed++) {
      const chance = new Chance(seed);
      const scatter = scatterOf(sums(chance, (requests) => chance.binomial(requests, 0.005)));
      assert.ok(scatter < 1.8, String(scatter));
    }
  });

  it("is about five where errors come five at once", () => {
    for (let seed = 0; seed < 20; seed++) {
      const chance = new Chance(seed);
      const scatter = scatterOf(sums(chance, (requests) => 5 * chance.binomial(requests, 0.001)));
      assert.ok(scatter > 3.5 && scatter < 9, String(scatter));
    }
  });

  it("is large where a minute now and then is bad, and never below 1 nor beyond its bound", () => {
    const chance = new Chance(1);
    const bursts = sums(chance, () => 1).map((sum, i) => (i % 80 < 4 ? { ...sum, bad: 300 } : sum));
    assert.ok(scatterOf(bursts) > 50);
    const sum = fc.record({
      requests: fc.integer({ min: 0, max: 99 }),
      bad: fc.integer({ min: 0, max: 99 }),
    });
    fc.assert(
      fc.property(fc.array(sum), (any) => {
        const scatter = scatterOf(any);
        assert.ok(scatter >= 1 && scatter <= 100);
      }),
    );
  });
});

describe("A quantile of counts beyond bounds", () => {
  const bounds = [100, 300, 1200, 5000];

  it("is that of the lognormal latencies that the counts are of, between and beside the bounds", () => {
    const chance = new Chance(5);
    for (const median of [30, 60, 200, 600]) {
      const latencies = Array.from({ length: 50_000 }, () => median * Math.exp(0.7 * chance.normal()));
      const beyond = bounds.map((bound) => latencies.filter((each) => each > bound).length);
      const expected = median * Math.exp(0.7 * 1.2816);
      const found = quantileOf(bounds, beyond, latencies.length, 0.9) ?? 0;
      assert.ok(Math.abs(found / expected - 1) < 0.04, `${found}, not ${expected}`);
    }
  });

  it("is the nearest bound where all requests are on one side of all bounds, and none without any", () => {
    assert.equal(quantileOf(bounds, [0, 0, 0, 0], 1000, 0.9), 100);
    assert.equal(quantileOf(bounds, [1000, 1000, 1000, 1000], 1000, 0.9), 5000);
    assert.equal(quantileOf([], [], 1000, 0.9), undefined);
    assert.equal(quantileOf(bounds, [0, 0, 0, 0], 0, 0.9), undefined);
  });

  it("is the larger, the more requests are beyond a bound", () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 900 }), fc.integer({ min: 1, max: 90 }), (slow, more) => {
        const of = (first: number): number => quantileOf(bounds, [first, 10, 1, 0], 1000, 0.9) ?? 0;
        assert.ok(of(Math.min(990, slow + more)) >= of(slow) - 1e-9);
      }),
    );
  });
});

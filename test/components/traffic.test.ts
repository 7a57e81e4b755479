import assert from "node:assert/strict";
import fc from "fast-check";
import {
  effectiveFleetWeights,
  effectiveWeights,
  formatWeight,
  instanceCounts,
  integerWeights,
  isWeight,
  TrafficSplit,
} from "../../components/traffic";

const split = (...weights: number[]): TrafficSplit =>
  new TrafficSplit(weights.map((weight, i) => ({ name: `canary-${i}`, weight })));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
const anyWeight = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);
const anySplit = fc
  .array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 4 })
  .map((shares) => shares.map((share) => Math.floor(share / shares.length) / 100))
  .map((weights) => split(...weights));
const anyBound = fc.integer({ min: 1, max: 1200 });
const anyFleet = fc.record({
  fleetSize: fc.integer({ min: 1, max: 60 }),
  canaryMin: fc.integer({ min: 0, max: 3 }),
});

/** The largest distance between two neighbouring fractions c/(p+c) with p and c up to `bound`, in percent. */
function coarsestStep(bound: number): number {
  const fractions = new Set<number>();
  for (let c = 0; c <= bound; c++) for (let p = 0; p <= bound; p++) if (c + p > 0) fractions.add(c / (c + p));
  const sorted = [...fractions].sort((a, b) => a - b);
  return Math.max(...sorted.slice(1).map((fraction, i) => fraction - (sorted[i] ?? 0))) * 100;
}

describe("a traffic split", () => {
  it("leaves the primary what the canaries do not take", () => {
    assert.equal(split(10).primary.weight, 90);
    assert.equal(split(0.01, 33.33).primary.weight, 66.66);
    assert.equal(split().primary.weight, 100);
  });

  it("refuses weights that are no percentage of two decimals, and more than all", () => {
    for (const weight of [-1, 100.01, 0.001, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => split(weight), RangeError, String(weight));
    }
    assert.throws(() => split(60, 40.01), /together/);
  });

  it("adds up to 100 whatever the canaries take", () => {
    fc.assert(
      fc.property(anySplit, (any) => {
        assert.equal(sum(any.variants.map(({ weight }) => Math.round(weight * 100))), 10_000);
        assert.ok(any.variants.every(({ weight }) => isWeight(weight)));
      }),
    );
  });

  it("prints weights with two decimals at most", () => {
    assert.equal(formatWeight(100 / 11), "9.09 %");
    assert.equal(formatWeight(25), "25 %");
  });
});

describe("integer weights", () => {
  it("keep whole percents as they are, and take the smallest exact integers otherwise", () => {
    assert.deepEqual(integerWeights(split(10)), [90, 10]);
    assert.deepEqual(integerWeights(split(25)), [75, 25]);
    assert.deepEqual(integerWeights(split(0.5)), [199, 1]);
    assert.deepEqual(integerWeights(split(0.01)), [9999, 1]);
    assert.deepEqual(integerWeights(split(12.5)), [7, 1]);
    assert.deepEqual(integerWeights(split(0)), [100, 0]);
    assert.deepEqual(integerWeights(split(100)), [0, 100]);
  });

  it("are exact where no bound stands against it", () => {
    fc.assert(
      fc.property(anySplit, (any) => {
        effectiveWeights(integerWeights(any)).forEach((weight, i) => {
          assert.ok(Math.abs(weight - (any.variants[i]?.weight ?? 0)) < 1e-9);
        });
      }),
    );
  });

  it("stay within the bound, and give every variant that takes traffic 1 at least", () => {
    fc.assert(
      fc.property(anySplit, anyBound, (any, bound) => {
        integerWeights(any, bound).forEach((weight, i) => {
          assert.ok(Number.isInteger(weight) && weight >= 0 && weight <= bound);
          assert.equal(weight === 0, any.variants[i]?.weight === 0);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("never fall when the canary's weight rises", () => {
    fc.assert(
      fc.property(anyWeight, anyWeight, fc.integer({ min: 1, max: 300 }), (a, b, bound) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const effective = (weight: number): number =>
          effectiveWeights(integerWeights(split(weight), bound))[1] ?? 0;
        assert.ok(effective(low) <= effective(high) + 1e-9);
      }),
      { numRuns: 60 },
    );
  });

  it("are no further from what was asked than the router's resolution", () => {
    for (const bound of [4, 10, 100, 256]) {
      const resolution = coarsestStep(bound);
      fc.assert(
        fc.property(anyWeight, (weight) => {
          const effective = effectiveWeights(integerWeights(split(weight), bound))[1] ?? 0;
          assert.ok(Math.abs(effective - weight) <= resolution + 1e-9, `${weight} % became ${effective} %`);
        }),
        { numRuns: 40 },
      );
    }
  });
});

describe("instance counts", () => {
  const counts = (weight: number, fleetSize: number, canaryMin = 0): (string | number)[] =>
    instanceCounts(split(weight), { fleetSize, canaryMin }).map(({ instances, inService }) =>
      inService ? instances : `${instances} out of service`,
    );

  it("add canaries up to half, then shrink the primary, and keep it whole but out of service at 100 %", () => {
    assert.deepEqual(counts(0, 9), [9, "0 out of service"]);
    assert.deepEqual(counts(0, 9, 1), [9, "1 out of service"]);
    assert.deepEqual(counts(1, 9), [9, 1]);
    assert.deepEqual(counts(10, 9), [9, 1]);
    assert.deepEqual(counts(25, 9), [9, 3]);
    assert.deepEqual(counts(50, 9), [9, 9]);
    assert.deepEqual(counts(75, 9), [3, 9]);
    assert.deepEqual(counts(99, 9), [1, 9]);
    assert.deepEqual(counts(100, 9), ["9 out of service", 9]);
  });

  it("come to 9.09 % with one canary beside ten instances, however little was asked", () => {
    const effective = effectiveFleetWeights(instanceCounts(split(0.5), { fleetSize: 10, canaryMin: 0 }));
    assert.equal(formatWeight(effective[1] ?? 0), "9.09 %");
  });

  it("never leave less than the whole fleet in service", () => {
    fc.assert(
      fc.property(anySplit, anyFleet, (any, bounds) => {
        const fleets = instanceCounts(any, bounds);
        const serving = sum(fleets.map(({ instances, inService }) => (inService ? instances : 0)));
        assert.ok(serving >= bounds.fleetSize);
        assert.ok((fleets[0]?.instances ?? 0) >= 1);
        fleets.forEach(({ inService, instances }, i) => {
          assert.equal(inService, (any.variants[i]?.weight ?? 0) > 0);
          assert.ok(!inService || instances >= 1);
        });
      }),
    );
  });

  it("never fall in effect when the canary's weight rises", () => {
    fc.assert(
      fc.property(anyWeight, anyWeight, anyFleet, (a, b, bounds) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const effective = (weight: number): number =>
          effectiveFleetWeights(instanceCounts(split(weight), bounds))[1] ?? 0;
        assert.ok(effective(low) <= effective(high) + 1e-9);
      }),
    );
  });

  it("come as close as one instance more or less could", () => {
    fc.assert(
      fc.property(anyWeight, anyFleet, (weight, bounds) => {
        const [primary, canary] = instanceCounts(split(weight), bounds);
        if (!primary?.inService || !canary?.inService) return;
        const error = (p: number, c: number): number => Math.abs((c / (p + c)) * 100 - weight);
        const reached = error(primary.instances, canary.instances);
        for (const step of [-1, 1]) {
          const [p, c] =
            weight <= 50
              ? [primary.instances, canary.instances + step]
              : [primary.instances + step, canary.instances];
          if (p >= 1 && c >= 1) assert.ok(reached <= error(p, c) + 1e-9);
        }
      }),
    );
  });

  it("share the canaries' instances by weight when there are several", () => {
    const fleets = instanceCounts(split(10, 20), { fleetSize: 21, canaryMin: 0 });
    assert.deepEqual(
      fleets.map(({ instances }) => instances),
      [21, 3, 6],
    );
  });
});

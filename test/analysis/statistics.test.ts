import assert from "node:assert/strict";
import fc from "fast-check";
import { effectPercent } from "../../analysis/judging";
import { probabilityOfChance } from "../../analysis/statistics";

const values = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 30 });

describe("The rank test", () => {
  // By SciPy 1.x: mannwhitneyu(canary, baseline, alternative=..., method="asymptotic").
  for (const { title, canary, baseline, better, probability } of [
    {
      title: "few values",
      canary: [19, 22, 16, 29, 24],
      baseline: [20, 11, 17, 12],
      better: "lower",
      probability: 0.055673443266570206,
    },
    {
      title: "more of the one than of the other",
      canary: [0.73, 0.8, 0.83, 1.04, 1.38, 1.45, 1.46, 1.64, 1.89, 1.91],
      baseline: [0.74, 0.88, 0.9, 1.15, 1.21],
      better: "lower",
      probability: 0.12231180256349167,
    },
    {
      title: "many ties",
      canary: [1, 2, 2, 3, 3, 3, 4],
      baseline: [1, 1, 2, 2, 2, 3, 3],
      better: "lower",
      probability: 0.14106919788470618,
    },
    {
      title: "success rates that are all but one the same",
      canary: [100, 100, 99.5, 100],
      baseline: [100, 100, 100, 100],
      better: "higher",
      probability: 0.2266273523768682,
    },
    {
      title: "values that are all above the others",
      canary: [5, 6, 7, 8, 9],
      baseline: [0, 1, 2, 3, 4],
      better: "lower",
      probability: 0.006092890177672406,
    },
  ] as const) {
    it(`says what SciPy says of ${title}`, () => {
      const said = probabilityOfChance(canary, baseline, better);
      assert.ok(Math.abs(said - probability) < 1e-6, String(said));
    });
  }

  it("finds no difference between values that are all the same", () => {
    assert.equal(probabilityOfChance([1, 1, 1], [1, 1, 1, 1], "lower"), 1);
  });

  it("answers with a probability", () => {
    fc.assert(
      fc.property(values, values, fc.constantFrom("higher", "lower"), (canary, baseline, better) => {
        const said = probabilityOfChance(canary, baseline, better);
        assert.ok(said <= 1);
        assert.ok(said >= 0);
      }),
    );
  });

  it("goes by order alone: a scale that rises changes nothing", () => {
    fc.assert(
      fc.property(values, values, (canary, baseline) => {
        const cubes = (list: readonly number[]): number[] => list.map((value) => value ** 3 + 7);
        assert.equal(
          probabilityOfChance(cubes(canary), cubes(baseline), "lower"),
          probabilityOfChance(canary, baseline, "lower"),
        );
      }),
    );
  });

  it("sees in mirrored values with the other direction the same", () => {
    fc.assert(
      fc.property(values, values, (canary, baseline) => {
        const mirrored = (list: readonly number[]): number[] => list.map((value) => -value);
        const [said, mirror] = [
          probabilityOfChance(canary, baseline, "lower"),
          probabilityOfChance(mirrored(canary), mirrored(baseline), "higher"),
        ];
        assert.ok(Math.abs(said - mirror) < 1e-9);
      }),
    );
  });

  it("finds a canary that got worse no less suspicious", () => {
    fc.assert(
      fc.property(values, values, fc.integer({ min: 21, max: 40 }), (canary, baseline, more) => {
        const [first, ...others] = canary;
        const worse = [...others, (first ?? 0) + more];
        const before = probabilityOfChance(canary, baseline, "lower");
        const unequal = new Set([...canary, ...baseline]).size === canary.length + baseline.length;
        if (unequal) assert.ok(probabilityOfChance(worse, baseline, "lower") <= before + 1e-9);
      }),
    );
  });
});

describe("The effect", () => {
  it("is how much worse the canary is, in percent of the baseline", () => {
    assert.equal(effectPercent(150, 100, "lower"), 50);
    assert.equal(effectPercent(50, 100, "lower"), -50);
    assert.equal(effectPercent(90, 100, "higher"), 10);
  });

  it("is beyond any measure where the baseline is 0, and nothing where both are", () => {
    assert.equal(effectPercent(1, 0, "lower"), Number.POSITIVE_INFINITY);
    assert.equal(effectPercent(0, 0, "lower"), 0);
  });
});

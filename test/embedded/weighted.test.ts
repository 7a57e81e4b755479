import assert from "node:assert/strict";
import fc from "fast-check";
import { WeightedChoice } from "../../embedded/weighted";

const choiceOf = (weights: readonly number[]) =>
  new WeightedChoice(weights.map((weight, value) => ({ value, weight })));

/** How often each index is among the next `picks` choices. */
function countsOf(choice: WeightedChoice<number>, picks: number, entries: number): number[] {
  const counts = new Array<number>(entries).fill(0);
  for (let i = 0; i < picks; i++) {
    const value = choice.next() ?? -1;
    counts[value] = (counts[value] ?? 0) + 1;
  }
  return counts;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

const someWeights = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100 })), { minLength: 1, maxLength: 6 })
  .filter((weights) => sum(weights) > 0);

describe("weighted choice", () => {
  /** What Balancer.ServeHTTP of Traefik 3.7.5 (loadbalancer/wrr/wrr.go) did with handlers added in this order. */
  const traefiksOrder: [number[], string][] = [
    [[90, 10], "000000001000000000010000000001000000001000000000100000000001"],
    [[75, 25], "001000100010001000100010000100010001000100010001000100010001"],
    [[3, 1, 1], "002010001200201001020002100012000210001200021001020021000120"],
    [[5, 3, 2], "010201010201020101020102010120010201012001020101200102010120"],
    [[1, 1, 1, 1], "031212030312120303121203031212030312120303121203031212030312"],
    [[50, 0, 30, 20], "020302020302030202030203020203020302023002030202300203020230"],
    [[9, 7, 5, 3, 1], "012010321001230102101243001201302100123010210123400120130210"],
  ];

  for (const [weights, order] of traefiksOrder) {
    it(`takes turns at ${weights.join("/")} as Traefik does`, () => {
      const choice = choiceOf(weights);
      assert.equal(Array.from(order, () => choice.next()).join(""), order);
    });
  }

  it("chooses each entry as often as its weight, in every cycle from the start", () => {
    fc.assert(
      fc.property(someWeights, (weights) => {
        const choice = choiceOf(weights);
        for (let cycle = 0; cycle < 3; cycle++) {
          assert.deepEqual(countsOf(choice, sum(weights), weights.length), weights);
        }
      }),
    );
  });

  it("keeps its counts exact over a hundred thousand choices between hundredths of a percent", () => {
    const choice = choiceOf([9_967, 33]);
    assert.deepEqual(countsOf(choice, 100_000, 2), [99_670, 330]);
  });

  it("never chooses an entry of weight 0, and nothing at all when every weight is 0", () => {
    fc.assert(
      fc.property(someWeights, fc.nat(500), (weights, picks) => {
        const counts = countsOf(choiceOf(weights), picks, weights.length);
        weights.forEach((weight, i) => {
          if (weight === 0) assert.equal(counts[i], 0);
        });
      }),
    );
    assert.equal(choiceOf([0, 0]).next(), undefined);
  });
});

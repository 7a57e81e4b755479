import assert from "node:assert/strict";
import * as fc from "fast-check";
import { type FrontName, fronts, frontWarning, frontWeights } from "../../../../components/aws/fronts";
import { TrafficSplit } from "../../../../components/traffic";

const weights = (front: FrontName, canaries: readonly number[], fleetSize = 9) => {
  const split = new TrafficSplit(
    canaries.map((weight, i) => ({ name: i === 0 ? "canary" : `c${i}`, weight })),
  );
  return frontWeights(fronts[front], split, { fleetSize, canaryMin: 0 });
};
const nominal = (weight: number, fleetSize = 9) => weights("classic", [weight], fleetSize);

describe("The weights of classic load balancers", () => {
  it("are the shares of the instances in service, to two decimals", () => {
    assert.deepEqual(nominal(1, 10), {
      primary: { asked: 99, effective: 90.91 },
      canary: { asked: 1, effective: 9.09 },
    });
  });

  it("are 0 for a primary out of service", () => {
    assert.deepEqual(nominal(100).primary, { asked: 0, effective: 0 });
  });

  it("are warned of when more than a point off, with every variant they are off for", () => {
    assert.equal(
      frontWarning("myapp", nominal(1)),
      "myapp: primary gets 90 % of the requests where 99 % was asked, canary gets 10 % of the requests where " +
        "1 % was asked; a larger aws.fleetSize comes closer",
    );
  });

  it("are not warned of when exact, or a point off", () => {
    assert.equal(frontWarning("myapp", nominal(10)), undefined);
    assert.equal(frontWarning("myapp", nominal(9)), undefined);
  });
});

describe("The weights of a listener", () => {
  it("are effective as asked where 999 steps are enough", () => {
    assert.deepEqual(weights("alb", [12.5]), {
      primary: { asked: 87.5, effective: 87.5 },
      canary: { asked: 12.5, effective: 12.5 },
    });
  });

  it("are the closest that 999 steps allow, never 0 for a canary that is to get some", () => {
    assert.deepEqual(weights("nlb", [0.01]).canary, { asked: 0.01, effective: 0.1 });
  });

  it("are never a point off, of as many canaries as a listener takes", () => {
    const shares = fc.array(fc.integer({ min: 0, max: 2500 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shares, (hundredths) => {
        const canaries = hundredths.map((share) => share / 100);
        for (const { asked, effective } of Object.values(weights("alb", canaries)))
          assert.ok(Math.abs(asked - effective) < 1);
      }),
      { numRuns: 20 },
    );
  });
});

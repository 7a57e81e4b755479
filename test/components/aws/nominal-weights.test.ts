import assert from "node:assert/strict";
import { nominalWarning, nominalWeights } from "../../../components/aws/nominal-weights";
import { TrafficSplit } from "../../../components/traffic";

const nominal = (weight: number, fleetSize = 9) =>
  nominalWeights(new TrafficSplit([{ name: "canary", weight }]), { fleetSize, canaryMin: 0 });

describe("The nominal weight", () => {
  it("is the share of the instances in service, to two decimals", () => {
    assert.deepEqual(nominal(1, 10), {
      primary: { asked: 99, effective: 90.91 },
      canary: { asked: 1, effective: 9.09 },
    });
  });

  it("of a primary out of service is 0", () => {
    assert.deepEqual(nominal(100).primary, { asked: 0, effective: 0 });
  });

  it("is warned of when more than a point off, with every variant it is off for", () => {
    assert.equal(
      nominalWarning("myapp", nominal(1)),
      "myapp: primary gets 90 % of the requests where 99 % was asked, canary gets 10 % of the requests where " +
        "1 % was asked; a larger aws.fleetSize comes closer",
    );
  });

  it("is not warned of when exact, or a point off", () => {
    assert.equal(nominalWarning("myapp", nominal(10)), undefined);
    assert.equal(nominalWarning("myapp", nominal(9)), undefined);
  });
});

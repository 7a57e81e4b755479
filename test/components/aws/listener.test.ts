import assert from "node:assert/strict";
import * as fc from "fast-check";
import { listenerWeights } from "../../../components/aws/listener";
import { TrafficSplit } from "../../../components/traffic";

describe("The weights of a listener", () => {
  const weights = (...canaries: number[]) =>
    listenerWeights(new TrafficSplit(canaries.map((weight, i) => ({ name: `c${i}`, weight }))));

  it("are effective as asked where 999 steps are enough", () => {
    assert.deepEqual(weights(12.5), {
      primary: { asked: 87.5, effective: 87.5 },
      c0: { asked: 12.5, effective: 12.5 },
    });
  });

  it("are the closest that 999 steps allow, never 0 for a canary that is to get some", () => {
    assert.deepEqual(weights(0.01).c0, { asked: 0.01, effective: 0.1 });
  });

  it("are never a point off, of as many canaries as a listener takes", () => {
    const shares = fc.array(fc.integer({ min: 0, max: 2500 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shares, (hundredths) => {
        for (const { asked, effective } of Object.values(weights(...hundredths.map((share) => share / 100))))
          assert.ok(Math.abs(asked - effective) < 1);
      }),
      { numRuns: 20 },
    );
  });
});

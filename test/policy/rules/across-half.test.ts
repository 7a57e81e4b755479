import assert from "node:assert/strict";
import { fronts } from "../../../components/aws/fronts";
import { routedBy, said, update } from "../graphs";

const check = (from: number, to: number, router: string = fronts.classic.label): string[] =>
  said("across-half", routedBy(router, update([[], { canary: from }], [[], { canary: to }])));

describe("policy across-half", () => {
  it("is broken by a fall across 50 %, and names the command that waits", () => {
    assert.deepEqual(check(100, 0), [
      "myapp: canary goes from 100 % to 0 % in one update, and the instances of canary go before those of primary are there; " +
        "better: canary rollback -s test, which waits at 50 %",
    ]);
  });

  it("is broken by a rise across 50 %", () => {
    assert.match(
      check(25, 75)[0] ?? "",
      /the instances of primary go before those of canary are there; better: 50 % first$/,
    );
  });

  it("holds on one side of 50 %, and where instances don't make the weights", () => {
    for (const [from, to] of [
      [100, 50],
      [50, 0],
      [49, 1],
      [51, 99],
    ] as const)
      assert.deepEqual(check(from, to), []);
    assert.deepEqual(check(100, 0, fronts.alb.label), []);
    assert.deepEqual(check(100, 0, "traefik"), []);
  });
});

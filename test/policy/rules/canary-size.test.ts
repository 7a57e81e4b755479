import assert from "node:assert/strict";
import { UNKNOWN } from "../../../offline/values";
import { graph, group, said } from "../graphs";

const check = (sizes: object, track: "primary" | "canary" = "canary"): string[] =>
  said("canary-size", graph([group("myapp-canary", track, sizes)]));

describe("policy canary-size", () => {
  it("holds where a canary's maximum is its desired capacity", () => {
    assert.deepEqual(check({ minSize: 2, desiredCapacity: 2, maxSize: 2 }), []);
  });

  it("lets a primary grow", () => {
    assert.deepEqual(check({ minSize: 9, maxSize: 18 }, "primary"), []);
  });

  it("is broken by a canary that can grow", () => {
    assert.deepEqual(check({ minSize: 2, desiredCapacity: 2, maxSize: 4 }), [
      "Group myapp-canary may grow from 2 to 4 instances; a canary's group may not grow: give it one size",
    ]);
    assert.deepEqual(check({ minSize: 2, maxSize: 4 }), [
      "Group myapp-canary has no desiredCapacity; set it to its maxSize, 4",
    ]);
  });

  it("says nothing of sizes that are not known yet", () => {
    assert.deepEqual(check({ maxSize: UNKNOWN, desiredCapacity: 2 }), []);
  });
});

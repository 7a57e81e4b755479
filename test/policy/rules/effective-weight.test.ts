import assert from "node:assert/strict";
import { graph, said } from "../graphs";

const check = (asked: number, effective: number): string[] =>
  said("effective-weight", { ...graph([]), weights: { myapp: { canary: { asked, effective } } } });

describe("policy effective-weight", () => {
  it("holds within a point", () => {
    assert.deepEqual(check(10, 10), []);
    assert.deepEqual(check(10, 11), []);
  });

  it("is broken beyond it", () => {
    assert.deepEqual(check(1, 9.09), ["myapp: canary gets 9.09 % where 1 % is asked"]);
  });
});

import assert from "node:assert/strict";
import { deployment, group, said, update } from "../graphs";

const lowered = (from: [pods: number, weight: number], to: [pods: number, weight: number]): string[] => {
  const side = ([replicas, canary]: [number, number]) =>
    [[deployment("myapp-canary", { replicas })], { canary }] as const;
  return said("weight-before-pods", update(side(from), side(to)));
};

describe("policy weight-before-pods", () => {
  it("is broken when a canary's weight and pods are lowered together", () => {
    assert.deepEqual(lowered([4, 50], [1, 10]), [
      "myapp: canary goes from 50 % to 10 % and from 4 pods to 1; allowed: the weight first, the pods in the next update",
    ]);
  });

  it("holds when one of them is lowered, or both rise", () => {
    assert.deepEqual(lowered([4, 50], [4, 10]), []);
    assert.deepEqual(lowered([4, 10], [1, 10]), []);
    assert.deepEqual(lowered([1, 10], [4, 50]), []);
  });

  it("says nothing of Auto Scaling groups, whose size is the weight", () => {
    const side = (size: number, canary: number) =>
      [[group("myapp-canary", "canary", { minSize: size })], { canary }] as const;
    assert.deepEqual(said("weight-before-pods", update(side(9, 50), side(1, 10))), []);
  });
});

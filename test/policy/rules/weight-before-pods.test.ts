import assert from "node:assert/strict";
import { autoscaled, deployment, group, routedBy, said, update } from "../graphs";

const lowered = (from: [pods: number, weight: number], to: [pods: number, weight: number]): string[] => {
  const side = ([replicas, canary]: [number, number]) =>
    [[deployment("myapp-canary", { replicas })], { canary }] as const;
  return said("weight-before-pods", update(side(from), side(to)));
};

describe("policy weight-before-pods", () => {
  it("is broken when a canary's weight and pods are lowered together", () => {
    assert.deepEqual(lowered([4, 50], [1, 10]), [
      "myapp: canary goes from 50 % to 10 % and from 4 pods to 1; change the weight first, and the pods in the next update, as canary up -s test does",
    ]);
  });

  it("holds when one of them is lowered, or both rise", () => {
    assert.deepEqual(lowered([4, 50], [4, 10]), []);
    assert.deepEqual(lowered([4, 10], [1, 10]), []);
    assert.deepEqual(lowered([1, 10], [4, 50]), []);
  });

  for (const router of ["replicas", "classic ELB and replicas"]) {
    it(`says nothing of router ${router}, where pods are the weight`, () => {
      const side = (replicas: number, canary: number) =>
        [[deployment("myapp-canary", { replicas })], { canary }] as const;
      const both = update(side(4, 40), side(1, 10));
      assert.deepEqual(said("weight-before-pods", routedBy(router, both)), []);
      assert.equal(said("weight-before-pods", routedBy("classic ELB and traefik", both)).length, 1);
    });
  }

  it("holds an autoscaler's maximum for the pods where it owns their number", () => {
    const side = (most: number, canary: number) => [autoscaled("myapp-canary", 1, most), { canary }] as const;
    const found = said("weight-before-pods", update(side(8, 50), side(4, 10)));
    assert.match(found[0] ?? "", /from 8 pods to 4/);
    assert.deepEqual(said("weight-before-pods", update(side(8, 50), side(8, 10))), []);
  });

  it("counts one pod where an autoscaler takes their number over, which Kubernetes makes 1", () => {
    const before = [[deployment("myapp-canary", { replicas: 6 })], { canary: 50 }] as const;
    const found = said(
      "weight-before-pods",
      update(before, [autoscaled("myapp-canary", 1, 6), { canary: 10 }]),
    );
    assert.match(found[0] ?? "", /from 6 pods to 1;/);
    const later = said(
      "weight-before-pods",
      update(before, [autoscaled("myapp-canary", 1, 6), { canary: 50 }]),
    );
    assert.deepEqual(later, []);
  });

  it("says nothing of groups behind classic load balancers, whose size is the weight", () => {
    const side = (size: number, canary: number) =>
      [[group("myapp-canary", "canary", { minSize: size })], { canary }] as const;
    assert.deepEqual(said("weight-before-pods", update(side(9, 50), side(1, 10))), []);
  });

  describe("behind an ALB or NLB", () => {
    const shifted = (from: [size: number, weight: number], to: [size: number, weight: number]): string[] => {
      const side = ([minSize, canary]: [number, number]) =>
        [[group("myapp-canary", "canary", { minSize, targetGroupArns: ["arn"] })], { canary }] as const;
      return said("weight-before-pods", update(side(from), side(to)));
    };

    it("is broken when a canary's weight and instances are raised together", () => {
      assert.deepEqual(shifted([1, 10], [3, 25]), [
        "myapp: canary goes from 10 % to 25 % and from 1 to 3 instances; allowed: the instances first, the weight in the next update",
      ]);
    });

    it("is broken by a new canary that takes requests at once", () => {
      const after = [group("myapp-canary", "canary", { minSize: 3, targetGroupArns: ["arn"] })];
      const found = said("weight-before-pods", update([[], {}], [after, { canary: 5 }]));
      assert.match(found[0] ?? "", /from 0 % to 5 % and from 0 to 3 instances/);
    });

    it("is broken in a migration, where the canary has pods, too", () => {
      const side = (minSize: number, canary: number) => {
        const fleet = group("myapp-canary", "canary", { minSize, targetGroupArns: ["arn"] });
        return [[deployment("myapp-canary"), fleet], { canary }] as const;
      };
      const found = said("weight-before-pods", update(side(1, 10), side(9, 30)));
      assert.match(found[0] ?? "", /from 10 % to 30 % and from 1 to 9 instances/);
    });

    it("holds when one of them is raised, or both fall", () => {
      assert.deepEqual(shifted([3, 10], [3, 25]), []);
      assert.deepEqual(shifted([1, 10], [3, 10]), []);
      assert.deepEqual(shifted([3, 25], [1, 10]), []);
    });
  });
});

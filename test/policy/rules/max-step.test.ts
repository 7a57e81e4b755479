import assert from "node:assert/strict";
import { moved, said, side, update } from "../graphs";

const step = (before: Record<string, number>, after: Record<string, number>, policies = {}): string[] =>
  said("max-step", update([[], before], [[], after]), policies);

describe("policy max-step", () => {
  it("holds for a step of 25 points", () => {
    assert.deepEqual(step({ canary: 10 }, { canary: 35 }), []);
  });

  it("is broken by a larger one", () => {
    assert.deepEqual(step({ canary: 10 }, { canary: 35.01 }), [
      "myapp: canary 10 % -> 35.01 % is a step of 25.01 points; allowed: 25 points",
    ]);
  });

  it("takes the largest step from the settings", () => {
    assert.deepEqual(step({ canary: 0.1 }, { canary: 0.4 }, { maxStep: 0.3 }), []);
    assert.equal(step({ canary: 10 }, { canary: 16 }, { maxStep: 5 }).length, 1);
  });

  it("lets weights fall as fast as they like", () => {
    assert.deepEqual(step({ canary: 100 }, { canary: 0 }), []);
  });

  it("adds up the canaries of an app, and counts a new one from 0", () => {
    assert.deepEqual(step({ canary: 10 }, { canary: 25, beta: 15 }), [
      "myapp: canary 10 % -> 25 %, beta 0 % -> 15 % is a step of 30 points; allowed: 25 points",
    ]);
  });

  it("does not count a baseline, which has the primary's version", () => {
    assert.deepEqual(step({ canary: 10, baseline: 10 }, { canary: 30, baseline: 30 }), []);
  });

  it("counts the users whom DNS takes to Kubernetes, and not those whom it takes back", () => {
    const dns = (from: number, to: number): string[] => {
      const at = (kubernetes: number) => side("a.example.com", {}, {}, { elb: 100 - kubernetes, kubernetes });
      return said("max-step", moved(at(from), at(to)));
    };
    assert.deepEqual(dns(0, 100), [
      "myapp: Kubernetes 0 % -> 100 % is a step of 100 points; allowed: 25 points",
    ]);
    assert.deepEqual(dns(0, 25), []);
    assert.deepEqual(dns(100, 0), []);
  });

  it("says nothing of an app that is new", () => {
    const { changes, ...graph } = update([[], {}], [[], { canary: 50 }]);
    assert.deepEqual(said("max-step", { ...graph, changes: { ...changes, weights: {} } }), []);
  });
});

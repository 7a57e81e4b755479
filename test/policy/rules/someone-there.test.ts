import assert from "node:assert/strict";
import { autoscaled, deployment, graph, group, said } from "../graphs";

const check = (replicas: number, canary: number): string[] =>
  said("someone-there", graph([deployment("myapp-canary", { replicas })], { canary }));

describe("policy someone-there", () => {
  it("is broken by a canary with users and without pods", () => {
    assert.deepEqual(check(0, 10), [
      "myapp: canary has no pod for its 10 % of the users; better: one pod or more, or weight 0",
    ]);
  });

  it("is broken by a primary without pods or instances", () => {
    assert.equal(said("someone-there", graph([deployment("myapp", { replicas: 0 })])).length, 1);
    const [found] = said("someone-there", graph([group("myapp", "primary", { minSize: 0 })]));
    assert.match(found ?? "", /^myapp: primary has no instance for its 100 % of the users/);
  });

  it("holds without users, with a pod, and where an autoscaler keeps one", () => {
    assert.deepEqual(check(0, 0), []);
    assert.deepEqual(check(1, 10), []);
    assert.deepEqual(said("someone-there", graph(autoscaled("myapp-canary", 1, 3), { canary: 10 })), []);
  });
});

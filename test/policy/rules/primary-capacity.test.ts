import assert from "node:assert/strict";
import { autoscaled, deployment, graph, group, routedBy, said, update } from "../graphs";

const fleets = (primary: number, canary: number) => [
  group("myapp", "primary", { minSize: primary, maxSize: 18 }),
  group("myapp-canary", "canary", { minSize: canary, desiredCapacity: canary, maxSize: canary }),
];

describe("policy primary-capacity", () => {
  it("holds while the primary has the instances for all traffic", () => {
    assert.deepEqual(said("primary-capacity", graph(fleets(9, 9), { canary: 50 })), []);
    assert.deepEqual(said("primary-capacity", graph(fleets(9, 9), { canary: 100 })), []);
  });

  it("is broken by a primary group that shrinks below a canary's", () => {
    assert.deepEqual(said("primary-capacity", graph(fleets(3, 9), { canary: 75 })), [
      "myapp: instances of the primary are 3 while a canary takes traffic; allowed: 9 or more, for a rollback",
    ]);
  });

  it("is broken by a primary that loses pods while a canary takes traffic", () => {
    const side = (replicas: number) => [deployment("myapp", { replicas }), deployment("myapp-canary")];
    assert.deepEqual(said("primary-capacity", update([side(3), { canary: 50 }], [side(1), { canary: 50 }])), [
      "myapp: pods of the primary are 1 while a canary takes traffic; allowed: 3 or more, for a rollback",
    ]);
    assert.deepEqual(
      said("primary-capacity", update([side(1), { canary: 50 }], [side(3), { canary: 50 }])),
      [],
    );
  });

  it("lets it shrink once no canary takes traffic", () => {
    const side = (replicas: number) => [deployment("myapp", { replicas })];
    assert.deepEqual(
      said("primary-capacity", update([side(3), { canary: 0 }], [side(1), { canary: 0 }])),
      [],
    );
    assert.equal(
      said("primary-capacity", update([side(3), { canary: 50 }], [side(1), { canary: 0 }])).length,
      1,
    );
  });

  it("holds each side of a migration to its own capacity", () => {
    const sides = (instances: number, replicas: number) =>
      graph([...fleets(instances, 9), deployment("myapp", { replicas })], { canary: 50 });
    assert.deepEqual(said("primary-capacity", sides(9, 3)), []);
    assert.match(said("primary-capacity", sides(8, 3))[0] ?? "", /^myapp: instances of the primary are 8/);
    assert.match(said("primary-capacity", sides(9, 0))[0] ?? "", /^myapp: pods of the primary are 0/);
  });

  it("is broken by an autoscaler that may leave fewer pods than there were", () => {
    const before = [[deployment("myapp", { replicas: 9 })], { canary: 50 }] as const;
    const scaled = (min: number) => update(before, [autoscaled("myapp", min, 18), { canary: 50 }]);
    assert.deepEqual(said("primary-capacity", scaled(1)), [
      "myapp: pods of the primary are 1 while a canary takes traffic; allowed: 9 or more, for a rollback",
    ]);
    assert.deepEqual(said("primary-capacity", scaled(9)), []);
  });

  for (const router of ["replicas", "classic ELB and replicas"]) {
    it(`compares the pods of all variants under router ${router}, which divides them`, () => {
      const side = (primary: number, canary: number) => [
        deployment("myapp", { replicas: primary }),
        deployment("myapp-canary", { replicas: canary }),
      ];
      const to = (primary: number, canary: number) =>
        update([side(4, 0), { canary: 0 }], [side(primary, canary), { canary: 25 }]);
      assert.deepEqual(said("primary-capacity", routedBy(router, to(3, 1))), []);
      assert.deepEqual(said("primary-capacity", routedBy(router, to(2, 1))), [
        "myapp: pods of all variants are 3 while a canary takes traffic; allowed: 4 or more, for a rollback",
      ]);
      assert.deepEqual(said("primary-capacity", routedBy(router, to(0, 4))), []);
      assert.equal(said("primary-capacity", routedBy("traefik", to(3, 1))).length, 1);
    });
  }

  it("is broken by a primary without pods, whatever was before", () => {
    const none = graph([deployment("myapp", { replicas: 0 })], { canary: 10 });
    assert.equal(said("primary-capacity", none).length, 1);
  });
});

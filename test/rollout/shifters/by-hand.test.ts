import assert from "node:assert/strict";
import type { ResourceState } from "../../../offline/state";
import type { Step } from "../../../offline/step";
import { type Properties, secret, UNKNOWN } from "../../../offline/values";
import { inCluster } from "../../../rollout/shifters/by-hand";

const stateOf = (spec: Properties): ResourceState => ({
  urn: "urn:pulumi:dev::shop::kubernetes:example.com/v1:Route::shop",
  type: "kubernetes:example.com/v1:Route",
  name: "shop",
  custom: true,
  inputs: {
    apiVersion: "example.com/v1",
    kind: "Route",
    metadata: { name: "shop", namespace: "shop" },
    spec,
  },
  outputs: {},
  dependencies: [],
  propertyDependencies: {},
});

function update(before: Properties, after: Properties): Step {
  const [old, fresh] = [stateOf(before), stateOf(after)];
  const { urn, type, name } = fresh;
  return { op: "update", urn, type, name, old, fresh, detailedDiff: {}, replaceReasons: [] };
}

const patch = (steps: readonly Step[], values: Record<string, string> = {}) => inCluster(steps, values);

describe("what takes a canary out by kubectl", () => {
  it("changes what the weight changes, with lists whole and keys that go as null", () => {
    const before = { weights: [1, 2], tls: { name: "a" }, canary: { weight: 5 }, note: "it's" };
    const after = { weights: [3, 0], tls: { name: "a" }, note: "it's $HOME" };
    const { lines, left } = patch([update(before, after)]);
    const told = { spec: { weights: [3, 0], canary: null, note: "it's $HOME" } };
    const quoted = JSON.stringify(told).replaceAll("'", "'\\''");
    assert.deepEqual(left, []);
    assert.deepEqual(lines, [`kubectl -n shop patch Route.v1.example.com/shop --type=merge -p '${quoted}'`]);
  });

  it("is all that any of several shifts changes", () => {
    const out = { blue: 0, green: 0 };
    const { lines } = patch([update({ blue: 1, green: 0 }, out), update({ blue: 0, green: 1 }, out)]);
    assert.deepEqual(lines, [
      `kubectl -n shop patch Route.v1.example.com/shop --type=merge -p '{"spec":{"blue":0,"green":0}}'`,
    ]);
  });

  it("goes to the stack's cluster, whose kubeconfig may be a file and no text", () => {
    const shift = [update({ weight: 1 }, { weight: 0 })];
    const named = { "kubernetes:context": "east", "kubernetes:kubeconfig": "/srv/kubeconfig" };
    assert.match(
      patch(shift, named).lines[0] ?? "",
      /^kubectl --kubeconfig \/srv\/kubeconfig --context east -n /,
    );
    const text = { "kubernetes:kubeconfig": '{"users":[{"token":"hidden"}]}' };
    assert.match(patch(shift, text).lines[0] ?? "", /^kubectl -n shop /);
  });

  it("shows no secret, and nothing that only the provider knows: it names the object", () => {
    for (const value of [secret("hidden"), UNKNOWN]) {
      const { lines, left } = patch([update({ to: ["a"] }, { to: [{ weight: 0, header: value }] })]);
      assert.deepEqual(lines, []);
      assert.match(left.join(), /^Route\.v1\.example\.com\/shop in shop: its change has a secret/);
    }
  });
});

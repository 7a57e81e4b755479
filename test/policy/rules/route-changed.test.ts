import assert from "node:assert/strict";
import { changedBy, deployment, resource, said } from "../graphs";

const ingress = resource("kubernetes:networking.k8s.io/v1:Ingress", "myapp");

describe("policy route-changed", () => {
  it("is broken by a route that changes by more than a weight", () => {
    assert.deepEqual(said("route-changed", changedBy("spec.rules[0].host", ingress)), [
      "myapp: Ingress myapp takes traffic and changes by more than a weight: spec.rules[0].host",
    ]);
  });

  it("holds for pods, and for what no request passes", () => {
    assert.deepEqual(said("route-changed", changedBy("spec.template", deployment("myapp"))), []);
    const settings = resource("kubernetes:core/v1:ConfigMap", "settings");
    assert.deepEqual(said("route-changed", changedBy("data.a", settings)), []);
  });
});

import assert from "node:assert/strict";
import { deployment, graph, resource, said } from "../graphs";

const labels = { "app.kubernetes.io/name": "myapp" };
const route = (services: object[]) =>
  resource("kubernetes:traefik.io/v1alpha1:TraefikService", "myapp", {
    metadata: { namespace: "myapp", labels },
    spec: { weighted: { services } },
  });
const check = (...resources: Parameters<typeof graph>[0]): string[] =>
  said("same-namespace", graph(resources));

describe("policy same-namespace", () => {
  it("holds for an app in one namespace, whichever", () => {
    const canary = deployment("myapp-canary", { namespace: "shop" });
    assert.deepEqual(check(deployment("myapp", { namespace: "shop" }), canary), []);
    assert.deepEqual(
      check(deployment("myapp"), route([{ name: "myapp" }, { name: "x", namespace: "myapp" }])),
      [],
    );
  });

  it("is broken by a canary elsewhere", () => {
    assert.deepEqual(check(deployment("myapp"), deployment("myapp-canary", { namespace: "lab" })), [
      "Deployment myapp-canary is in namespace lab; allowed: that of myapp, myapp",
    ]);
  });

  it("is broken by a route to a Service elsewhere", () => {
    assert.deepEqual(check(deployment("myapp"), route([{ name: "myapp-canary", namespace: "lab" }])), [
      "TraefikService myapp names myapp-canary in namespace lab; allowed: its own, myapp",
    ]);
  });
});

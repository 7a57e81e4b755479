import assert from "node:assert/strict";
import type { GraphResource } from "../../../policy/graph";
import { ofApp, resource, said, update } from "../graphs";

const route = (type: string, name: string, app = "myapp"): GraphResource =>
  ofApp(app, resource(`kubernetes:${type}`, name));

const nginx = [
  route("networking.k8s.io/v1:Ingress", "myapp"),
  route("networking.k8s.io/v1:Ingress", "myapp-canary"),
];
const gateway = [
  route("gateway.networking.k8s.io/v1:Gateway", "myapp"),
  route("gateway.networking.k8s.io/v1:HTTPRoute", "myapp"),
];

const check = (before: readonly GraphResource[], after: readonly GraphResource[]) => {
  const graph = update([before, { canary: 10 }], [after, { canary: 10 }]);
  return { switched: said("router-switch", graph), kept: said("traffic-kept", graph) };
};

describe("policy router-switch", () => {
  it("is broken, once for an app, when routes go in the update that creates those in their place", () => {
    assert.deepEqual(check(nginx, gateway), {
      switched: [
        "myapp: Ingress myapp would be deleted in the update that creates Gateway myapp, HTTPRoute myapp; " +
          "allowed: both for one update, by apps.myapp.alsoRoutedBy",
      ],
      kept: [],
    });
  });

  it("holds for both updates of a switch by way of both routers", () => {
    assert.deepEqual(check(nginx, [...nginx, ...gateway]), { switched: [], kept: [] });
    assert.deepEqual(check([...nginx, ...gateway], gateway), { switched: [], kept: [] });
  });

  it("leaves routes that nothing takes the place of to traffic-kept", () => {
    const kept = [
      "Ingress myapp takes traffic and would be deleted",
      "Ingress myapp-canary takes traffic and would be deleted",
    ];
    assert.deepEqual(check(nginx, []), { switched: [], kept });
    assert.deepEqual(check(nginx, [route("traefik.io/v1alpha1:IngressRoute", "shop", "shop")]).kept, kept);
    assert.deepEqual(check(nginx, nginx.slice(0, 1)).kept, kept.slice(1));
  });
});

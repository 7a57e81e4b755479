import assert from "node:assert/strict";
import { type Manifest, routers } from "../../components/routers";
import { weightObjects } from "../../status/kubernetes";

const object = (kind: string, spec: object): Manifest => ({
  apiVersion: "example.com/v1",
  kind,
  metadata: { name: "myapp", namespace: "myapp" },
  spec,
});

describe("what is read of a cluster", () => {
  it("is the objects that the weights are in, and no others", () => {
    const weighted = object("TraefikService", {
      weighted: {
        services: [
          { name: "myapp", port: 80, weight: 90 },
          { name: "myapp-canary", port: 80, weight: 10 },
        ],
      },
    });
    const others = ["Secret", "Deployment", "IngressRoute"].map((kind) => object(kind, {}));
    assert.deepEqual(weightObjects(routers.traefik, [...others, weighted]), [weighted]);
  });
});

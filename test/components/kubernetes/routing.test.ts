import assert from "node:assert/strict";
import { namespace } from "../../../components/kubernetes/namespace";
import { routing } from "../../../components/kubernetes/routing";
import type { Manifest } from "../../../components/routers";
import { at, only, registered } from "./registered";

const manifest = (apiVersion: string, kind: string, name: string): Manifest => ({
  apiVersion,
  kind,
  metadata: { name, namespace: "shop" },
  spec: { is: name },
});

describe("routing", () => {
  it("registers objects of any kind as they are, under names that carry the app", async () => {
    const manifests = [
      manifest("traefik.io/v1alpha1", "TraefikService", "myapp"),
      manifest("traefik.io/v1alpha1", "IngressRoute", "myapp"),
      manifest("networking.k8s.io/v1", "Ingress", "myapp-canary"),
      manifest("gateway.networking.k8s.io/v1", "HTTPRoute", "split"),
    ];
    const resources = await registered(() => routing("myapp", manifests, {}));
    assert.deepEqual(
      resources.map(({ type, name }) => [type, name]),
      [
        ["kubernetes:traefik.io/v1alpha1:TraefikService", "myapp"],
        ["kubernetes:traefik.io/v1alpha1:IngressRoute", "myapp"],
        ["kubernetes:networking.k8s.io/v1:Ingress", "myapp-canary"],
        ["kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", "myapp-split"],
      ],
    );
    assert.deepEqual(
      resources.map(({ inputs }) => inputs),
      manifests,
    );
  });

  it("registers objects of the core group under the types that the provider knows", async () => {
    const manifests = [manifest("v1", "Service", "myapp-front"), manifest("v1", "ConfigMap", "myapp-proxy")];
    const resources = await registered(() => routing("myapp", manifests, {}));
    for (const { kind, metadata } of manifests) {
      const made = only(resources, kind);
      assert.deepEqual([made.type, made.name], [`kubernetes:core/v1:${kind}`, metadata.name]);
      assert.deepEqual(at(made, "metadata"), metadata);
    }
  });

  it("lets a user change every object", async () => {
    const labels = { team: "edge" };
    const manifests = [manifest("traefik.io/v1alpha1", "IngressRoute", "myapp")];
    const change = (of: Manifest): Manifest => ({ ...of, metadata: { ...of.metadata, labels } });
    const resources = await registered(() => routing("myapp", manifests, {}, change));
    assert.deepEqual(at(only(resources, "IngressRoute"), "metadata.labels"), labels);
  });
});

describe("namespace", () => {
  it("stays when the stack goes", async () => {
    const made = only(await registered(() => namespace("shop", { team: "edge" })), "Namespace");
    assert.deepEqual(at(made, "metadata"), { name: "shop", labels: { team: "edge" } });
    assert.equal(made.retainOnDelete, true);
  });
});

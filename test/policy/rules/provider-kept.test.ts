import assert from "node:assert/strict";
import type { GraphResource } from "../../../policy/graph";
import { resource, said, update } from "../graphs";

const configMap = (...providers: string[]): GraphResource =>
  resource("kubernetes:core/v1:ConfigMap", "traefik", {
    data: { "traefik.yaml": `providers: { ${providers.map((name) => `${name}: {}`).join(", ")} }` },
  });
const ingressOf = (name: string): GraphResource =>
  resource("kubernetes:networking.k8s.io/v1:Ingress", "myapp", {
    metadata: { annotations: { "kubernetes.io/ingress.class": name } },
  });
const ingress = ingressOf("nginx");
const gateway = resource("kubernetes:gateway.networking.k8s.io/v1:Gateway", "myapp", {
  spec: { gatewayClassName: "traefik" },
});
const gatewayClass = resource("kubernetes:gateway.networking.k8s.io/v1:GatewayClass", "traefik");

const check = (before: readonly GraphResource[], after: readonly GraphResource[]): string[] =>
  said("provider-kept", update([before, {}], [after, {}]));

describe("policy provider-kept", () => {
  const both = configMap("kubernetesIngressNGINX", "kubernetesGateway");
  const gatewayAlone = configMap("kubernetesGateway");

  it("is broken when a provider goes together with the routes that it read", () => {
    assert.deepEqual(check([both, ingress, gateway], [gatewayAlone, gateway]), [
      "Traefik would no longer read Ingress myapp by kubernetesIngressNGINX; " +
        "move its routes first, and change traefik.providers in the next update",
    ]);
  });

  it("holds when the provider goes in the next update", () => {
    assert.deepEqual(check([both, ingress, gateway], [both, gateway]), []);
    assert.deepEqual(check([both, gateway], [gatewayAlone, gateway]), []);
    assert.deepEqual(
      check([both, gatewayClass, ingress], [configMap("kubernetesIngressNGINX"), ingress]),
      [],
    );
  });

  it("holds where another controller reads the routes", () => {
    assert.deepEqual(check([both, ingressOf("alb")], [gatewayAlone]), []);
  });

  it("holds when Traefik goes as a whole: that is traffic-kept's matter", () => {
    assert.deepEqual(check([both, ingress], []), []);
  });

  it("takes any text for one that names no providers, which a patch or a state may hold", () => {
    for (const text of ["a\nb: c", "providers: text", "*none", "- a", "[", ""]) {
      const odd = resource("kubernetes:core/v1:ConfigMap", "odd", { data: { "traefik.yaml": text } });
      assert.deepEqual(check([odd, both, ingress], [odd, both, ingress]), []);
      assert.deepEqual(check([both, ingress], [odd, ingress]), []);
    }
  });

  it("reads a configuration of 50,000 keys in a time that does not grow by their square", () => {
    const text = Array.from({ length: 50_000 }, (_, i) => `a${i}: 1`).join("\n");
    const odd = resource("kubernetes:core/v1:ConfigMap", "odd", { data: { "traefik.yaml": text } });
    const begun = performance.now();
    assert.deepEqual(check([odd], [both]), []);
    assert.ok(performance.now() - begun < 10_000);
  });
});

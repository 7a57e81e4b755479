import assert from "node:assert/strict";
import type { GraphResource } from "../../../policy/graph";
import { resource, said, update } from "../graphs";

const configMap = (...providers: string[]): GraphResource =>
  resource("kubernetes:core/v1:ConfigMap", "traefik", {
    data: { "traefik.yaml": `providers: { ${providers.map((name) => `${name}: {}`).join(", ")} }` },
  });
const ingress = resource("kubernetes:networking.k8s.io/v1:Ingress", "myapp");
const httpRoute = resource("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", "myapp");
const gatewayClass = resource("kubernetes:gateway.networking.k8s.io/v1:GatewayClass", "traefik");

const check = (before: readonly GraphResource[], after: readonly GraphResource[]): string[] =>
  said("provider-kept", update([before, {}], [after, {}]));

describe("policy provider-kept", () => {
  const both = configMap("kubernetesIngressNGINX", "kubernetesGateway");
  const gatewayAlone = configMap("kubernetesGateway");

  it("is broken when a provider goes together with the routes that it read", () => {
    assert.deepEqual(check([both, ingress, httpRoute], [gatewayAlone, httpRoute]), [
      "Traefik would no longer read Ingress myapp by kubernetesIngressNGINX; " +
        "allowed: its routes first, traefik.providers in the next update",
    ]);
  });

  it("holds when the provider goes in the next update", () => {
    assert.deepEqual(check([both, ingress, httpRoute], [both, httpRoute]), []);
    assert.deepEqual(check([both, httpRoute], [gatewayAlone, httpRoute]), []);
    assert.deepEqual(
      check([both, gatewayClass, ingress], [configMap("kubernetesIngressNGINX"), ingress]),
      [],
    );
  });

  it("holds when Traefik goes as a whole: that is traffic-kept's matter", () => {
    assert.deepEqual(check([both, ingress], []), []);
  });
});

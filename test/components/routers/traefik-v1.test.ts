import assert from "node:assert/strict";
import { parse } from "yaml";
import { type Route, routers } from "../../../components/routers";
import { routeTo, specOf } from "./route";

const traefik = routers["traefik-v1"];
const route = (weights: readonly number[], changes: Partial<Route> = {}): Route =>
  routeTo("traefik-v1", weights, changes);
const weightsOf = (of: Route): string =>
  traefik.manifests(of)[0]?.metadata.annotations?.["traefik.ingress.kubernetes.io/service-weights"] ?? "";
const servicesOf = (of: Route): string[] =>
  specOf<{ rules: { http: { paths: { backend: { serviceName: string } }[] } }[] }>(
    traefik.manifests(of)[0],
  ).rules.flatMap(({ http }) => http.paths.map(({ backend }) => backend.serviceName));
/** Thousandths of a percent that Traefik 1.7.16 reads: `newPercentageValueFromString` of its Kubernetes provider. */
const read = (text: string): number => Math.trunc(Math.trunc(Number.parseFloat(text) * 100_000) / 100);

describe("router traefik-v1", () => {
  it("writes the Ingress of 2018 with both Services on one path, and one to the primary behind it", () => {
    const annotations = { "pulumi.com/skipAwait": "true", "kubernetes.io/ingress.class": "traefik-external" };
    const labels = { "app.kubernetes.io/name": "myapp" };
    const path = (serviceName: string) => ({ path: "/", backend: { serviceName, servicePort: 80 } });
    const served = (...paths: object[]) => ({ rules: [{ host: "myapp.example.com", http: { paths } }] });
    assert.deepEqual(traefik.manifests(route([10], { ingressClass: "traefik-external" })), [
      {
        apiVersion: "extensions/v1beta1",
        kind: "Ingress",
        metadata: {
          name: "myapp",
          namespace: "shop",
          labels,
          annotations: {
            ...annotations,
            "traefik.ingress.kubernetes.io/service-weights": "myapp: 90%\nmyapp-canary: 10%\n",
          },
        },
        spec: served(path("myapp"), path("myapp-canary")),
      },
      {
        apiVersion: "extensions/v1beta1",
        kind: "Ingress",
        metadata: {
          name: "myapp-fallback",
          namespace: "shop",
          labels,
          annotations: { ...annotations, "traefik.ingress.kubernetes.io/priority": "1" },
        },
        spec: served(path("myapp")),
      },
    ]);
  });

  it("gives a variant at 0 no path, as Traefik would serve one request in some thousands from it", () => {
    assert.equal(weightsOf(route([0, 5])), "myapp: 95%\nmyapp-canary: 0%\nmyapp-canary2: 5%\n");
    assert.deepEqual(servicesOf(route([0, 5])), ["myapp", "myapp-canary2"]);
    assert.deepEqual(servicesOf(route([100])), ["myapp-canary"]);
    assert.deepEqual(traefik.readWeights(traefik.manifests(route([100]))), {
      myapp: 0,
      "myapp-canary": 10_000,
    });
  });

  it("writes every weight so that Traefik reads it to the hundredth, and 100 % in all", () => {
    assert.equal(read("4.1%"), 4099);
    assert.equal(weightsOf(route([4.1])), "myapp: 95.9%\nmyapp-canary: 4.1001%\n");
    for (let share = 0; share <= 10_000; share++) {
      const texts: Record<string, string> = parse(weightsOf(route([share / 100])));
      const parts = Object.values(texts).map(read);
      assert.deepEqual(parts, [100_000 - share * 10, share * 10], JSON.stringify(texts));
    }
  });

  it("is for clusters that still have such Ingresses, and needs to be told", () => {
    const of = (settings: object): string[] =>
      traefik.problems(route([10], { settings: traefik.settings.parse(settings) }));
    assert.match(of({})[0] ?? "", /together with routers\.traefik-v1\.kubernetesVersion, .* below 1\.22/);
    for (const kubernetesVersion of ["1.22", "1.35", "2.0"]) {
      assert.match(
        of({ kubernetesVersion })[0] ?? "",
        /^Kubernetes below 1\.22, not .* no Ingress of extensions\/v1beta1/,
      );
    }
    for (const kubernetesVersion of ["1.9", "1.14", "1.21"]) assert.deepEqual(of({ kubernetesVersion }), []);
    assert.throws(() => traefik.settings.parse({ kubernetesVersion: "v1.21.3" }), /MAJOR\.MINOR/);
  });

  it("says what such a cluster does not take of the other objects", () => {
    const of = (kubernetesVersion: string): string =>
      traefik.warnings(route([10], { settings: { kubernetesVersion } })).join("\n");
    assert.match(of("1.21"), /set preStopSeconds to 0; .*enableServerSideApply/);
    assert.doesNotMatch(of("1.21"), /PodDisruptionBudget/);
    assert.match(of("1.16"), /no PodDisruptionBudget of policy\/v1/);
  });

  it("warns when Traefik comes to a canary late, as pods divide the weights badly", () => {
    const warned = (weight: number, primaryPods: number): string | undefined => {
      const { backends, ...rest } = route([weight]);
      const [primary, canary] = backends;
      assert.ok(canary !== undefined);
      const replicas = { ...rest, backends: [{ ...primary, replicas: primaryPods }, canary] } as Route;
      return traefik.warnings(replicas).find((warning) => warning.includes("gets nothing"));
    };
    assert.equal(warned(10, 3), undefined);
    assert.equal(warned(10, 9), undefined);
    // (12857 - 10000) rounds of seven pods.
    assert.match(warned(10, 7) ?? "", /canary gets nothing of the first 19999 requests/);
    assert.match(warned(0.01, 1) ?? "", /first 9998 requests/);
  });

  it("serves a Secret's certificate, and the host without it while the Secret is missing", () => {
    const [weighted, fallback] = traefik.manifests(route([10], { tlsSecret: "myapp-tls" }));
    assert.deepEqual(specOf<{ tls: unknown }>(weighted).tls, [
      { hosts: ["myapp.example.com"], secretName: "myapp-tls" },
    ]);
    assert.ok(!("tls" in specOf<object>(fallback)));
  });
});

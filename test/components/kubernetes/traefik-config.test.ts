import assert from "node:assert/strict";
import { parse } from "yaml";
import { configFiles, type TraefikConfigArgs } from "../../../components/kubernetes/traefik-config";

const args: TraefikConfigArgs = {
  providers: ["crd"],
  ingressClass: "edge",
  redirectToHttps: false,
  metricsBuckets: [0.1, 0.3, 1.2, 5],
  trustedIps: [],
  acceptGraceSeconds: 30,
  graceSeconds: 20,
};

interface EntryPoint {
  readonly address: string;
  readonly transport: unknown;
  readonly forwardedHeaders?: unknown;
  readonly http?: { readonly middlewares?: string[]; readonly tls?: object };
}

interface Static {
  readonly entryPoints: {
    readonly web: EntryPoint;
    readonly websecure: EntryPoint;
    readonly traefik: EntryPoint;
  };
  readonly accessLog?: unknown;
  readonly ping: unknown;
  readonly metrics: unknown;
  readonly providers: {
    readonly kubernetesCRD: Record<string, unknown>;
    readonly kubernetesIngressNGINX?: Record<string, unknown>;
    readonly kubernetesGateway?: Record<string, unknown>;
    readonly file?: { readonly filename: string };
  };
}

const files = (changes: Partial<TraefikConfigArgs> = {}): Record<string, string> =>
  configFiles({ ...args, ...changes });
const configuration = (changes: Partial<TraefikConfigArgs> = {}): Static =>
  parse(files(changes)["traefik.yaml"] ?? "");

describe("Traefik's configuration", () => {
  it("serves http on port 80 and https on 443, for routes that say nothing about TLS too", () => {
    const { web, websecure } = configuration().entryPoints;
    assert.equal(web.address, ":80");
    assert.equal(web.http, undefined);
    assert.equal(websecure.address, ":443");
    assert.deepEqual(websecure.http, { tls: {} });
  });

  it("leaves a request the time that it is told to come in, and says nothing of it else", () => {
    const transports = (bodySeconds?: number): unknown[] => {
      const { web, websecure } = configuration(bodySeconds === undefined ? {} : { bodySeconds }).entryPoints;
      return [web, websecure].map(
        ({ transport }) => (transport as { respondingTimeouts?: unknown }).respondingTimeouts,
      );
    };
    assert.deepEqual(transports(), [undefined, undefined]);
    assert.deepEqual(transports(3600), [{ readTimeout: "3600s" }, { readTimeout: "3600s" }]);
    assert.deepEqual(transports(0), [{ readTimeout: "0s" }, { readTimeout: "0s" }]);
  });

  it("keeps ping and metrics on an entry point that serves no routes, and has no dashboard", () => {
    const all = configuration();
    assert.deepEqual(Object.keys(all.entryPoints), ["web", "websecure", "traefik"]);
    assert.equal(all.entryPoints.traefik.address, ":8080");
    assert.deepEqual(all.ping, { entryPoint: "traefik", terminatingStatusCode: 503 });
    assert.deepEqual(all.metrics, { prometheus: { entryPoint: "traefik", buckets: [0.1, 0.3, 1.2, 5] } });
    assert.ok(!("api" in all));
  });

  it("goes on taking connections before it stops, on every entry point", () => {
    const { entryPoints } = configuration({ acceptGraceSeconds: 25, graceSeconds: 10 });
    for (const { transport } of Object.values(entryPoints)) {
      const lifeCycle = { requestAcceptGraceTimeout: "25s", graceTimeOut: "10s" };
      assert.deepEqual(transport, { lifeCycle });
    }
  });

  it("trusts forwarded headers from the load balancer's ranges, and from nobody by default", () => {
    const { web, websecure, traefik } = configuration({ trustedIps: ["10.0.0.0/16"] }).entryPoints;
    for (const { forwardedHeaders } of [web, websecure]) {
      assert.deepEqual(forwardedHeaders, { trustedIPs: ["10.0.0.0/16"] });
    }
    assert.equal(traefik.forwardedHeaders, undefined);
    assert.ok(!files()["traefik.yaml"]?.includes("forwardedHeaders"));
  });

  it("redirects port 80 to https by a middleware, which lets pass what the load balancer took as https", () => {
    const all = configuration({ redirectToHttps: true });
    const [middleware] = all.entryPoints.web.http?.middlewares ?? [];
    const [folder, file] =
      /^(\/etc\/traefik)\/(.+)$/.exec(all.providers.file?.filename ?? "")?.slice(1) ?? [];
    assert.equal(folder, "/etc/traefik");
    const { http } = parse(files({ redirectToHttps: true })[file ?? ""] ?? "");
    const [name, provider] = middleware?.split("@") ?? [];
    assert.equal(provider, "file");
    assert.deepEqual(http.middlewares[name ?? ""], { redirectScheme: { scheme: "https", permanent: true } });
    assert.equal(all.entryPoints.websecure.http?.middlewares, undefined);
  });

  it("reads no further file without the redirect", () => {
    assert.deepEqual(Object.keys(files()), ["traefik.yaml"]);
    assert.equal(configuration().providers.file, undefined);
  });

  it("writes every request as JSON where told so, and none by default", () => {
    assert.deepEqual(configuration({ accessLog: true }).accessLog, { format: "json" });
    assert.ok(!("accessLog" in configuration()));
  });

  it("watches all namespaces, or those alone that it is told", () => {
    assert.ok(!("namespaces" in configuration().providers.kubernetesCRD));
    const { kubernetesCRD } = configuration({ namespaces: ["edge", "shop"] }).providers;
    assert.deepEqual(kubernetesCRD.namespaces, ["edge", "shop"]);
  });

  it("watches routes of its ingress class, and drops what has no endpoints to the fallback route", () => {
    const { kubernetesCRD } = configuration().providers;
    assert.equal(kubernetesCRD.ingressClass, "edge");
    assert.equal(kubernetesCRD.allowEmptyServices, false);
  });

  it("reads Ingresses of ingress-nginx and Gateways only where told so", () => {
    assert.deepEqual(Object.keys(configuration().providers), ["kubernetesCRD"]);
    const { providers } = configuration({ providers: ["gateway", "ingressNginx"] });
    assert.deepEqual(providers, {
      kubernetesGateway: {},
      kubernetesIngressNGINX: { httpEntryPoint: "web", httpsEntryPoint: "websecure" },
    });
  });

  it("narrows every provider to the namespaces that it is told", () => {
    const { kubernetesIngressNGINX, kubernetesGateway } = configuration({
      providers: ["crd", "ingressNginx", "gateway"],
      namespaces: ["edge", "shop"],
    }).providers;
    assert.equal(
      kubernetesIngressNGINX?.watchNamespaceSelector,
      "kubernetes.io/metadata.name in (edge, shop)",
    );
    assert.deepEqual(kubernetesGateway?.namespaces, ["edge", "shop"]);
  });
});

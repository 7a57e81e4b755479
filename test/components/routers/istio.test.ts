import assert from "node:assert/strict";
import { type Manifest, type Route, routers } from "../../../components/routers";
import { routeTo, specOf } from "./route";

const { istio } = routers;
type Changes = Partial<Omit<Route, "settings">>;
const route = (weights: readonly number[], changes: Changes = {}, settings: object = {}): Route =>
  routeTo("istio", weights, { ...changes, settings: istio.settings.parse(settings) });

const labels = { "app.kubernetes.io/name": "myapp" };
const primary = {
  destination: { host: "myapp.shop.svc.cluster.local", subset: "primary", port: { number: 80 } },
};
const canary = {
  destination: { host: "myapp-canary.shop.svc.cluster.local", subset: "canary", port: { number: 80 } },
};

const all = (kind: string, of: Route): Manifest[] =>
  istio.manifests(of).filter((manifest) => manifest.kind === kind);
const one = (kind: string, of: Route): Manifest => {
  const [manifest, ...others] = all(kind, of);
  assert.ok(manifest !== undefined && others.length === 0, `${kind}: ${others.length + 1}`);
  return manifest;
};

interface Http {
  readonly name: string;
  readonly match?: unknown;
  readonly route: { readonly weight?: number; readonly headers?: unknown }[];
  readonly mirrors?: unknown;
  readonly fault?: unknown;
}
const httpOf = (of: Route): Http[] => specOf<{ http: Http[] }>(one("VirtualService", of)).http;
const namesOf = (of: Route): string[] => httpOf(of).map(({ name }) => name);

describe("router istio", () => {
  it("splits a VirtualService's route between the subsets of the variants' own Services", () => {
    assert.deepEqual(istio.manifests(route([10])), [
      {
        apiVersion: "networking.istio.io/v1",
        kind: "DestinationRule",
        metadata: { name: "myapp", namespace: "shop", labels },
        spec: {
          host: "myapp.shop.svc.cluster.local",
          subsets: [{ name: "primary", labels: { ...labels, variant: "primary" } }],
        },
      },
      {
        apiVersion: "networking.istio.io/v1",
        kind: "DestinationRule",
        metadata: { name: "myapp-canary", namespace: "shop", labels },
        spec: {
          host: "myapp-canary.shop.svc.cluster.local",
          subsets: [{ name: "canary", labels: { ...labels, variant: "canary" } }],
        },
      },
      {
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { name: "myapp", namespace: "shop", labels },
        spec: {
          selector: { istio: "ingressgateway" },
          servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["myapp.example.com"] }],
        },
      },
      {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "myapp", namespace: "shop", labels },
        spec: {
          hosts: ["myapp.example.com"],
          gateways: ["myapp"],
          http: [
            {
              name: "split",
              route: [
                { ...primary, weight: 90 },
                { ...canary, weight: 10 },
              ],
            },
          ],
        },
      },
    ]);
  });

  it("writes decimals, several canaries, 0 and 100 as whole numbers in proportion", () => {
    const weightsOf = (weights: readonly number[]) =>
      httpOf(route(weights)).flatMap((http) => http.route.map(({ weight }) => weight));
    assert.deepEqual(weightsOf([0.01]), [9999, 1]);
    assert.deepEqual(weightsOf([10, 2.5]), [35, 4, 1]);
    assert.deepEqual(weightsOf([0]), [100, 0]);
    assert.deepEqual(weightsOf([100]), [0, 100]);
  });

  it("splits an app without a host for the clients of the mesh, and leads the others to the primary", () => {
    const { host: _, ...internal } = route([10]);
    assert.deepEqual(all("Gateway", internal), []);
    const { hosts, gateways } = specOf<{ hosts: string[]; gateways: string[] }>(
      one("VirtualService", internal),
    );
    assert.deepEqual([hosts, gateways], [["myapp-front.shop.svc.cluster.local"], ["mesh"]]);
    const front = one("Service", internal);
    assert.equal(front.metadata.name, "myapp-front");
    assert.deepEqual(specOf<{ selector: object }>(front).selector, { ...labels, variant: "primary" });
  });

  it("refuses a canary whose Service would be the front Service of an app without a host", () => {
    const { host: _, ...internal } = route([10]);
    const named = { ...internal, split: { ...internal.split, canaries: [{ name: "front", weight: 10 }] } };
    assert.match(istio.problems(named as unknown as Route)[0] ?? "", /canaries by other names than front/);
  });

  it("serves https with the Secret's certificate, and says in which namespace that has to be", () => {
    const secure = route([10], { tlsSecret: "myapp-tls" });
    const { servers } = specOf<{ servers: unknown[] }>(one("Gateway", secure));
    assert.deepEqual(servers[1], {
      port: { number: 443, name: "https", protocol: "HTTPS" },
      hosts: ["myapp.example.com"],
      tls: { mode: "SIMPLE", credentialName: "myapp-tls" },
    });
    assert.match(istio.warnings(secure)[0] ?? "", /Secret myapp-tls in the namespace of the ingress gateway/);
  });

  it("is served by other ingress gateways, or by Gateways that are there", () => {
    const labelled = one("Gateway", route([10], {}, { gatewaySelector: { app: "edge" } }));
    assert.deepEqual(specOf<{ selector: object }>(labelled).selector, { app: "edge" });
    const existing = { gateways: ["istio-ingress/shared"] };
    assert.deepEqual(all("Gateway", route([10], {}, existing)), []);
    const { gateways } = specOf<{ gateways: string[] }>(one("VirtualService", route([10], {}, existing)));
    assert.deepEqual(gateways, ["istio-ingress/shared"]);
    assert.match(
      istio.problems(route([10], { tlsSecret: "myapp-tls" }, existing))[0] ?? "",
      /no tlsSecret beside routers\.istio\.gateways/,
    );
    assert.throws(() => istio.settings.parse({ ...existing, gatewaySelector: { app: "edge" } }));
  });

  it("asks for a header, a cookie or a parameter before it splits", () => {
    const to = { value: "always", variant: "canary" };
    const matches = [
      { kind: "header", name: "X-Canary", ...to },
      { kind: "cookie", name: "canary", ...to },
      { kind: "query", name: "Canary", ...to },
    ] as const;
    assert.deepEqual(httpOf(route([10], { matches })).slice(0, 3), [
      { name: "match-1", match: [{ headers: { "x-canary": { exact: "always" } } }], route: [canary] },
      {
        name: "match-2",
        match: [{ headers: { cookie: { regex: "^(.*;\\s*)?canary=always(\\s*;.*)?$" } } }],
        route: [canary],
      },
      { name: "match-3", match: [{ queryParams: { Canary: { exact: "always" } } }], route: [canary] },
    ]);
  });

  it("refuses headers by names that Istio does not take for headers", () => {
    const by = (kind: "header" | "cookie", name: string): string[] =>
      istio.problems(route([10], { matches: [{ kind, name, value: "always", variant: "canary" }] }));
    assert.match(by("header", "x.canary")[0] ?? "", /another header than x\.canary/);
    assert.match(by("header", "Method")[0] ?? "", /another header than Method/);
    assert.deepEqual([...by("cookie", "x.canary"), ...by("header", "x_canary")], []);
  });

  describe("with sticky", () => {
    const sticky = { cookie: "variant", seconds: 0 };
    const cookie = (value: string) => ({ headers: { response: { add: { "Set-Cookie": value } } } });
    const holders = (variant: string) => [
      { headers: { cookie: { regex: `^(.*;\\s*)?variant=${variant}(\\s*;.*)?$` } } },
    ];

    it("gives users of the split a cookie with their variant, and its holders that variant", () => {
      assert.deepEqual(httpOf(route([10], { sticky })), [
        { name: "sticky-primary", match: holders("primary"), route: [primary] },
        { name: "sticky-canary", match: holders("canary"), route: [canary] },
        {
          name: "split",
          route: [
            { ...primary, weight: 90, ...cookie("variant=primary; Path=/; HttpOnly; SameSite=Lax") },
            { ...canary, weight: 10, ...cookie("variant=canary; Path=/; HttpOnly; SameSite=Lax") },
          ],
        },
      ]);
    });

    it("lets nobody stay with a variant at 0", () => {
      assert.deepEqual(namesOf(route([0], { sticky })), ["sticky-primary", "split"]);
      assert.deepEqual(namesOf(route([100], { sticky })), ["sticky-canary", "split"]);
      assert.deepEqual(namesOf(route([0, 5], { sticky })), ["sticky-primary", "sticky-canary2", "split"]);
    });

    it("lets the cookie last as long as asked, and over https alone where there is a certificate", () => {
      const lasting = { sticky: { cookie: "v", seconds: 3600 }, tlsSecret: "myapp-tls" };
      assert.deepEqual(
        httpOf(route([10], lasting)).at(-1)?.route[1]?.headers,
        cookie("v=canary; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure").headers,
      );
    });

    it("asks for matches before cookies", () => {
      const matches = [{ kind: "header", name: "x-canary", value: "always", variant: "canary" }] as const;
      const names = namesOf(route([10], { sticky, matches }));
      assert.deepEqual(names, ["match-1", "sticky-primary", "sticky-canary", "split"]);
    });

    it("sets no cookie where there is one variant", () => {
      assert.deepEqual(httpOf(route([], { sticky })), [
        { name: "split", route: [{ ...primary, weight: 100 }] },
      ]);
    });
  });

  it("copies a share of the requests to the canary, of those that a cookie keeps, too", () => {
    const mirror = { variant: "canary", percent: 5 };
    const mirrored = httpOf(route([10], { mirror, sticky: { cookie: "variant", seconds: 0 } }));
    assert.equal(mirrored.length, 3);
    for (const http of mirrored) {
      assert.deepEqual(http.mirrors, [{ ...canary, percentage: { value: 5 } }], http.name);
    }
  });

  it("leads a canary's own host to the canary alone, through the same Gateway", () => {
    const { backends, ...rest } = route([10]);
    const [first, second] = backends;
    assert.ok(second !== undefined);
    const host = "canary.myapp.example.com";
    const hosted = { ...rest, backends: [first, { ...second, host }] } as Route;
    const { servers } = specOf<{ servers: { hosts: string[] }[] }>(one("Gateway", hosted));
    assert.deepEqual(servers[0]?.hosts, ["myapp.example.com", host]);
    assert.deepEqual(all("VirtualService", hosted)[1], {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      metadata: { name: "myapp-canary-host", namespace: "shop", labels },
      spec: { hosts: [host], gateways: ["myapp"], http: [{ name: "all", route: [canary] }] },
    });
  });

  it("breaks the circuit to pods that fail, by Istio's own defaults, and limits connections if told to", () => {
    const policyOf = (circuitBreaker: object) =>
      all("DestinationRule", route([10], {}, { circuitBreaker })).map(
        (rule) => specOf<{ trafficPolicy: unknown }>(rule).trafficPolicy,
      );
    const outlierDetection = {
      consecutive5xxErrors: 5,
      interval: "10s",
      baseEjectionTime: "30s",
      maxEjectionPercent: 10,
    };
    assert.deepEqual(policyOf({}), [{ outlierDetection }, { outlierDetection }]);
    const limited = policyOf({
      maxConnections: 100,
      maxPendingRequests: 10,
      maxRequestsPerConnection: 1000,
      consecutive5xxErrors: 3,
      intervalSeconds: 5,
      baseEjectionSeconds: 60,
      maxEjectionPercent: 50,
    });
    assert.deepEqual(limited[1], {
      connectionPool: {
        tcp: { maxConnections: 100 },
        http: { http1MaxPendingRequests: 10, maxRequestsPerConnection: 1000 },
      },
      outlierDetection: {
        consecutive5xxErrors: 3,
        interval: "5s",
        baseEjectionTime: "60s",
        maxEjectionPercent: 50,
      },
    });
  });

  describe("with faults", () => {
    const matches = [{ kind: "header", name: "x-canary", value: "always", variant: "canary" }] as const;
    const delay = { percentage: { value: 12.5 }, fixedDelay: "2s" };
    const abort = { percentage: { value: 12.5 }, httpStatus: 503 };
    const fault = { percent: 12.5, delaySeconds: 2, abortStatus: 503 };

    it("disturbs only what matches send to a canary", () => {
      const faulty = route([10], { matches }, { fault });
      assert.deepEqual(
        httpOf(faulty).map(({ name, fault }) => [name, fault]),
        [
          ["match-1", { delay, abort }],
          ["split", undefined],
        ],
      );
      assert.deepEqual(istio.warnings(faulty), []);
    });

    it("disturbs all requests if told to, and warns of it", () => {
      const faulty = route([10], { matches }, { fault: { percent: 1, abortStatus: 500, on: "all" } });
      const aborted = { abort: { percentage: { value: 1 }, httpStatus: 500 } };
      for (const http of httpOf(faulty)) assert.deepEqual(http.fault, aborted);
      assert.match(istio.warnings(faulty)[0] ?? "", /disturbs 1 % of all of its requests/);
    });

    it("refuses faults that would do nothing", () => {
      assert.match(istio.problems(route([10], {}, { fault }))[0] ?? "", /together with a match/);
      assert.throws(() => istio.settings.parse({ fault: { percent: 10 } }), /delaySeconds, abortStatus/);
    });
  });

  it("traces a share of the requests to the app's pods", () => {
    assert.deepEqual(one("Telemetry", route([10], {}, { tracing: { percent: 0.5 } })), {
      apiVersion: "telemetry.istio.io/v1",
      kind: "Telemetry",
      metadata: { name: "myapp", namespace: "shop", labels },
      spec: { selector: { matchLabels: labels }, tracing: [{ randomSamplingPercentage: 0.5 }] },
    });
    assert.deepEqual(all("Telemetry", route([10])), []);
  });
});

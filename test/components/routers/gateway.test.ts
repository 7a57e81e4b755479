import assert from "node:assert/strict";
import { type Manifest, type Route, routers } from "../../../components/routers";
import { routeTo, specOf } from "./route";

const { gateway } = routers;
const route = (weights: readonly number[], changes: Partial<Route> = {}): Route =>
  routeTo("gateway", weights, changes);

interface HttpRouteSpec {
  readonly parentRefs: unknown;
  readonly hostnames?: unknown;
  readonly rules: readonly { matches?: unknown; backendRefs: unknown; filters?: unknown }[];
}

const named = (of: Route, kind: string, name = "myapp"): Manifest | undefined =>
  gateway.manifests(of).find((object) => object.kind === kind && object.metadata.name === name);
const httpRoute = (of: Route, name?: string): HttpRouteSpec =>
  specOf<HttpRouteSpec>(named(of, "HTTPRoute", name));

const everything = { type: "PathPrefix", value: "/" };

describe("router gateway", () => {
  it("splits an HTTPRoute's rule between weighted Services, below a Gateway of the app's own", () => {
    assert.deepEqual(httpRoute(route([10])), {
      parentRefs: [{ name: "myapp" }],
      hostnames: ["myapp.example.com"],
      rules: [
        {
          matches: [{ path: everything }],
          backendRefs: [
            { name: "myapp", port: 80, weight: 90 },
            { name: "myapp-canary", port: 80, weight: 10 },
          ],
        },
      ],
    });
    assert.deepEqual(specOf(named(route([10]), "Gateway")), {
      gatewayClassName: "traefik",
      listeners: [{ name: "http", protocol: "HTTP", port: 80 }],
    });
  });

  it("hangs on an existing Gateway and then makes none", () => {
    const existing = { name: "public", namespace: "infra" };
    const settings = gateway.settings.parse({ existing });
    assert.deepEqual(httpRoute(route([10], { settings })).parentRefs, [existing]);
    assert.equal(named(route([10], { settings }), "Gateway"), undefined);
    const problems = gateway.problems(route([10], { settings, tlsSecret: "myapp-tls" }));
    assert.match(problems.join(), /^no tlsSecret below an existing Gateway/);
  });

  it("listens on 443, too, with the certificate of a Secret", () => {
    const { listeners } = specOf<{ listeners: unknown[] }>(
      named(route([10], { tlsSecret: "myapp-tls" }), "Gateway"),
    );
    assert.deepEqual(listeners[1], {
      name: "https",
      protocol: "HTTPS",
      port: 443,
      tls: { certificateRefs: [{ name: "myapp-tls" }] },
    });
  });

  it("sends requests with a header, a cookie or a parameter to the canary", () => {
    const to = { name: "x-canary", value: "always", variant: "canary" };
    const matches = (["header", "cookie", "query"] as const).map((kind) => ({ kind, ...to }));
    const { rules } = httpRoute(route([10], { matches }));
    const value = "^(.*;\\s*)?x-canary=always(\\s*;.*)?$";
    assert.deepEqual(
      rules.map((rule) => rule.matches),
      [
        [{ path: everything, headers: [{ type: "Exact", name: "x-canary", value: "always" }] }],
        [{ path: everything, headers: [{ type: "RegularExpression", name: "Cookie", value }] }],
        [{ path: everything, queryParams: [{ type: "Exact", name: "x-canary", value: "always" }] }],
        [{ path: everything }],
      ],
    );
    assert.deepEqual(rules[0]?.backendRefs, [{ name: "myapp-canary", port: 80 }]);
  });

  it("leads the canary's own host to the canary alone", () => {
    const { backends, ...rest } = route([10]);
    const [primary, canary] = backends;
    assert.ok(canary !== undefined);
    const host = "canary.myapp.example.com";
    const { hostnames, rules } = httpRoute(
      { ...rest, backends: [primary, { ...canary, host }] },
      "myapp-canary-host",
    );
    assert.deepEqual(hostnames, [host]);
    assert.deepEqual(rules, [{ backendRefs: [{ name: "myapp-canary", port: 80 }] }]);
  });

  it("copies requests to the canary where the class can, and says that Traefik can't", () => {
    const mirror = { variant: "canary", percent: 20 };
    assert.match(gateway.problems(route([10], { mirror })).join(), /^no mirror below Traefik/);
    const settings = gateway.settings.parse({ gatewayClass: "istio" });
    assert.deepEqual(gateway.problems(route([10], { mirror, settings })), []);
    const [rule] = httpRoute(route([10], { mirror, settings })).rules;
    assert.deepEqual(rule?.filters, [
      {
        type: "RequestMirror",
        requestMirror: { backendRef: { name: "myapp-canary", port: 80 }, percent: 20 },
      },
    ]);
  });

  it("splits an app without a host by its front Service, which is the primary where there is no mesh", () => {
    const { host: _, ...internal } = route([10]);
    const { parentRefs, hostnames } = httpRoute(internal);
    assert.deepEqual(parentRefs, [{ group: "", kind: "Service", name: "myapp-front", port: 80 }]);
    assert.equal(hostnames, undefined);
    const { selector } = specOf<{ selector: unknown }>(named(internal, "Service", "myapp-front"));
    assert.deepEqual(selector, internal.backends[0].selector);
    assert.equal(named(internal, "Gateway"), undefined);
  });
});

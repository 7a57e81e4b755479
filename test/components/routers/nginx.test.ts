import assert from "node:assert/strict";
import { type Manifest, type Route, routers } from "../../../components/routers";
import { routeTo, specOf } from "./route";

const { nginx } = routers;
const route = (weights: readonly number[], changes: Partial<Route> = {}): Route =>
  routeTo("nginx", weights, changes);
const named = (of: Route, name: string): Manifest | undefined =>
  nginx.manifests(of).find(({ metadata }) => metadata.name === name);

/** The annotations with ingress-nginx's prefix, without it. */
function annotations(of: Route, name: string): Record<string, string> {
  const prefix = "nginx.ingress.kubernetes.io/";
  const all = Object.entries(named(of, name)?.metadata.annotations ?? {});
  const own = all.filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}

describe("router nginx", () => {
  it("makes an Ingress to the primary and a canary Ingress of the same host and path", () => {
    const manifests = nginx.manifests(route([10]));
    assert.deepEqual(
      manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
      ["Ingress/myapp", "Ingress/myapp-canary"],
    );
    assert.deepEqual(annotations(route([10]), "myapp"), {});
    assert.deepEqual(annotations(route([10]), "myapp-canary"), { canary: "true", "canary-weight": "10" });
    for (const [name, service] of [
      ["myapp", "myapp"],
      ["myapp-canary", "myapp-canary"],
    ] as const) {
      const { metadata, spec } = named(route([10]), name) ?? {};
      assert.equal(metadata?.annotations?.["kubernetes.io/ingress.class"], "nginx");
      assert.deepEqual(spec, {
        rules: [
          {
            host: "myapp.example.com",
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "Prefix",
                  backend: { service: { name: service, port: { number: 80 } } },
                },
              ],
            },
          },
        ],
      });
    }
  });

  it("has a Service of its own for a canary's host: one with an Ingress is no canary anymore", () => {
    const { backends, ...rest } = route([10]);
    const [primary, canary] = backends;
    assert.ok(canary !== undefined);
    const hosted = { ...rest, backends: [primary, { ...canary, host: "c.example.com" }] } as const;
    const serving = nginx
      .manifests(hosted)
      .filter(({ kind }) => kind === "Ingress")
      .map((object) => JSON.stringify(object.spec).match(/"service":\{"name":"([^"]+)"/)?.[1]);
    assert.equal(new Set(serving).size, 3);
    const made = nginx.manifests(hosted).filter(({ kind }) => kind === "Service");
    assert.deepEqual(specOf(made[0]), {
      selector: canary.selector,
      ports: [{ name: "http", port: 80, targetPort: "http" }],
    });
    assert.ok(serving.includes(made[0]?.metadata.name));
    assert.deepEqual(nginx.readWeights(nginx.manifests(hosted)), { myapp: 90, "myapp-canary": 10 });
  });

  it("tells that a cookie beats a match", () => {
    const matches = [{ kind: "header", name: "x", value: "always", variant: "canary" }] as const;
    const sticky = { cookie: "variant", seconds: 0 };
    assert.match(nginx.warnings(route([10], { matches, sticky })).join(), /cookie variant before match/);
    assert.deepEqual(nginx.warnings(route([10], { matches })), []);
    assert.deepEqual(nginx.warnings(route([10], { sticky })), []);
  });

  it("counts in hundredths of a percent where a whole percent won't do, so that the total is never below 100", () => {
    const weights = { canary: "true", "canary-weight": "250", "canary-weight-total": "10000" };
    assert.deepEqual(annotations(route([2.5]), "myapp-canary"), weights);
    assert.deepEqual(nginx.weights(route([0.01])), [9999, 1]);
  });

  it("sends requests to the canary by a header, a header's value and a cookie", () => {
    const to = { variant: "canary" };
    const of = (changes: Partial<Route>) => annotations(route([10], changes), "myapp-canary");
    const header = { kind: "header", name: "X-Canary", ...to } as const;
    assert.equal(of({ matches: [{ ...header, value: "always" }] })["canary-by-header"], "X-Canary");
    assert.equal(of({ matches: [{ ...header, value: "always" }] })["canary-by-header-value"], undefined);
    assert.equal(of({ matches: [{ ...header, value: "beta" }] })["canary-by-header-value"], "beta");
    const cookie = { kind: "cookie", name: "canary", ...to } as const;
    assert.equal(of({ matches: [{ ...cookie, value: "always" }] })["canary-by-cookie"], "canary");
  });

  it("refuses what one canary Ingress can't say", () => {
    const match = { name: "x", value: "always", variant: "canary" };
    const headers = [
      { kind: "header", ...match },
      { kind: "header", ...match, name: "y" },
    ] as const;
    assert.match(nginx.problems(route([10], { matches: headers })).join(), /^one match by header/);
    const cookie = [{ kind: "cookie", ...match, value: "yes" }] as const;
    assert.match(nginx.problems(route([10], { matches: cookie })).join(), /of value always.*not yes$/);
    assert.match(nginx.problems(route([1, 1])).join(), /^one canary for a host/);
  });

  it("keeps users by a cookie", () => {
    const sticky = { cookie: "variant", seconds: 3600 };
    assert.deepEqual(annotations(route([10], { sticky }), "myapp"), {
      affinity: "cookie",
      "affinity-mode": "persistent",
      "session-cookie-name": "variant",
      "session-cookie-max-age": "3600",
      "session-cookie-expires": "3600",
    });
  });

  it("serves the certificate of a Secret", () => {
    const { tls } = specOf<{ tls: unknown }>(named(route([10], { tlsSecret: "myapp-tls" }), "myapp"));
    assert.deepEqual(tls, [{ hosts: ["myapp.example.com"], secretName: "myapp-tls" }]);
  });

  it("reads an app without a canary as its primary's alone", () => {
    assert.deepEqual(nginx.readWeights(nginx.manifests(route([]))), { myapp: 100 });
  });
});

import assert from "node:assert/strict";
import { type Route, routers } from "../../../components/routers";
import { routeTo, specOf } from "./route";

const { contour } = routers;
const route = (weights: readonly number[], changes: Partial<Route> = {}): Route =>
  routeTo("contour", weights, changes);
const routesOf = (of: Route): unknown => specOf<{ routes: unknown }>(contour.manifests(of)[0]).routes;

describe("router contour", () => {
  it("splits an HTTPProxy's route between weighted services", () => {
    assert.deepEqual(contour.manifests(route([10, 2.5])), [
      {
        apiVersion: "projectcontour.io/v1",
        kind: "HTTPProxy",
        metadata: { name: "myapp", namespace: "shop", labels: { "app.kubernetes.io/name": "myapp" } },
        spec: {
          ingressClassName: "contour",
          virtualhost: { fqdn: "myapp.example.com" },
          routes: [
            {
              conditions: [{ prefix: "/" }],
              services: [
                { name: "myapp", port: 80, weight: 35 },
                { name: "myapp-canary", port: 80, weight: 4 },
                { name: "myapp-canary2", port: 80, weight: 1 },
              ],
              enableWebsockets: true,
            },
          ],
        },
      },
    ]);
  });

  it("sends requests with a header, a cookie or a parameter to the canary", () => {
    const to = { name: "x-canary", value: "always", variant: "canary" };
    const matches = (["header", "cookie", "query"] as const).map((kind) => ({ kind, ...to }));
    const [header, cookie, query] = routesOf(route([10], { matches })) as unknown[];
    const services = [{ name: "myapp-canary", port: 80 }];
    assert.deepEqual(header, {
      conditions: [{ prefix: "/" }, { header: { name: "x-canary", exact: "always" } }],
      services,
      enableWebsockets: true,
    });
    assert.deepEqual(cookie, {
      conditions: [
        { prefix: "/" },
        { header: { name: "Cookie", regex: "^(.*;\\s*)?x-canary=always(\\s*;.*)?$" } },
      ],
      services,
      enableWebsockets: true,
    });
    assert.deepEqual(query, {
      conditions: [{ prefix: "/" }, { queryParameter: { name: "x-canary", exact: "always" } }],
      services,
      enableWebsockets: true,
    });
  });

  it("copies a share of the requests to the canary, which is no weight of its", () => {
    const mirrored = route([10], { mirror: { variant: "canary", percent: 5 } });
    const [split] = routesOf(mirrored) as { services: unknown[] }[];
    assert.deepEqual(split?.services.at(-1), { name: "myapp-canary", port: 80, mirror: true, weight: 5 });
    assert.deepEqual(contour.readWeights(contour.manifests(mirrored)), { myapp: 90, "myapp-canary": 10 });
  });

  it("serves the certificate of a Secret", () => {
    const [proxy] = contour.manifests(route([10], { tlsSecret: "myapp-tls" }));
    assert.deepEqual(specOf<{ virtualhost: unknown }>(proxy).virtualhost, {
      fqdn: "myapp.example.com",
      tls: { secretName: "myapp-tls" },
    });
  });
});

import assert from "node:assert/strict";
import { type Route, routers } from "../../../components/routers";
import { routeTo, specOf } from "./route";

const { apisix } = routers;
const route = (weights: readonly number[], changes: Partial<Route> = {}): Route =>
  routeTo("apisix", weights, changes);

describe("router apisix", () => {
  it("splits an ApisixRoute's rule between weighted backends", () => {
    assert.deepEqual(apisix.manifests(route([0.5])), [
      {
        apiVersion: "apisix.apache.org/v2",
        kind: "ApisixRoute",
        metadata: { name: "myapp", namespace: "shop", labels: { "app.kubernetes.io/name": "myapp" } },
        spec: {
          ingressClassName: "apisix",
          http: [
            {
              name: "split",
              match: { hosts: ["myapp.example.com"], paths: ["/*"] },
              backends: [
                { serviceName: "myapp", servicePort: 80, weight: 199 },
                { serviceName: "myapp-canary", servicePort: 80, weight: 1 },
              ],
              websocket: true,
            },
          ],
        },
      },
    ]);
  });

  it("asks what matches before the split, in the order given", () => {
    const matches = [
      { kind: "cookie", name: "canary", value: "always", variant: "canary" },
      { kind: "header", name: "x-user", value: "staff", variant: "canary" },
    ] as const;
    const [split] = apisix.manifests(route([10], { matches }));
    const { http } = specOf<{ http: { priority?: number; match: object; backends: unknown }[] }>(split);
    const [cookie, header, rest] = http;
    assert.ok((cookie?.priority ?? 0) > (header?.priority ?? 0) && (header?.priority ?? 0) > 0);
    assert.equal(rest?.priority, undefined);
    assert.deepEqual(cookie?.match, {
      hosts: ["myapp.example.com"],
      paths: ["/*"],
      exprs: [{ subject: { scope: "Cookie", name: "canary" }, op: "Equal", value: "always" }],
    });
    assert.deepEqual(header?.backends, [{ serviceName: "myapp-canary", servicePort: 80 }]);
  });

  it("serves the certificate of a Secret for all of the app's hosts", () => {
    const manifests = apisix.manifests(route([10], { tlsSecret: "myapp-tls" }));
    const tls = manifests.find(({ kind }) => kind === "ApisixTls");
    assert.deepEqual(tls?.spec, {
      ingressClassName: "apisix",
      hosts: ["myapp.example.com"],
      secret: { name: "myapp-tls", namespace: "shop" },
    });
  });
});

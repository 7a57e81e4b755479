import assert from "node:assert/strict";
import { type Route, routedWeights, routers } from "../../../components/routers";
import { routeTo, specOf } from "./route";

const { openshift } = routers;
const route = (weights: readonly number[], changes: Partial<Route> = {}): Route =>
  routeTo("openshift", weights, changes);

describe("router openshift", () => {
  it("splits one Route between the primary and alternateBackends", () => {
    assert.deepEqual(openshift.manifests(route([10])), [
      {
        apiVersion: "route.openshift.io/v1",
        kind: "Route",
        metadata: {
          name: "myapp",
          namespace: "shop",
          labels: { "app.kubernetes.io/name": "myapp" },
          annotations: {
            "haproxy.router.openshift.io/balance": "roundrobin",
            "haproxy.router.openshift.io/disable_cookies": "true",
          },
        },
        spec: {
          host: "myapp.example.com",
          to: { kind: "Service", name: "myapp", weight: 90 },
          alternateBackends: [{ kind: "Service", name: "myapp-canary", weight: 10 }],
          port: { targetPort: "http" },
        },
      },
    ]);
  });

  it("comes as close as 256 allows, and says how close", () => {
    assert.deepEqual(openshift.weights(route([2.5])), [39, 1]);
    assert.deepEqual(openshift.weights(route([0.01])), [256, 1]);
    const [, canary = 0] = routedWeights(openshift, route([0.01]));
    assert.ok(Math.abs(canary - 100 / 257) < 1e-9);
  });

  it("warns of pods that are more than the weight, since each counts as 1", () => {
    const { backends, ...rest } = route([1]);
    const [primary, canary] = backends;
    assert.ok(canary !== undefined);
    const crowded = { ...rest, backends: [primary, { ...canary, replicas: 3 }] } as const;
    assert.deepEqual(openshift.warnings(route([1])), []);
    const [warning, ...more] = openshift.warnings(crowded);
    assert.match(warning ?? "", /myapp-canary's 3 pods .* count as 3 and not 1$/);
    assert.deepEqual(more, []);
  });

  it("keeps users by the router's session cookie, and only for a session", () => {
    const sticky = { cookie: "variant", seconds: 0 };
    const [manifest] = openshift.manifests(route([10], { sticky }));
    assert.deepEqual(manifest?.metadata.annotations, {
      "haproxy.router.openshift.io/balance": "roundrobin",
      "router.openshift.io/cookie_name": "variant",
    });
    const [problem] = openshift.problems(route([10], { sticky: { ...sticky, seconds: 60 } }));
    assert.match(problem ?? "", /^sticky\.seconds 0/);
  });

  it("splits clients by their addresses", () => {
    const [manifest] = openshift.manifests(route([10], { splitBy: "clients" }));
    assert.equal(manifest?.metadata.annotations?.["haproxy.router.openshift.io/balance"], "source");
  });

  it("serves the certificate of a Secret, and redirects to it", () => {
    const made = openshift.manifests(route([10], { tlsSecret: "myapp-tls" }));
    assert.deepEqual(specOf<{ tls: unknown }>(made.find(({ kind }) => kind === "Route")).tls, {
      termination: "edge",
      insecureEdgeTerminationPolicy: "Redirect",
      externalCertificate: { name: "myapp-tls" },
    });
    const [role, binding, after] = made;
    assert.equal(after?.kind, "Route");
    assert.deepEqual(role?.rules, [
      {
        apiGroups: [""],
        resources: ["secrets"],
        resourceNames: ["myapp-tls"],
        verbs: ["get", "list", "watch"],
      },
    ]);
    assert.deepEqual(binding?.roleRef, {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "Role",
      name: role?.metadata.name,
    });
    assert.deepEqual(binding?.subjects, [
      { kind: "ServiceAccount", name: "router", namespace: "openshift-ingress" },
    ]);
  });

  it("serves the router's own certificate, where it is to", () => {
    const settings = openshift.settings.parse({ edge: true, insecure: "None" });
    const made = openshift.manifests(route([10], { settings }));
    assert.deepEqual(
      made.map(({ kind }) => kind),
      ["Route"],
    );
    const { tls } = specOf<{ tls: unknown }>(made[0]);
    assert.deepEqual(tls, { termination: "edge", insecureEdgeTerminationPolicy: "None" });
  });

  it("refuses a fourth canary", () => {
    assert.deepEqual(openshift.problems(route([1, 1, 1])), []);
    assert.match(openshift.problems(route([1, 1, 1, 1])).join(), /^at most 3 canaries/);
  });
});

import assert from "node:assert/strict";
import type { GraphResource, GraphStep } from "../../../policy/graph";
import { deployment, graph, ofApp, resource, said, update, weights } from "../graphs";

const check = (before: GraphResource, step: Partial<GraphStep>, canary = 10): string[] => {
  const full: GraphStep = {
    op: "delete",
    before,
    retained: false,
    replaceReasons: [],
    changed: [],
    besideWeights: false,
    ...step,
  };
  return said("traffic-kept", {
    ...graph([]),
    changes: { steps: [full], weights: weights({ canary }), apps: [], routers: {}, expired: [] },
  });
};

const traefik = (kind: string, name: string): GraphResource =>
  resource(`kubernetes:traefik.io/v1alpha1:${kind}`, name);
/** What is said where these go, of an app with that main route. */
const without = (
  gone: readonly GraphResource[],
  canaries: Record<string, number>,
  main: readonly GraphResource[] = [traefik("IngressRoute", "myapp")],
): string[] => said("traffic-kept", update([[...main, ...gone], canaries], [main, {}]));

describe("policy traffic-kept", () => {
  for (const type of [
    "kubernetes:core/v1:Service",
    "kubernetes:apps/v1:DaemonSet",
    "kubernetes:traefik.io/v1alpha1:TraefikService",
    "aws:elb/loadBalancer:LoadBalancer",
    "aws:autoscaling/group:Group",
    "aws:route53/record:Record",
    "aws:ec2/securityGroup:SecurityGroup",
  ]) {
    it(`is broken when a ${type} is deleted`, () => {
      const kind = type.split(":").at(-1);
      assert.deepEqual(check(resource(type, "myapp"), {}), [
        `${kind} myapp takes traffic and would be deleted`,
      ]);
    });
  }

  it("is broken by a replacement, and says what for", () => {
    const message = check(deployment("myapp"), { op: "replace", replaceReasons: ["spec.selector"] });
    assert.deepEqual(message, [
      "Deployment myapp takes traffic and would be replaced for a new spec.selector",
    ]);
  });

  it("holds for updates, and for what takes no traffic", () => {
    assert.deepEqual(check(deployment("myapp"), { op: "update" }), []);
    assert.deepEqual(check(resource("kubernetes:core/v1:ConfigMap", "traefik"), { op: "replace" }), []);
    assert.deepEqual(check(resource("aws:ec2/launchTemplate:LaunchTemplate", "myapp"), {}), []);
  });

  it("lets a canary go once its weight is 0", () => {
    const canary = deployment("myapp-canary");
    assert.equal(check(canary, {}, 10).length, 1);
    assert.deepEqual(check(canary, {}, 0), []);
    assert.deepEqual(
      check(resource("kubernetes:traefik.io/v1alpha1:IngressRoute", "myapp-canary-host"), {}, 0),
      [],
    );
    assert.equal(check(deployment("myapp"), {}, 0).length, 1);
  });

  it("takes the canary with the longest name where more than one fits", () => {
    const gone = [deployment("myapp-eu-west")];
    assert.equal(without(gone, { eu: 0, "eu-west": 10 }).length, 1);
    assert.deepEqual(without(gone, { "eu-west": 0, eu: 10 }), []);
  });

  it("is broken when an app is deleted that is named like another's idle canary", () => {
    const app = ofApp("myapp-eu-west", deployment("myapp-eu-west"));
    assert.equal(without([app], { eu: 0 }).length, 1);
    const canary = ofApp("myapp-eu-west", deployment("myapp-eu-west-canary"));
    assert.equal(without([canary], { eu: 0 }).length, 1);
  });

  it("lets what Traefik has for a match, a mirror or the shield go where the main route stays", () => {
    const beside = [
      ...["myapp-match-1", "myapp-match-12", "myapp-match-1-shield", "myapp-shield"].map((name) =>
        traefik("IngressRoute", name),
      ),
      ...["myapp-mirror", "myapp-shield", "myapp-shield-mirror", "myapp-canary-shield"].map((name) =>
        traefik("TraefikService", name),
      ),
      traefik("Middleware", "myapp-shield-budget"),
    ];
    assert.deepEqual(without(beside, { canary: 10 }), []);
    assert.equal(without(beside, { canary: 10 }, []).length, beside.length);
    assert.equal(
      without(beside, { canary: 10 }, [ofApp("shop", traefik("IngressRoute", "shop"))]).length,
      beside.length,
    );
  });

  it("is broken when a main route or its fallback goes", () => {
    const main = ["myapp", "myapp-fallback"].map((name) => traefik("IngressRoute", name));
    assert.equal(without(main, { canary: 0 }, [traefik("TraefikService", "myapp")]).length, 2);
  });

  it("lets what leads to an idle canary go, whatever its name", () => {
    const backend = { service: { name: "myapp-next" } };
    const ingress = resource("kubernetes:networking.k8s.io/v1:Ingress", "myapp-canary", {
      spec: { rules: [{ http: { paths: [{ backend }] } }] },
    });
    const preview = resource("kubernetes:core/v1:Service", "myapp-preview", {
      spec: { selector: { variant: "next" } },
    });
    const main = [resource("kubernetes:networking.k8s.io/v1:Ingress", "myapp")];
    assert.deepEqual(without([ingress, preview], { next: 0 }, main), []);
    assert.equal(without([ingress, preview], { next: 10 }, main).length, 2);
  });

  it("lets a debug canary go whose last day has passed, whatever its weight", () => {
    const debug = deployment("myapp-debug");
    const going = update([[debug], { debug: 10 }], [[], {}]);
    assert.equal(said("traffic-kept", going).length, 1);
    const over = { ...going, changes: { ...going.changes, expired: ["myapp-debug"] } };
    assert.deepEqual(said("traffic-kept", over), []);
  });

  it("holds for a deletion that leaves the real thing alone", () => {
    assert.deepEqual(check(deployment("myapp"), { retained: true }), []);
  });
});

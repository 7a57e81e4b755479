import assert from "node:assert/strict";
import type { GraphResource, GraphStep } from "../../../policy/graph";
import { deployment, graph, resource, said, weights } from "../graphs";

const check = (before: GraphResource, step: Partial<GraphStep>, canary = 10): string[] => {
  const full: GraphStep = { op: "delete", before, retained: false, replaceReasons: [], ...step };
  return said("traffic-kept", {
    ...graph([]),
    changes: { steps: [full], weights: weights({ canary }), routers: {} },
  });
};

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

  it("holds for a deletion that leaves the real thing alone", () => {
    assert.deepEqual(check(deployment("myapp"), { retained: true }), []);
  });
});

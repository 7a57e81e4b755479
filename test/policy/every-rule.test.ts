import assert from "node:assert/strict";
import { fronts } from "../../components/aws/fronts";
import type { Graph, GraphResource } from "../../policy/graph";
import type { Rule } from "../../policy/rule";
import { rules as known } from "../../policy/rules";
import { parsePolicies } from "../../policy/settings";
import type { PolicySettings } from "../../stacks/schema";
import { type RuleName, ruleNames } from "../../stacks/schema/policies";
import { anew } from "../anew";
import { changedBy, deployment, graph, group, moved, resource, routedBy, side, update } from "./graphs";

const TODAY = "2026-06-15";

/** A rule that this test alone has. */
const shortNames: Rule = {
  needs: "resources",
  severity: "advisory",
  description: "No name is longer than twenty letters",
  check: ({ resources }) =>
    resources
      .filter(({ name }) => name.length > 20)
      .map(({ urn, name }) => ({ urn, message: `${name} is long; allowed: 20 letters` })),
};

const { holdAgainst, rules } = anew(() => {
  const { rules }: typeof import("../../policy/rules") = require("../../policy/rules");
  (rules as Record<string, Rule>)["short-names"] = shortNames;
  const { holdAgainst }: typeof import("../../policy/evaluate") = require("../../policy/evaluate");
  return { holdAgainst, rules };
});

interface Example {
  readonly broken: Graph;
  readonly settings?: Partial<PolicySettings>;
}

const pods = (name: string, image: string) => deployment(name, { container: { image } });
const ingress = resource("kubernetes:networking.k8s.io/v1:Ingress", "myapp");
const of = (...resources: GraphResource[]): Example => ({ broken: graph(resources) });

const machines = (imageId: string) =>
  resource("aws:ec2/launchTemplate:LaunchTemplate", "myapp-canary", { imageId });
const oneInstance = group("myapp-canary", "canary", { minSize: 1, maxSize: 1, targetGroupArns: ["arn"] });

/** A graph that breaks each rule. */
const examples: Readonly<Record<RuleName | "short-names", Example>> = {
  "canary-size": of(group("myapp-canary", "canary", { minSize: 2, desiredCapacity: 2, maxSize: 4 })),
  "max-step": { broken: update([[], { canary: 10 }], [[], { canary: 90 }]) },
  "traffic-kept": { broken: update([[ingress], {}], [[], {}]) },
  drained: {
    broken: {
      ...graph([]),
      departures: [{ urn: ingress.urn, seconds: 600, ttl: 60, answers: [], settled: 600, requests: 1 }],
    },
  },
  "router-switch": {
    broken: update([[ingress], {}], [[resource("kubernetes:route.openshift.io/v1:Route", "myapp")], {}]),
  },
  "provider-kept": {
    broken: update(
      [
        [
          resource("kubernetes:core/v1:ConfigMap", "traefik", {
            data: { "traefik.yaml": "providers: { kubernetesIngressNGINX: {} }" },
          }),
          resource("kubernetes:networking.k8s.io/v1:Ingress", "myapp", {
            metadata: { annotations: { "kubernetes.io/ingress.class": "nginx" } },
          }),
        ],
        {},
      ],
      [
        [
          resource("kubernetes:core/v1:ConfigMap", "traefik", {
            data: { "traefik.yaml": "providers: { kubernetesGateway: {} }" },
          }),
        ],
        {},
      ],
    ),
  },
  "primary-capacity": {
    broken: graph(
      [
        group("myapp", "primary", { minSize: 3, maxSize: 18 }),
        group("myapp-canary", "canary", { minSize: 9, desiredCapacity: 9, maxSize: 9 }),
      ],
      { canary: 75 },
    ),
  },
  "weight-before-pods": {
    broken: update(
      [[deployment("myapp-canary", { replicas: 4 })], { canary: 50 }],
      [[deployment("myapp-canary", { replicas: 1 })], { canary: 10 }],
    ),
  },
  "same-namespace": of(
    deployment("myapp"),
    resource("kubernetes:core/v1:Service", "myapp", {
      metadata: { name: "myapp", namespace: "lab", labels: { "app.kubernetes.io/name": "myapp" } },
    }),
  ),
  "public-ports": of(
    resource("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "rule", {
      cidrIpv4: "0.0.0.0/0",
      ipProtocol: "tcp",
      fromPort: 22,
      toPort: 22,
    }),
  ),
  "privileged-pods": of(deployment("myapp", { container: { securityContext: { privileged: true } } })),
  "probes-and-requests": of(deployment("myapp", { container: { livenessProbe: undefined } })),
  "pinned-images": of(pods("myapp", "myapp")),
  protected: { broken: graph([ingress], {}, "prod") },
  "image-with-weight": {
    broken: update(
      [[pods("myapp-canary", "myapp:1")], { canary: 10 }],
      [[pods("myapp-canary", "myapp:2")], { canary: 25 }],
    ),
  },
  "primary-image": {
    broken: moved(
      side("a.example.com", {}, { primary: "a:1" }),
      side("a.example.com", {}, { primary: "a:2" }),
    ),
  },
  "host-kept": { broken: moved(side("a.example.com", {}), side("b.example.com", {})) },
  "route-changed": {
    broken: changedBy("spec.rules[0].host", ingress),
  },
  "across-half": {
    broken: routedBy(fronts.classic.label, update([[], { canary: 100 }], [[], { canary: 0 }])),
  },
  "empty-target": {
    broken: update(
      [[machines("ami-1"), oneInstance], { canary: 10 }],
      [[machines("ami-2"), oneInstance], { canary: 10 }],
    ),
  },
  "someone-there": { broken: graph([deployment("myapp", { replicas: 0 })]) },
  "effective-weight": {
    broken: { ...graph([]), weights: { myapp: { canary: { asked: 1, effective: 9 } } } },
  },
  "expired-waivers": {
    broken: graph([]),
    settings: {
      waivers: [{ rule: "max-step", resource: "myapp", reason: "a launch", until: "2026-06-14" }],
    },
  },
  "short-names": of(resource("kubernetes:core/v1:Service", "a-service-with-a-long-name")),
};

it("What a test adds to the rules is gone with it", () => {
  assert.ok("short-names" in rules);
  assert.deepEqual(Object.keys(known), [...ruleNames]);
});

for (const [name, rule] of Object.entries(rules)) {
  const { broken, settings } = examples[name as RuleName];
  const found = (to: Graph, change: object = {}) =>
    holdAgainst(to, { ...parsePolicies(undefined), ...settings, ...change }, TODAY).filter(
      (finding) => finding.rule === name,
    );

  describe(`rule ${name}, as every rule,`, () => {
    it("finds what breaks it, and says what is allowed, or better", () => {
      const findings = found(broken);
      assert.ok(findings.length > 0);
      for (const { message, severity } of findings) {
        assert.equal(severity, rule.severity);
        assert.match(message, /^\S.*[^.\s]$/s);
      }
    });

    it("has the severity that the settings give it, and is not run when off", () => {
      for (const severity of ["advisory", "mandatory"] as const)
        for (const finding of found(broken, { rules: { [name]: severity } }))
          assert.equal(finding.severity, severity);
      assert.deepEqual(found(broken, { rules: { [name]: "off" } }), []);
    });

    it("is waived for the resource that it is about", () => {
      for (const { urn } of found(broken)) {
        if (urn === undefined) continue;
        const waiver = { rule: name, resource: urn, reason: "a launch", until: TODAY };
        const finding = found(broken, { waivers: [waiver] }).find((one) => one.urn === urn);
        assert.deepEqual(finding?.waived, { reason: "a launch", until: TODAY });
      }
    });

    it("says nothing where what it needs is not known", () => {
      const { changes: _changes, departures: _departures, ...resources } = broken;
      assert.equal(found(resources).length > 0, rule.needs === "resources");
    });

    it("says nothing of a stack without resources", () => {
      const empty = update([[], {}], [[], {}]);
      assert.deepEqual(found({ ...empty, weights: {}, departures: [] }, { waivers: [] }), []);
    });
  });
}

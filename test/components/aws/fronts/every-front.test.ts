import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { type FrontKind, type FrontName, fronts as known } from "../../../../components/aws/fronts";
import type { makers as Makers } from "../../../../components/aws/fronts/makers";
import { awsTypes } from "../../../../components/aws/types";
import { fleetOf } from "../../../../stacks/fleets";
import type { Outputs } from "../../../../stacks/outputs";
import { anew } from "../../../anew";
import { aws, CERTIFICATE, prod, type Raw } from "../../../stacks/raw";
import { type Declared, declared } from "../declared";

/** A kind that this test alone has: a load balancer whose resource carries the weights itself. */
const TUNNEL = "aws:tunnel/tunnel:Tunnel";
const bytes = { name: "Bytes", statistic: "Sum" };
const tunnel: FrontKind = {
  ...known.nlb,
  label: "tunnel",
  takes: ["stickiness"],
  problems: ({ certificateArn }) =>
    certificateArn === undefined ? [] : [["certificateArn", certificateArn, "none at a tunnel"]],
  bound: { canaries: 2, reason: "a tunnel has two branches" },
  balancerType: TUNNEL,
  types: [TUNNEL],
  shiftedTypes: [TUNNEL],
  longestName: (name) => `${name}-tunnel`,
  apiType: "tunnel",
  metrics: {
    namespace: "AWS/Tunnel",
    queries: { bytes: { measures: [bytes], value: (count) => count } },
    isShared: false,
    dimensions: ({ app, output }) => ({ Tunnel: output(TUNNEL, app, "arn") }),
    usage: [bytes],
    dimensionOf: (id) => (id.includes(":tunnel/") ? ["Tunnel", id] : undefined),
  },
};

class Tunnel extends pulumi.CustomResource {
  declare readonly arn: pulumi.Output<string>;
  constructor(name: string, weights: readonly number[], opts: pulumi.CustomResourceOptions) {
    super(TUNNEL, name, { weights, arn: undefined }, opts);
  }
}

const makeTunnel: (typeof Makers)["nlb"] = (name, { split }, opts) => {
  const made = new Tunnel(
    name,
    split.variants.map(({ weight }) => weight),
    opts,
  );
  const health = { namespace: "AWS/Tunnel", dimensions: { Tunnel: made.arn } };
  return {
    targets: {
      primary: { name: "tunnel", arn: made.arn, dnsName: "tunnel.example.com", zoneId: "ZTUNNEL", health },
    },
    targetGroups: {},
    attachments: {},
    listeners: [made],
  };
};

const extended = anew(() => {
  const { fronts, frontWeights }: typeof import("../../../../components/aws/fronts") =
    require("../../../../components/aws/fronts");
  (fronts as Record<string, FrontKind>).tunnel = tunnel;
  const { makers }: typeof import("../../../../components/aws/fronts/makers") =
    require("../../../../components/aws/fronts/makers");
  (makers as Record<string, typeof makeTunnel>).tunnel = makeTunnel;
  const { parseSettings }: typeof import("../../../../stacks/settings") =
    require("../../../../stacks/settings");
  const { elb }: typeof import("../../../../stacks/elb") = require("../../../../stacks/elb");
  const { takesTraffic }: typeof import("../../../../policy/traffic") = require("../../../../policy/traffic");
  const { departing }: typeof import("../../../../policy/departures") =
    require("../../../../policy/departures");
  const { isByInstances }: typeof import("../../../../rollout/plan/effective") =
    require("../../../../rollout/plan/effective");
  const { placesOf }: typeof import("../../../../rollout/places") = require("../../../../rollout/places");
  const { routingOf }: typeof import("../../../../rollout/shifters/routing-objects") =
    require("../../../../rollout/shifters/routing-objects");
  const { balancerOf }: typeof import("../../../../status/declared") = require("../../../../status/declared");
  const { usageMetrics }: typeof import("../../../../status/requests") =
    require("../../../../status/requests");
  return {
    fronts,
    frontWeights,
    parseSettings,
    elb,
    takesTraffic,
    departing,
    isByInstances,
    placesOf,
    routingOf,
    balancerOf,
    usageMetrics,
  };
});

/** An id of each kind's load balancer in a state. */
const IDS: Readonly<Record<FrontName | "tunnel", string>> = {
  classic: "myapp-0a1b2c3",
  alb: "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/myapp/0c1d",
  nlb: "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/myapp/0c1d",
  tunnel: "arn:aws:tunnels:eu-west-1:123456789012:tunnel/0c1d",
};

/** Resources of a fleet that are there whatever leads to it. */
const ALWAYS = [
  ...[awsTypes.group, awsTypes.launchTemplate, awsTypes.record, awsTypes.securityGroup],
  ...[awsTypes.ingressRule, awsTypes.egressRule],
];

const VALUES: Raw = {
  idleTimeout: 40,
  redirectToHttps: true,
  stickiness: 60,
  slowStart: 30,
  canaryMin: 1,
  strictHttp: true,
};

it("What a test adds to the fronts is gone with it", () => {
  assert.ok("tunnel" in extended.fronts);
  assert.ok(!("tunnel" in known));
});

for (const [loadBalancer, kind] of Object.entries(extended.fronts)) {
  const parsed = (change: Raw = {}, weight = 10) => {
    const apps = { myapp: { host: "myapp.example.com", canaryHost: "canary.myapp.example.com" } };
    const settings = extended.parseSettings(
      prod({ apps, canaryWeight: weight, aws: { loadBalancer, ...change } }),
    );
    assert.ok(settings.platform === "elb");
    return settings;
  };

  const deployed = async (weight: number): Promise<{ resources: Declared[]; outputs: Outputs }> => {
    let outputs: Outputs | undefined;
    const all = await declared(() => {
      outputs = extended.elb(parsed({}, weight));
    });
    assert.ok(outputs !== undefined);
    return { resources: all.filter(({ type }) => type.startsWith("aws:")), outputs };
  };

  describe(`front ${loadBalancer}, as every front,`, () => {
    it("is refused with settings that others take", () => {
      for (const key of new Set(Object.values(extended.fronts).flatMap(({ takes }) => takes))) {
        const settings = { loadBalancer, [key]: VALUES[key] };
        const certified = key === "redirectToHttps" ? { certificateArn: CERTIFICATE } : {};
        const parse = () => extended.parseSettings(aws({ ...settings, ...certified }));
        if (kind.takes.includes(key)) parse();
        else assert.throws(parse, new RegExp(`aws\\.${key} is .* only, not ${loadBalancer}`));
      }
    });

    it("sizes its canaries by one setting, and is refused with the other", () => {
      for (const key of ["canaryMin", "canarySize"] as const) {
        const parse = () => extended.parseSettings(aws({ loadBalancer, [key]: 9 }));
        if (kind.sizedBy === key) parse();
        else assert.throws(parse, new RegExp(`aws\\.${key} is .* only, not ${loadBalancer}`));
      }
    });

    it("says what it does not allow, as the former one, too", () => {
      const [former] = Object.keys(extended.fronts).filter((name) => name !== loadBalancer);
      const settings = { accessLogsBucket: "example-elb-logs", certificateArn: undefined };
      for (const { accessLogsBucket, certificateArn } of [
        settings,
        { accessLogsBucket: undefined, certificateArn: CERTIFICATE },
      ]) {
        const given = {
          ...(accessLogsBucket !== undefined && { accessLogsBucket }),
          ...(certificateArn !== undefined && { certificateArn }),
        };
        const problems = kind.problems(given);
        for (const roles of [{ loadBalancer }, { loadBalancer: former, formerLoadBalancer: loadBalancer }]) {
          const parse = () => extended.parseSettings(aws({ ...roles, ...given }));
          for (const [key, , allowed] of problems)
            assert.throws(parse, new RegExp(`aws\\.${key} is .*; allowed: ${allowed}`));
        }
      }
    });

    it("is refused with more canaries than it takes", () => {
      const most = kind.bound?.canaries ?? 9;
      const parse = (count: number) => {
        const names = Array.from({ length: count }, (_, i) => [`c${i}`, { weight: 1 }]);
        const apps = { myapp: { host: "myapp.example.com", canaries: Object.fromEntries(names) } };
        return extended.parseSettings(prod({ apps, aws: { loadBalancer } }));
      };
      parse(most);
      if (kind.bound !== undefined)
        assert.throws(() => parse(most + 1), new RegExp(`at most ${most}, as ${kind.bound.reason}$`));
    });

    it("makes what it says and nothing else, in names no longer than it says", async () => {
      const { resources } = await deployed(10);
      const own = resources.filter(({ type }) => !ALWAYS.includes(type));
      assert.deepEqual([...new Set(own.map(({ type }) => type))].sort(), [...kind.types].sort());
      assert.ok(kind.types.includes(kind.balancerType));
      const longest = kind.longestName("myapp-canary", true).length;
      const named = own.filter(({ type }) =>
        ["LoadBalancer", "TargetGroup"].some((end) => type.endsWith(end)),
      );
      for (const { name } of named) assert.ok(name.length <= longest, name);
      assert.ok(kind.longestName("myapp-canary", false).length <= longest);
    });

    it("changes, when weights change, what it says and nothing else", async () => {
      const [before, after] = [await deployed(10), await deployed(40)];
      const changed = after.resources.filter(
        ({ type, name, inputs }) =>
          !before.resources.some((was) =>
            isDeepStrictEqual([was.type, was.name, was.inputs], [type, name, inputs]),
          ),
      );
      assert.ok(changed.length > 0);
      for (const { type } of changed) assert.ok(kind.shiftedTypes.includes(type), type);
      assert.equal(
        kind.byInstances,
        changed.some(({ type }) => type === awsTypes.group),
      );
      const isRouting = extended.routingOf(parsed(), ["myapp"]);
      const parent = "urn:pulumi:prod::canary-traffic::canary-traffic:aws:CanaryFleet::myapp";
      for (const { type, name } of changed) assert.ok(isRouting({ type, name, inputs: {}, parent }), type);
      assert.equal(extended.isByInstances(parsed()), kind.byInstances);
    });

    it("comes to weights of its own, under a label by which it is found again", async () => {
      const { outputs } = await deployed(10);
      const [app] = parsed().apps;
      assert.ok(app !== undefined);
      assert.deepEqual(outputs.weights.myapp, extended.frontWeights(kind, app.split, fleetOf(parsed(), app)));
      assert.deepEqual(outputs.routers, { myapp: kind.label });
      assert.equal(extended.balancerOf({ router: kind.label }), kind);
      assert.equal(extended.balancerOf({ router: `${kind.label} and traefik` }), kind);
    });

    it("is seen by policies", () => {
      for (const type of kind.types) assert.ok(extended.takesTraffic({ type }), type);
      const before = { urn: "urn", type: kind.balancerType, name: "myapp", props: {}, protect: false };
      const step = {
        op: "delete" as const,
        before,
        retained: false,
        replaceReasons: [],
        changed: [],
        besideWeights: false,
      };
      const changes = { steps: [step], weights: {}, apps: [], routers: {}, expired: [] };
      assert.deepEqual(extended.departing({ changes }), [before]);
    });

    it("is counted by CloudWatch under names from the state, and as a whole by its id", async () => {
      const urn = "urn:pulumi:prod::canary-traffic::canary-traffic:aws:CanaryFleet$x::myapp";
      const outputs = { name: "name", arn: "arn", arnSuffix: "suffix" };
      const state = kind.types.flatMap((type) =>
        ["myapp", "myapp-canary"].map((name) => ({
          ...{
            urn,
            type,
            name,
            outputs,
            custom: true,
            inputs: {},
            dependencies: [],
            propertyDependencies: {},
          },
        })),
      );
      const { place } = extended.placesOf(parsed(), async () => state);
      const { balancer } = await place("myapp", "canary");
      assert.equal(balancer?.metrics, kind.metrics);
      assert.ok(Object.keys(balancer?.dimensions ?? {}).length > 0);
      const usage = extended.usageMetrics(IDS[loadBalancer as FrontName]);
      assert.deepEqual(
        usage.map(({ namespace, name }) => `${namespace} ${name}`),
        kind.metrics.usage.map(({ name }) => `${kind.metrics.namespace} ${name}`),
      );
    });
  });
}

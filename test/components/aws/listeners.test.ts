import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import type { CanaryFleetArgs } from "../../../components/aws/fleet-args";
import { integerWeights, TrafficSplit } from "../../../components/traffic";
import { type Declared, inputsOf } from "./declared";
import { args, CERTIFICATE, canary, fleet, ofType } from "./fleet";

const alb = (changes: Partial<CanaryFleetArgs> = {}) => fleet({ loadBalancer: "alb", ...changes });
const nlb = (changes: Partial<CanaryFleetArgs> = {}) => fleet({ loadBalancer: "nlb", ...changes });
const arn = (name: string): string => `arn:TargetGroup/${name}`;
const actionOf = (resources: readonly Declared[], listener: string): Record<string, unknown> => {
  const [action = {}] = inputsOf(resources, "Listener", listener).defaultActions as Record<string, unknown>[];
  return action;
};
const namesOf = (resources: readonly Declared[], type: string): string[] =>
  ofType(resources, type)
    .map(({ name }) => name)
    .sort();
const HEALTH_CHECK = {
  protocol: "HTTP",
  path: "/healthz",
  matcher: "200",
  interval: 10,
  timeout: 5,
  healthyThreshold: 2,
  unhealthyThreshold: 2,
};

describe("CanaryFleet behind listeners", () => {
  const splits = fc
    .tuple(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 0, max: 10_000 }))
    .map(([a, b]) => [a, Math.min(b, 10_000 - a)].map((hundredths) => hundredths / 100));

  for (const [kind, settings, carriers] of [
    ["alb", {}, ["myapp-80"]],
    ["alb", { certificateArn: CERTIFICATE }, ["myapp-443", "myapp-80"]],
    ["alb", { certificateArn: CERTIFICATE, redirectToHttps: true }, ["myapp-443"]],
    ["nlb", {}, ["myapp-80"]],
    ["nlb", { certificateArn: CERTIFICATE }, ["myapp-443", "myapp-80"]],
  ] as const) {
    const which = [kind, ...Object.keys(settings)].join(", ");
    it(`changes by a shift, from any split to any other, the main listeners' weights alone (${which})`, async () => {
      const at = ([small = 0, large = 0]: number[]) =>
        fleet({
          ...settings,
          loadBalancer: kind,
          canaries: [
            { ...canary, name: "small", weight: small },
            { ...canary, name: "large", weight: large, host: "large.myapp.example.com" },
          ],
        });
      await fc.assert(
        fc.asyncProperty(splits, splits, async (from, to) => {
          const [before, after] = [await at(from), await at(to)];
          const changed = after.filter(
            ({ type, name, inputs }) =>
              !isDeepStrictEqual(inputs, inputsOf(before, type.split(":").at(-1) ?? "", name)),
          );
          assert.equal(before.length, after.length);
          const weights = (weightsOf: number[]) =>
            integerWeights(new TrafficSplit(weightsOf.map((weight, i) => ({ name: `${i}`, weight }))), 999);
          const expected = isDeepStrictEqual(weights(from), weights(to)) ? [] : carriers;
          assert.deepEqual(changed.map(({ name }) => name).sort(), expected);
          assert.ok(changed.every(({ type }) => type === "aws:lb/listener:Listener"));
        }),
        { numRuns: 4 },
      );
    });
  }

  it("keeps every group at its size: the primary whole, a canary at canarySize or as large as the primary", async () => {
    for (const weight of [0, 1, 60, 100]) {
      const sized = await alb({ canarySize: 4, canaries: [{ ...canary, weight }] });
      const sizes = (name: string) => {
        const { minSize, maxSize, desiredCapacity } = inputsOf(sized, "Group", name);
        return [minSize, maxSize, desiredCapacity];
      };
      assert.deepEqual(
        [sizes("myapp"), sizes("myapp-canary")],
        [
          [9, 18, undefined],
          [4, 4, 4],
        ],
      );
    }
    assert.equal(inputsOf(await nlb(), "Group", "myapp-canary").desiredCapacity, 9);
  });

  it("attaches each group to its own target group, and to no classic load balancer", async () => {
    const resources = await alb();
    for (const name of ["myapp", "myapp-canary"]) {
      const { loadBalancers, targetGroupArns } = inputsOf(resources, "Group", name);
      assert.deepEqual([loadBalancers, targetGroupArns], [[], [arn(name)]]);
    }
  });

  it("starts groups after the listeners, without which no instance is found healthy", async () => {
    for (const resources of [await alb(), await nlb()]) {
      const listeners = namesOf(resources, "Listener").map((name) => `Listener/${name}`);
      for (const { doneBefore } of ofType(resources, "Group")) {
        assert.deepEqual(
          listeners.filter((id) => !doneBefore.includes(id)),
          [],
        );
      }
    }
  });

  it("leads each host to its load balancer once its group is done", async () => {
    for (const resources of [await alb(), await nlb()]) {
      for (const { name, doneBefore } of ofType(resources, "Record"))
        assert.ok(doneBefore.includes(`Group/${name}`));
    }
  });

  it("has access logs on request, and none otherwise", async () => {
    const logs = async (changes: Partial<CanaryFleetArgs>) =>
      inputsOf(await fleet({ accessLogsBucket: "logs", ...changes }), "LoadBalancer", "myapp").accessLogs;
    assert.deepEqual(await logs({ loadBalancer: "alb" }), { bucket: "logs", enabled: true });
    assert.deepEqual(await logs({ loadBalancer: "nlb" }), { bucket: "logs", enabled: true });
    assert.deepEqual(await logs({}), { bucket: "logs" });
    assert.equal("accessLogs" in inputsOf(await alb(), "LoadBalancer", "myapp"), false);
  });

  it("asks AWS for deletion protection exactly where Pulumi protects", async () => {
    for (const protect of [true, false]) {
      for (const resources of [await alb({ protect }), await nlb({ protect })]) {
        for (const { inputs } of ofType(resources, "LoadBalancer"))
          assert.equal(inputs.enableDeletionProtection, protect);
      }
    }
  });

  it("lets a transform change the args of any kind of child", async () => {
    const tagged = <Args>(spec: Args): Args => ({ ...spec, tags: { by: "a" } });
    const resources = await alb({
      transform: { loadBalancerV2: tagged, targetGroup: tagged, listener: tagged, listenerRule: tagged },
    });
    for (const type of ["LoadBalancer", "TargetGroup", "Listener", "ListenerRule"]) {
      assert.ok(ofType(resources, type).length > 0);
      for (const { inputs } of ofType(resources, type)) assert.deepEqual(inputs.tags, { by: "a" });
    }
  });
});

describe("An Application Load Balancer", () => {
  it("is one for all variants, open to the world, with a target group for each", async () => {
    const resources = await alb();
    assert.deepEqual(inputsOf(resources, "LoadBalancer", "myapp"), {
      loadBalancerType: "application",
      internal: false,
      idleTimeout: 40,
      subnets: args.publicSubnetIds,
      securityGroups: ["SecurityGroup/myapp-elb"],
      enableDeletionProtection: false,
    });
    assert.deepEqual(namesOf(resources, "LoadBalancer"), ["myapp"]);
    for (const name of ["myapp", "myapp-canary"]) {
      assert.deepEqual(inputsOf(resources, "TargetGroup", name), {
        protocol: "HTTP",
        port: 8080,
        vpcId: args.vpcId,
        deregistrationDelay: 50,
        healthCheck: HEALTH_CHECK,
      });
    }
  });

  it("shares requests out by weight, of whole percents and of hundredths", async () => {
    const weights = async (weight: number) =>
      (
        actionOf(await alb({ canaries: [{ ...canary, weight }] }), "myapp-80").forward as {
          targetGroups: unknown;
        }
      ).targetGroups;
    const both = (primary: number, of: number) => [
      { arn: arn("myapp"), weight: primary },
      { arn: arn("myapp-canary"), weight: of },
    ];
    assert.deepEqual(await weights(10), both(90, 10));
    assert.deepEqual(await weights(0), both(100, 0));
    assert.deepEqual(await weights(100), both(0, 100));
    assert.deepEqual(await weights(0.5), both(199, 1));
  });

  it("leads a canary's host to that canary by a rule of every listener that serves", async () => {
    const rules = async (changes: Partial<CanaryFleetArgs>) => namesOf(await alb(changes), "ListenerRule");
    assert.deepEqual(inputsOf(await alb(), "ListenerRule", "myapp-canary-80"), {
      listenerArn: "arn:Listener/myapp-80",
      conditions: [{ hostHeader: { values: [canary.host] } }],
      actions: [{ type: "forward", targetGroupArn: arn("myapp-canary") }],
    });
    const secure = { certificateArn: CERTIFICATE };
    assert.deepEqual(await rules(secure), ["myapp-canary-443", "myapp-canary-80"]);
    assert.deepEqual(await rules({ ...secure, redirectToHttps: true }), ["myapp-canary-443"]);
    assert.deepEqual(await rules({ canaries: [{ ...canary, host: undefined }] }), []);
  });

  it("serves https with a certificate, and redirects http there on request", async () => {
    const resources = await alb({ certificateArn: CERTIFICATE, redirectToHttps: true });
    const { protocol, certificateArn, sslPolicy } = inputsOf(resources, "Listener", "myapp-443");
    assert.deepEqual(
      [protocol, certificateArn, sslPolicy],
      ["HTTPS", CERTIFICATE, "ELBSecurityPolicy-TLS13-1-2-2021-06"],
    );
    assert.deepEqual(actionOf(resources, "myapp-80"), {
      type: "redirect",
      redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" },
    });
  });

  it("keeps a client with its variant on request, and says so where it does not", async () => {
    const stickiness = async (changes: Partial<CanaryFleetArgs>) =>
      (actionOf(await alb(changes), "myapp-80").forward as { stickiness: unknown }).stickiness;
    assert.deepEqual(await stickiness({ stickiness: 600 }), { enabled: true, duration: 600 });
    assert.deepEqual(await stickiness({}), { enabled: false, duration: 1 });
  });

  it("starts new instances slowly on request", async () => {
    assert.equal(inputsOf(await alb({ slowStart: 60 }), "TargetGroup", "myapp-canary").slowStart, 60);
  });
});

describe("A Network Load Balancer", () => {
  it("serves TCP, and TLS with a certificate, by weight", async () => {
    const resources = await nlb({ certificateArn: CERTIFICATE });
    const { protocol, sslPolicy } = inputsOf(resources, "Listener", "myapp-443");
    assert.deepEqual([protocol, sslPolicy], ["TLS", "ELBSecurityPolicy-TLS13-1-2-2021-06"]);
    assert.equal(inputsOf(resources, "Listener", "myapp-80").protocol, "TCP");
    for (const listener of ["myapp-80", "myapp-443"]) {
      assert.deepEqual(actionOf(resources, listener), {
        type: "forward",
        forward: {
          targetGroups: [
            { arn: arn("myapp"), weight: 90 },
            { arn: arn("myapp-canary"), weight: 10 },
          ],
        },
      });
    }
  });

  it("reaches the instances of all zones, and checks them by http", async () => {
    const resources = await nlb();
    const { loadBalancerType, enableCrossZoneLoadBalancing, securityGroups } = inputsOf(
      resources,
      "LoadBalancer",
      "myapp",
    );
    assert.deepEqual(
      [loadBalancerType, enableCrossZoneLoadBalancing, securityGroups],
      ["network", true, ["SecurityGroup/myapp-elb"]],
    );
    const { protocol, healthCheck } = inputsOf(resources, "TargetGroup", "myapp");
    assert.deepEqual([protocol, healthCheck], ["TCP", HEALTH_CHECK]);
  });

  it("has for a canary's host another of its own, with a target group of its own, and none without a host", async () => {
    const resources = await nlb();
    assert.deepEqual(actionOf(resources, "myapp-canary-80"), {
      type: "forward",
      targetGroupArn: arn("myapp-canary-own"),
    });
    assert.deepEqual(inputsOf(resources, "Group", "myapp-canary").targetGroupArns, [
      arn("myapp-canary"),
      arn("myapp-canary-own"),
    ]);
    const record = inputsOf(resources, "Record", "myapp-canary");
    assert.deepEqual(record.records, ["myapp-canary.elb.amazonaws.com"]);
    const hostless = await nlb({ canaries: [{ ...canary, host: undefined }] });
    assert.deepEqual(namesOf(hostless, "LoadBalancer"), ["myapp"]);
    assert.deepEqual(namesOf(hostless, "TargetGroup"), ["myapp", "myapp-canary"]);
  });
});

describe("A former load balancer", () => {
  it("stays with every group attached, and leads all requests to the primary", async () => {
    const classic = await alb({ formerLoadBalancer: "classic" });
    assert.deepEqual(inputsOf(classic, "Group", "myapp").loadBalancers, ["myapp"]);
    assert.deepEqual(inputsOf(classic, "Group", "myapp-canary").loadBalancers, ["myapp-canary"]);
    assert.deepEqual(inputsOf(classic, "Group", "myapp").targetGroupArns, [arn("myapp")]);

    const listener = await fleet({ formerLoadBalancer: "alb" });
    const { targetGroups } = actionOf(listener, "myapp-80").forward as {
      targetGroups: { weight: number }[];
    };
    assert.deepEqual(
      targetGroups.map(({ weight }) => weight),
      [100, 0],
    );
    assert.equal(inputsOf(listener, "Group", "myapp-canary").desiredCapacity, 1);
  });
});

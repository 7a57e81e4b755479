import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { elb } from "../../stacks/elb";
import { parseSettings } from "../../stacks/settings";
import { type Declared, declared, inputsOf } from "../components/aws/declared";

const raw = {
  platform: "elb",
  canaryWeight: 10,
  apps: {
    myapp: { host: "myapp.example.com", canaryHost: "canary.myapp.example.com", healthPath: "/healthz" },
    shop: {
      host: "shop.example.com",
      port: 3000,
      canaries: {
        blue: { weight: 5, amiId: "ami-0c1d2e3f405162738" },
        green: { weight: 25, host: "green.shop.example.com" },
      },
    },
  },
  aws: {
    vpcId: "vpc-0a1b2c3d4e5f60718",
    publicSubnetIds: ["subnet-0a1b2c3d4e5f60718", "subnet-0b1c2d3e4f5061728"],
    amiId: "ami-0a1b2c3d4e5f60718",
    canaryAmiId: "ami-0b1c2d3e4f5061728",
    instanceType: "m7g.large",
    fleetSize: 9,
    maxSize: 12,
    zoneId: "Z0123456789ABCDEFGHIJ",
    dnsTtl: 30,
    idleTimeout: 40,
    drainingTimeout: 50,
    healthCheckGracePeriod: 120,
  },
};

/** What every kind of load balancer takes. */
const { idleTimeout: _classic, ...others } = raw.aws;

interface Run {
  readonly resources: readonly Declared[];
  readonly outputs: unknown;
  readonly warnings: readonly string[];
}

async function run(configuration: Record<string, unknown>): Promise<Run> {
  const settings = parseSettings(configuration);
  assert.ok(settings.platform === "elb");
  const warnings: string[] = [];
  const { warn } = console;
  console.warn = (line: string) => warnings.push(line);
  try {
    let outputs: unknown;
    const resources = await declared(() => {
      pulumi.output(elb(settings)).apply((value) => {
        outputs = value;
      });
    });
    return { resources, outputs, warnings };
  } finally {
    console.warn = warn;
  }
}

describe("Stack elb", () => {
  it("declares a fleet for each app", async () => {
    const { resources } = await run(raw);
    const names = (type: string) =>
      resources
        .filter((resource) => resource.type === type)
        .map(({ name }) => name)
        .sort();
    assert.deepEqual(names("canary-traffic:aws:CanaryFleet"), ["myapp", "shop"]);
    const variants = ["myapp", "myapp-canary", "shop", "shop-blue", "shop-green"];
    assert.deepEqual(names("aws:autoscaling/group:Group"), variants);
    assert.deepEqual(names("aws:elb/loadBalancer:LoadBalancer"), variants);
  });

  it("answers hosts, load balancers and weights by app", async () => {
    const { outputs } = await run(raw);
    const { fleets: _, ...others } = outputs as Record<string, unknown>;
    assert.deepEqual(others, {
      hosts: { myapp: "myapp.example.com", shop: "shop.example.com" },
      loadBalancers: {
        myapp: { primary: "myapp.elb.amazonaws.com", canary: "myapp-canary.elb.amazonaws.com" },
        shop: {
          primary: "shop.elb.amazonaws.com",
          blue: "shop-blue.elb.amazonaws.com",
          green: "shop-green.elb.amazonaws.com",
        },
      },
      routers: { myapp: "classic ELB", shop: "classic ELB" },
      weights: {
        myapp: { primary: { asked: 90, effective: 90 }, canary: { asked: 10, effective: 10 } },
        shop: {
          primary: { asked: 70, effective: 69.23 },
          blue: { asked: 5, effective: 7.69 },
          green: { asked: 25, effective: 23.08 },
        },
      },
    });
  });

  const reference = (kind: string, name: string) => ({ name, arn: `arn:${kind}/${name}` });
  const balancer = (name: string) => ({
    ...reference("LoadBalancer", name),
    dnsName: `${name}.elb.amazonaws.com`,
    zoneId: "ZELB",
  });

  for (const [loadBalancer, hosted, targetGroups] of [
    ["classic", "myapp-canary", {}],
    ["alb", "myapp", { primary: "myapp", canary: "myapp-canary" }],
    ["nlb", "myapp-canary", { primary: "myapp", canary: "myapp-canary" }],
  ] as const)
    it(`answers what other stacks may refer to, by app and variant, behind ${loadBalancer}`, async () => {
      const { outputs } = await run({ ...raw, aws: { ...others, loadBalancer } });
      const { fleets } = outputs as { fleets: Record<string, unknown> };
      assert.deepEqual(fleets.myapp, {
        loadBalancers: { primary: balancer("myapp"), canary: balancer(hosted) },
        targetGroups: Object.fromEntries(
          Object.entries(targetGroups).map(([variant, name]) => [variant, reference("TargetGroup", name)]),
        ),
        groups: { primary: reference("Group", "myapp"), canary: reference("Group", "myapp-canary") },
        securityGroups: {
          loadBalancers: "SecurityGroup/myapp-elb",
          instances: "SecurityGroup/myapp-instances",
        },
      });
      assert.deepEqual(Object.keys(fleets), ["myapp", "shop"]);
    });

  for (const [loadBalancer, router, canaryHost] of [
    ["alb", "ALB listener", "myapp.elb.amazonaws.com"],
    ["nlb", "NLB listener", "myapp-canary.elb.amazonaws.com"],
  ] as const) {
    it(`answers the same behind an ${loadBalancer.toUpperCase()}, whose listener gives every canary what it asks`, async () => {
      const { outputs, warnings } = await run({ ...raw, aws: { ...others, loadBalancer } });
      const { hosts, loadBalancers, routers, weights } = outputs as Record<string, Record<string, unknown>>;
      assert.deepEqual(hosts, { myapp: "myapp.example.com", shop: "shop.example.com" });
      assert.deepEqual(loadBalancers?.myapp, { primary: "myapp.elb.amazonaws.com", canary: canaryHost });
      assert.deepEqual(Object.keys(loadBalancers?.shop ?? {}), ["primary", "green"]);
      assert.deepEqual(routers, { myapp: router, shop: router });
      assert.deepEqual(weights?.shop, {
        primary: { asked: 70, effective: 70 },
        blue: { asked: 5, effective: 5 },
        green: { asked: 25, effective: 25 },
      });
      assert.deepEqual(warnings, []);
    });
  }

  it("warns of the app whose instance counts miss the weights by more than a point, and of no other", async () => {
    const { warnings } = await run(raw);
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0] ?? "",
      /shop: blue gets 7.69 % of the requests where 5 % was asked, green gets 23.08 %/,
    );
  });

  it("gives a canary its own image, or that of all canaries, or that of the primary", async () => {
    const { resources } = await run(raw);
    const image = (resources: readonly Declared[], name: string) =>
      inputsOf(resources, "LaunchTemplate", name).imageId;
    assert.equal(image(resources, "shop"), raw.aws.amiId);
    assert.equal(image(resources, "shop-blue"), "ami-0c1d2e3f405162738");
    assert.equal(image(resources, "shop-green"), raw.aws.canaryAmiId);
    const { canaryAmiId: _none, ...aws } = raw.aws;
    assert.equal(image((await run({ ...raw, aws })).resources, "shop-green"), raw.aws.amiId);
  });

  it("hands every AWS setting to the resource that it is for", async () => {
    const { resources } = await run(raw);
    const group = inputsOf(resources, "Group", "shop");
    assert.deepEqual(
      [group.minSize, group.maxSize, group.healthCheckGracePeriod, group.vpcZoneIdentifiers],
      [9, 12, 120, raw.aws.publicSubnetIds],
    );
    const loadBalancer = inputsOf(resources, "LoadBalancer", "shop");
    assert.deepEqual([loadBalancer.idleTimeout, loadBalancer.connectionDrainingTimeout], [40, 50]);
    assert.equal((loadBalancer.healthCheck as { target: string }).target, "HTTP:3000/");
    const record = inputsOf(resources, "Record", "shop-green");
    assert.deepEqual(
      [record.zoneId, record.ttl, record.name],
      [raw.aws.zoneId, 30, "green.shop.example.com"],
    );
    assert.equal(inputsOf(resources, "SecurityGroup", "shop-elb").vpcId, raw.aws.vpcId);
    assert.equal(inputsOf(resources, "LaunchTemplate", "shop").instanceType, "m7g.large");
  });

  it("hands the settings of an Application Load Balancer to what they are for", async () => {
    const own = {
      loadBalancer: "alb",
      formerLoadBalancer: "classic",
      canarySize: 3,
      slowStart: 60,
      stickiness: 600,
      strictHttp: true,
    };
    const secure = {
      certificateArn: "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d",
      redirectToHttps: true,
      accessLogsBucket: "example-elb-logs",
    };
    const { resources } = await run({ ...raw, protect: true, aws: { ...raw.aws, ...own, ...secure } });
    const { desiredCapacity, loadBalancers } = inputsOf(resources, "Group", "myapp-canary");
    assert.deepEqual([desiredCapacity, loadBalancers], [3, ["myapp-canary"]]);
    const { dropInvalidHeaderFields, desyncMitigationMode } = (resources.find(
      ({ type, name }) => type === "aws:lb/loadBalancer:LoadBalancer" && name === "myapp",
    )?.inputs ?? {}) as { dropInvalidHeaderFields?: boolean; desyncMitigationMode?: string };
    assert.deepEqual([dropInvalidHeaderFields, desyncMitigationMode], [true, "defensive"]);
    assert.equal(inputsOf(resources, "TargetGroup", "myapp").slowStart, 60);
    assert.equal(inputsOf(resources, "TargetGroup", "myapp").deregistrationDelay, 50);
    const action = (listener: string) =>
      (inputsOf(resources, "Listener", listener).defaultActions as { type: string; forward?: object }[])[0];
    assert.deepEqual(action("myapp-443")?.forward, {
      targetGroups: [
        { arn: "arn:TargetGroup/myapp", weight: 90 },
        { arn: "arn:TargetGroup/myapp-canary", weight: 10 },
      ],
      stickiness: { enabled: true, duration: 600 },
    });
    assert.equal(action("myapp-80")?.type, "redirect");
    const alb = resources.find(
      ({ type, name }) => type === "aws:lb/loadBalancer:LoadBalancer" && name === "myapp",
    );
    const { accessLogs, enableDeletionProtection, idleTimeout } = alb?.inputs ?? {};
    assert.deepEqual(
      [accessLogs, enableDeletionProtection, idleTimeout],
      [{ bucket: "example-elb-logs", enabled: true }, true, 40],
    );
  });

  it("keeps the load balancers' names within 32 characters with what Pulumi appends, or refuses the app", async () => {
    const withApp = (name: string) => ({ ...raw, apps: { [name]: { host: "myapp.example.com" } } });
    const { resources } = await run(withApp("seventeen-letters"));
    const names = resources.filter(({ type }) => type.endsWith(":LoadBalancer")).map(({ name }) => name);
    assert.equal(Math.max(...names.map((name) => `${name}-1234567`.length)), 32);
    await assert.rejects(run(withApp("eighteen--letters1")), /at most 24 characters/);
  });
});

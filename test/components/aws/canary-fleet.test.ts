import assert from "node:assert/strict";
import type { CanaryFleetArgs } from "../../../components/aws/fleet-args";
import { type Declared, inputsOf } from "./declared";
import { args, CERTIFICATE, canary, fleet, ofType } from "./fleet";

const atWeight = (weight: number): Promise<Declared[]> => fleet({ canaries: [{ ...canary, weight }] });
const byPort = (a: unknown, b: unknown): number => Number(a) - Number(b);

describe("CanaryFleet", () => {
  describe("at every weight", () => {
    const table = [
      { weight: 0, primary: ["myapp"], canary: ["myapp-canary"] },
      { weight: 1, primary: ["myapp"], canary: ["myapp", "myapp-canary"] },
      { weight: 10, primary: ["myapp"], canary: ["myapp", "myapp-canary"] },
      { weight: 25, primary: ["myapp"], canary: ["myapp", "myapp-canary"] },
      { weight: 50, primary: ["myapp"], canary: ["myapp", "myapp-canary"] },
      { weight: 75, primary: ["myapp"], canary: ["myapp", "myapp-canary"] },
      { weight: 99, primary: ["myapp"], canary: ["myapp", "myapp-canary"] },
      { weight: 100, primary: [], canary: ["myapp", "myapp-canary"] },
    ];
    for (const { weight, ...attached } of table) {
      it(`attaches the groups to the load balancers they serve at ${weight} %`, async () => {
        const resources = await atWeight(weight);
        assert.deepEqual(inputsOf(resources, "Group", "myapp").loadBalancers, attached.primary);
        assert.deepEqual(inputsOf(resources, "Group", "myapp-canary").loadBalancers, attached.canary);
      });
    }

    it("differs from every other weight in sizes and attachments of groups only", async () => {
      const steady = async (weight: number): Promise<unknown> => {
        const resources = await atWeight(weight);
        return resources
          .map(({ type, name, inputs }) => {
            const {
              minSize: _min,
              maxSize: _max,
              desiredCapacity: _desired,
              waitForElbCapacity: _elb,
              waitForCapacityTimeout: _timeout,
              loadBalancers: _attached,
              ...rest
            } = inputs;
            return { type, name, inputs: type.endsWith(":Group") ? rest : inputs };
          })
          .sort((a, b) => `${a.type} ${a.name}`.localeCompare(`${b.type} ${b.name}`));
      };
      const baseline = await steady(0);
      for (const { weight } of table) assert.deepEqual(await steady(weight), baseline, `${weight} %`);
    });
  });

  it("gives the groups the sizes of the plan and leaves the primary's desired capacity alone", async () => {
    const resources = await atWeight(25);
    const primary = inputsOf(resources, "Group", "myapp");
    assert.deepEqual([primary.minSize, primary.maxSize, "desiredCapacity" in primary], [9, 18, false]);
    const group = inputsOf(resources, "Group", "myapp-canary");
    assert.deepEqual([group.minSize, group.maxSize, group.desiredCapacity], [3, 3, 3]);
  });

  it("gives instances user data, profile and key pair where they are set, and none else", async () => {
    const profile = "arn:aws:iam::123456789012:instance-profile/shop";
    const given = { userData: "#!/bin/sh\n", instanceProfile: profile, keyName: "ops" };
    for (const template of ofType(await fleet(given), "LaunchTemplate")) {
      const { userData, iamInstanceProfile, keyName } = template.inputs;
      assert.equal(Buffer.from(String(userData), "base64").toString(), "#!/bin/sh\n");
      assert.deepEqual([iamInstanceProfile, keyName], [{ arn: profile }, "ops"]);
    }
    const [named] = ofType(await fleet({ instanceProfile: "shop" }), "LaunchTemplate");
    assert.deepEqual(named?.inputs.iamInstanceProfile, { name: "shop" });
    const [plain] = ofType(await fleet(), "LaunchTemplate");
    for (const key of ["userData", "iamInstanceProfile", "keyName"])
      assert.ok(!(key in (plain?.inputs ?? {})));
  });

  const idOf = ({ type, name }: Declared) => `${type.split(":").at(-1)}/${name}`;
  const doneBefore = (resources: readonly Declared[], group: string) =>
    resources.find((resource) => idOf(resource) === `Group/${group}`)?.doneBefore ?? [];

  it("is done with the canaries' groups before it touches the primary's", async () => {
    assert.ok(doneBefore(await fleet(), "myapp").includes("Group/myapp-canary"));
  });

  it("launches no instance before the rules that let it start and be reached are in force", async () => {
    const resources = await fleet();
    const rules = resources.filter(({ type }) => type.endsWith("gressRule")).map(idOf);
    assert.equal(rules.length, 6);
    for (const group of ["myapp", "myapp-canary"]) {
      const done = doneBefore(resources, group);
      assert.deepEqual(
        rules.filter((rule) => !done.includes(rule)),
        [],
      );
    }
  });

  it("replaces the primary's instances by new ones first, and never lets the canary's group grow for it", async () => {
    const resources = await fleet();
    for (const [name, amiId, least, most] of [
      ["myapp", args.amiId, 100, 110],
      ["myapp-canary", canary.amiId, 90, 100],
    ] as const) {
      assert.equal(inputsOf(resources, "LaunchTemplate", name).imageId, amiId);
      const group = inputsOf(resources, "Group", name);
      assert.deepEqual(group.launchTemplate, { id: `LaunchTemplate/${name}`, version: "3" });
      assert.deepEqual(group.instanceRefresh, {
        strategy: "Rolling",
        preferences: { minHealthyPercentage: least, maxHealthyPercentage: most, skipMatching: true },
      });
    }
  });

  it("spreads each group over the subnets, with health by load balancer and tags for the instances", async () => {
    const resources = await fleet();
    for (const [name, track] of [
      ["myapp", "primary"],
      ["myapp-canary", "canary"],
    ] as const) {
      const group = inputsOf(resources, "Group", name);
      assert.deepEqual(group.vpcZoneIdentifiers, args.publicSubnetIds);
      assert.deepEqual([group.healthCheckType, group.healthCheckGracePeriod], ["ELB", 120]);
      assert.deepEqual(group.tags, [
        { key: "Name", value: name, propagateAtLaunch: true },
        { key: "app", value: "myapp", propagateAtLaunch: true },
        { key: "track", value: track, propagateAtLaunch: true },
      ]);
    }
  });

  it("launches instances with IMDSv2 only, an encrypted root volume and no key pair", async () => {
    const template = inputsOf(await fleet(), "LaunchTemplate", "myapp");
    assert.deepEqual(template.metadataOptions, {
      httpEndpoint: "enabled",
      httpTokens: "required",
      httpPutResponseHopLimit: 1,
    });
    assert.deepEqual(template.blockDeviceMappings, [
      { deviceName: "/dev/xvda", ebs: { encrypted: "true", volumeType: "gp3", deleteOnTermination: "true" } },
    ]);
    assert.deepEqual(template.vpcSecurityGroupIds, ["SecurityGroup/myapp-instances"]);
    assert.equal("keyName" in template, false);
  });

  it("has a classic load balancer for each variant that serves port 80 from the app's port", async () => {
    const resources = await fleet();
    for (const name of ["myapp", "myapp-canary"]) {
      assert.deepEqual(inputsOf(resources, "LoadBalancer", name), {
        internal: false,
        subnets: args.publicSubnetIds,
        securityGroups: ["SecurityGroup/myapp-elb"],
        listeners: [{ instancePort: 8080, instanceProtocol: "http", lbPort: 80, lbProtocol: "http" }],
        healthCheck: {
          target: "HTTP:8080/healthz",
          interval: 10,
          timeout: 5,
          healthyThreshold: 2,
          unhealthyThreshold: 2,
        },
        crossZoneLoadBalancing: true,
        connectionDraining: true,
        connectionDrainingTimeout: 50,
        idleTimeout: 40,
      });
    }
  });

  it("serves https with a certificate", async () => {
    const { listeners } = inputsOf(await fleet({ certificateArn: CERTIFICATE }), "LoadBalancer", "myapp");
    assert.deepEqual(listeners, [
      { instancePort: 8080, instanceProtocol: "http", lbPort: 80, lbProtocol: "http" },
      {
        instancePort: 8080,
        instanceProtocol: "http",
        lbPort: 443,
        lbProtocol: "https",
        sslCertificateId: CERTIFICATE,
      },
    ]);
  });

  describe("lets in", () => {
    const ingress = async (changes: Partial<CanaryFleetArgs> = {}) =>
      ofType(await fleet(changes), "SecurityGroupIngressRule")
        .map(({ inputs }) => inputs)
        .filter(({ securityGroupId }) => securityGroupId === "SecurityGroup/myapp-elb");

    it("the world to the load balancers on port 80 only", async () => {
      const rules = await ingress();
      assert.deepEqual(
        rules.map(({ securityGroupId: _group, ...rule }) => rule),
        [
          { cidrIpv4: "0.0.0.0/0", ipProtocol: "tcp", fromPort: 80, toPort: 80 },
          { cidrIpv6: "::/0", ipProtocol: "tcp", fromPort: 80, toPort: 80 },
        ],
      );
    });

    it("the world on port 443 too with a certificate", async () => {
      const rules = await ingress({ certificateArn: CERTIFICATE });
      assert.deepEqual(rules.map(({ fromPort }) => fromPort).sort(byPort), [80, 80, 443, 443]);
      assert.ok(rules.every(({ fromPort, toPort }) => fromPort === toPort));
    });
  });

  it("leads the app's host and the canary's to their load balancers by weighted records", async () => {
    const resources = await fleet();
    for (const [name, host] of [
      ["myapp", args.host],
      ["myapp-canary", canary.host],
    ] as const) {
      assert.deepEqual(inputsOf(resources, "Record", name), {
        zoneId: args.zoneId,
        name: host,
        type: "CNAME",
        ttl: 30,
        records: [`${name}.elb.amazonaws.com`],
        setIdentifier: "elb",
        weightedRoutingPolicies: [{ weight: 100 }],
      });
    }
  });

  it("takes two canaries, each with a group and a load balancer, and a record only where it has a host", async () => {
    const { host: _host, ...hostless } = canary;
    const resources = await fleet({
      canaries: [
        { ...canary, name: "small", weight: 10 },
        { ...hostless, name: "large", weight: 20 },
      ],
    });
    assert.deepEqual(inputsOf(resources, "Group", "myapp-small").loadBalancers, ["myapp", "myapp-small"]);
    assert.deepEqual(inputsOf(resources, "Group", "myapp-large").loadBalancers, ["myapp", "myapp-large"]);
    assert.deepEqual(
      ofType(resources, "Record")
        .map(({ name }) => name)
        .sort(),
      ["myapp", "myapp-small"],
    );
  });

  it("keeps canaryMin instances of a canary at weight 0 on its own load balancer", async () => {
    const resources = await fleet({ canaries: [{ ...canary, weight: 0 }], canaryMin: 2 });
    const group = inputsOf(resources, "Group", "myapp-canary");
    assert.deepEqual([group.minSize, group.maxSize, group.loadBalancers], [2, 2, ["myapp-canary"]]);
  });

  it("leaves all names to Pulumi but those of records", async () => {
    const named = (await fleet()).filter(({ inputs }) => "name" in inputs || "namePrefix" in inputs);
    assert.deepEqual(
      named.map(({ type }) => type),
      ["aws:route53/record:Record", "aws:route53/record:Record"],
    );
  });

  it("lets a transform change the args of any kind of child", async () => {
    const resources = await fleet({
      transform: {
        loadBalancerSecurityGroup: (sg) => ({ ...sg, tags: { by: "a" } }),
        instanceSecurityGroup: (sg) => ({ ...sg, tags: { by: "b" } }),
        ingressRule: (rule) => ({ ...rule, tags: { by: "c" } }),
        egressRule: (rule) => ({ ...rule, tags: { by: "d" } }),
        loadBalancer: (elb) => ({ ...elb, desyncMitigationMode: "strictest" }),
        launchTemplate: (template) => ({ ...template, ebsOptimized: "true" }),
        primaryGroup: (group) => ({ ...group, defaultCooldown: 1 }),
        canaryGroup: (group) => ({ ...group, defaultCooldown: 2 }),
        record: (record) => ({ ...record, allowOverwrite: true }),
      },
    });
    const values = (type: string, key: string) => ofType(resources, type).map(({ inputs }) => inputs[key]);
    assert.deepEqual(values("SecurityGroup", "tags"), [{ by: "a" }, { by: "b" }]);
    assert.ok(
      values("SecurityGroupIngressRule", "tags").every((tags) => (tags as { by: string }).by === "c"),
    );
    assert.ok(values("SecurityGroupEgressRule", "tags").every((tags) => (tags as { by: string }).by === "d"));
    assert.deepEqual(values("LoadBalancer", "desyncMitigationMode"), ["strictest", "strictest"]);
    assert.deepEqual(values("LaunchTemplate", "ebsOptimized"), ["true", "true"]);
    assert.deepEqual(inputsOf(resources, "Group", "myapp").defaultCooldown, 1);
    assert.deepEqual(inputsOf(resources, "Group", "myapp-canary").defaultCooldown, 2);
    assert.deepEqual(values("Record", "allowOverwrite"), [true, true]);
  });
});

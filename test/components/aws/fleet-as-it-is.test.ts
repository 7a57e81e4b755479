import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { EdgeNodes } from "../../../components/aws/edge-nodes";
import { fronts } from "../../../components/aws/fronts";
import { type Declared, declared, inputsOf } from "./declared";
import { args, fleet, ofType } from "./fleet";

const PRIVATE = ["subnet-0c1d2e3f405162738", "subnet-0d1e2f3041526374a"];
const kinds = Object.keys(fronts) as (keyof typeof fronts)[];

const edge = (changes: object = {}): Promise<Declared[]> =>
  declared(
    () =>
      new EdgeNodes("edge", {
        vpcId: "vpc-0a1b2c3d4e5f60718",
        publicSubnetIds: ["subnet-a", "subnet-b"],
        zoneId: "Z0123456789ABCDEFGHIJ",
        amiId: "ami-0a1b2c3d4e5f60718",
        clusterSecurityGroupIds: ["sg-cluster"],
        bootstrap: {
          kind: "k3s",
          endpoint: "https://10.0.0.1:6443",
          tokenArn: "arn:aws:ssm:eu-west-1:123456789012:parameter/edge/join-token",
        },
        ...changes,
      }),
  );

const values = (resources: readonly Declared[], type: string, key: string): unknown[] =>
  ofType(resources, type).map(({ inputs }) => inputs[key]);

describe("A fleet as teams have it", () => {
  for (const loadBalancer of kinds) {
    describe(`behind ${loadBalancer}`, () => {
      it("has its instances in subnets of their own, and its load balancers in the others", async () => {
        const resources = await fleet({ loadBalancer, instanceSubnetIds: PRIVATE });
        for (const subnets of values(resources, "Group", "vpcZoneIdentifiers"))
          assert.deepEqual(subnets, PRIVATE);
        for (const subnets of values(resources, "LoadBalancer", "subnets"))
          assert.deepEqual(subnets, args.publicSubnetIds);
      });

      it("has load balancers with private addresses alone if they are internal", async () => {
        for (const internal of [true, false]) {
          const found = values(await fleet({ loadBalancer, internal }), "LoadBalancer", "internal");
          assert.ok(found.length > 0 && found.every((each) => each === internal));
        }
      });

      it("gives instances further security groups, after the fleet's own", async () => {
        const instanceSecurityGroupIds = ["sg-0a1b2c3d4e5f60718", "sg-0b1c2d3e4f5061728"];
        const resources = await fleet({ loadBalancer, instanceSecurityGroupIds });
        for (const groups of values(resources, "LaunchTemplate", "vpcSecurityGroupIds"))
          assert.deepEqual(groups, ["SecurityGroup/myapp-instances", ...instanceSecurityGroupIds]);
      });

      it("asks a port of its own for health, as often and as patiently as it is told, and lets that through", async () => {
        const times = { interval: 30, timeout: 6, healthyThreshold: 3, unhealthyThreshold: 4 };
        const resources = await fleet({ loadBalancer, healthCheck: { port: 9090, ...times } });
        const checked = loadBalancer === "classic" ? "LoadBalancer" : "TargetGroup";
        const checks = values(resources, checked, "healthCheck");
        const at =
          loadBalancer === "classic"
            ? { target: "HTTP:9090/healthz" }
            : { protocol: "HTTP", path: "/healthz", port: "9090", matcher: "200" };
        assert.ok(checks.length > 1);
        for (const check of checks) assert.deepEqual(check, { ...at, ...times });
        for (const [type, name] of [
          ["SecurityGroupIngressRule", "myapp-instances-from-elb"],
          ["SecurityGroupEgressRule", "myapp-elb-to-instances"],
        ] as const)
          assert.deepEqual(inputsOf(resources, type, `${name}-health`), {
            ...inputsOf(resources, type, name),
            fromPort: 9090,
            toPort: 9090,
          });
      });

      it("opens nothing more if health is asked on the app's port", async () => {
        const rules = (resources: readonly Declared[]) =>
          ofType(resources, "SecurityGroupIngressRule").length;
        const same = await fleet({ loadBalancer, healthCheck: { port: 8080 } });
        assert.equal(rules(same), rules(await fleet({ loadBalancer })));
      });
    });
  }

  const TAGS = { "cost-center": "shop", team: "web" };
  const tagsOf = ({ inputs }: Declared): unknown => inputs.tags;

  /** Whether the provider's package takes tags for a type. */
  function takesTags(type: string): boolean {
    const [, module = ""] = /^aws:([^:]+):/.exec(type) ?? [];
    const file = require.resolve(`@pulumi/aws/${module}`).replace(/\.js$/, ".d.ts");
    const [, args = ""] = /export interface \w+Args \{(.*?)^\}/ms.exec(readFileSync(file, "utf8")) ?? [];
    return / tags\?:/.test(args);
  }

  for (const [title, made] of [
    ...kinds.map(
      (loadBalancer) =>
        [
          loadBalancer,
          (more: object) =>
            fleet({ loadBalancer, dnsWeight: 5, targetTracking: { targetValue: 50 }, ...more }),
        ] as const,
    ),
    ["edge nodes", edge],
    [
      "edge nodes of EKS",
      (more: object) =>
        edge({
          bootstrap: {
            kind: "eks",
            clusterName: "shop",
            endpoint: "https://0.gr7.eu-west-1.eks.amazonaws.com",
            certificateAuthority: "LS0=",
            serviceCidr: "10.100.0.0/16",
          },
          ...more,
        }),
    ],
  ] as const)
    describe(`Tags of ${title}`, () => {
      it("are on every resource that can have any, on instances and on their volumes", async () => {
        const resources = (await made({ tags: TAGS })).filter(({ type }) => type.startsWith("aws:"));
        for (const resource of resources) {
          const { type, name, inputs } = resource;
          if (type.endsWith(":Group")) {
            const all = inputs.tags as { key: string; value: string; propagateAtLaunch: boolean }[];
            assert.ok(all.every(({ propagateAtLaunch }) => propagateAtLaunch));
            const found = Object.fromEntries(all.map(({ key, value }) => [key, value]));
            assert.deepEqual({ ...found, ...TAGS, Name: name }, found);
          } else if (takesTags(type)) assert.deepEqual(tagsOf(resource), TAGS, `${type} ${name}`);
          else assert.equal(tagsOf(resource), undefined, `${type} ${name}`);
        }
        const specifications = values(resources, "LaunchTemplate", "tagSpecifications");
        assert.ok(specifications.length > 0);
        for (const each of specifications)
          assert.deepEqual(each, [
            { resourceType: "volume", tags: TAGS },
            { resourceType: "network-interface", tags: TAGS },
          ]);
      });

      it("are the groups' own alone if there are none", async () => {
        for (const resource of await made({ tags: {} })) {
          assert.ok(resource.type.endsWith(":Group") || tagsOf(resource) === undefined);
          assert.ok(!("tagSpecifications" in resource.inputs));
        }
      });
    });

  it("grows the primary's group alone by the measure that is asked, behind an ALB by its own requests", async () => {
    const policies = async (settings: object) => ofType(await fleet(settings), "Policy");
    const [cpu, ...others] = await policies({ targetTracking: { targetValue: 50 } });
    assert.deepEqual(others, []);
    assert.deepEqual(cpu?.inputs, {
      autoscalingGroupName: "myapp",
      policyType: "TargetTrackingScaling",
      targetTrackingConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: "ASGAverageCPUUtilization" },
        targetValue: 50,
      },
    });
    const predefinedMetricType = "ALBRequestCountPerTarget";
    const targetTracking = { predefinedMetricType, targetValue: 1000, disableScaleIn: true } as const;
    const [requests] = await policies({ loadBalancer: "alb", targetTracking });
    assert.deepEqual(requests?.inputs.targetTrackingConfiguration, {
      predefinedMetricSpecification: {
        predefinedMetricType,
        resourceLabel: "suffix:LoadBalancer/myapp/suffix:TargetGroup/myapp",
      },
      targetValue: 1000,
      disableScaleIn: true,
    });
    assert.deepEqual(await policies({}), []);
  });

  it("has a record for each of its host names, with one health check beside another side's", async () => {
    const hosts = ["www.myapp.example.com", "*.shop.example.com"];
    for (const dnsWeight of [undefined, 5]) {
      const resources = await fleet({ hosts, canaries: [], dnsWeight });
      const records = ofType(resources, "Record").map(({ name, inputs }) => [
        name,
        inputs.name,
        inputs.records,
      ]);
      const at = ["myapp.elb.amazonaws.com"];
      assert.deepEqual(records.sort(), [
        ["myapp", "myapp.example.com", at],
        ["myapp-host-2", "www.myapp.example.com", at],
        ["myapp-host-3", "*.shop.example.com", at],
      ]);
      const checks = ofType(resources, "HealthCheck");
      assert.equal(checks.length, dnsWeight === undefined ? 0 : 1);
      for (const { inputs } of ofType(resources, "Record"))
        assert.equal(inputs.healthCheckId, dnsWeight === undefined ? undefined : "HealthCheck/myapp-healthy");
    }
  });

  it("takes other answers than 200 as healthy behind listeners", async () => {
    const resources = await fleet({ loadBalancer: "alb", healthCheck: { matcher: "200-204,301" } });
    for (const check of values(resources, "TargetGroup", "healthCheck"))
      assert.equal((check as { matcher?: unknown }).matcher, "200-204,301");
  });

  for (const [title, made] of [
    ["instances", fleet],
    ["edge nodes", edge],
  ] as const)
    it(`has a root volume of the image's device, of a size and by a key of its own (${title})`, async () => {
      const kmsKeyId = "alias/disks";
      const resources = await made({
        rootBlockDevice: { deviceName: "/dev/sda1", volumeSize: 50, kmsKeyId },
      });
      const always = { encrypted: "true", volumeType: "gp3", deleteOnTermination: "true" };
      for (const mappings of values(resources, "LaunchTemplate", "blockDeviceMappings"))
        assert.deepEqual(mappings, [
          { deviceName: "/dev/sda1", ebs: { ...always, volumeSize: 50, kmsKeyId } },
        ]);
    });

  for (const loadBalancer of ["nlb", "classic"] as const) {
    it(`has edge nodes in subnets of their own behind an internal ${loadBalancer}`, async () => {
      const resources = await edge({ loadBalancer, internal: true, instanceSubnetIds: PRIVATE });
      assert.deepEqual(values(resources, "Group", "vpcZoneIdentifiers").flat(), PRIVATE);
      assert.deepEqual(values(resources, "LoadBalancer", "internal"), [true]);
      assert.deepEqual(inputsOf(resources, "LoadBalancer", "edge").subnets, ["subnet-a", "subnet-b"]);
    });
  }
});

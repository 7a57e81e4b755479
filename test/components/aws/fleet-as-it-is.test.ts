import assert from "node:assert/strict";
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

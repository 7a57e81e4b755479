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
    });
  }

  for (const loadBalancer of ["nlb", "classic"] as const) {
    it(`has edge nodes in subnets of their own behind an internal ${loadBalancer}`, async () => {
      const resources = await edge({ loadBalancer, internal: true, instanceSubnetIds: PRIVATE });
      assert.deepEqual(values(resources, "Group", "vpcZoneIdentifiers").flat(), PRIVATE);
      assert.deepEqual(values(resources, "LoadBalancer", "internal"), [true]);
      assert.deepEqual(inputsOf(resources, "LoadBalancer", "edge").subnets, ["subnet-a", "subnet-b"]);
    });
  }
});

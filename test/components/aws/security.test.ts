import assert from "node:assert/strict";
import { makeSecurity } from "../../../components/aws/security";
import { declared } from "./declared";

const elb = "SecurityGroup/myapp-elb";
const instances = "SecurityGroup/myapp-instances";
const spec = { vpcId: "vpc-0a1b2c3d4e5f60718", publicPorts: [80], port: 8080 };

describe("The security groups of an app", () => {
  const rules = async (direction: "Ingress" | "Egress", group: string) =>
    (await declared(() => makeSecurity("myapp", spec, {}, {})))
      .filter(({ type }) => type.endsWith(`:SecurityGroup${direction}Rule`))
      .map(({ inputs: { securityGroupId, ...rule } }) => ({ securityGroupId, rule }))
      .filter(({ securityGroupId }) => securityGroupId === group)
      .map(({ rule }) => rule);

  it("let the world in to the load balancers on the public ports only", async () => {
    assert.deepEqual(await rules("Ingress", elb), [
      { cidrIpv4: "0.0.0.0/0", ipProtocol: "tcp", fromPort: 80, toPort: 80 },
      { cidrIpv6: "::/0", ipProtocol: "tcp", fromPort: 80, toPort: 80 },
    ]);
  });

  it("let load balancers out to the instances on the app's port only", async () => {
    const rule = { referencedSecurityGroupId: instances, ipProtocol: "tcp", fromPort: 8080, toPort: 8080 };
    assert.deepEqual(await rules("Egress", elb), [rule]);
  });

  it("let the load balancers alone in to the instances, on the app's port only", async () => {
    const rule = { referencedSecurityGroupId: elb, ipProtocol: "tcp", fromPort: 8080, toPort: 8080 };
    assert.deepEqual(await rules("Ingress", instances), [rule]);
  });

  it("let instances out to the world", async () => {
    assert.deepEqual(await rules("Egress", instances), [
      { cidrIpv4: "0.0.0.0/0", ipProtocol: "-1" },
      { cidrIpv6: "::/0", ipProtocol: "-1" },
    ]);
  });
});

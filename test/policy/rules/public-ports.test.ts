import assert from "node:assert/strict";
import { graph, resource, said } from "../graphs";

const RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const tcp = (port: number) => ({ ipProtocol: "tcp", fromPort: port, toPort: port });
const check = (props: object, type = RULE): string[] =>
  said("public-ports", graph([resource(type, "rule", props)]));

describe("policy public-ports", () => {
  it("holds for ports 80 and 443, and for whatever is not the whole world", () => {
    assert.deepEqual(check({ cidrIpv4: "0.0.0.0/0", ...tcp(80) }), []);
    assert.deepEqual(check({ cidrIpv6: "::/0", ...tcp(443) }), []);
    assert.deepEqual(check({ cidrIpv4: "10.0.0.0/8", ...tcp(22) }), []);
    assert.deepEqual(check({ referencedSecurityGroupId: "sg-1", ...tcp(8080) }), []);
  });

  it("is broken by another port, a range of ports, or all", () => {
    assert.deepEqual(check({ cidrIpv4: "0.0.0.0/0", ...tcp(22) }), [
      "SecurityGroupIngressRule rule lets the whole world in on tcp port 22; allowed: tcp ports 80 and 443",
    ]);
    assert.match(check({ cidrIpv6: "::/0", ...tcp(80), toPort: 443 })[0] ?? "", /on tcp ports 80 to 443;/);
    assert.match(check({ cidrIpv4: "0.0.0.0/0", ipProtocol: "-1" })[0] ?? "", /on all ports;/);
    assert.match(check({ cidrIpv4: "0.0.0.0/0", ...tcp(80), ipProtocol: "udp" })[0] ?? "", /on udp port 80;/);
  });

  it("sees the rules inside a group, and those of the older type", () => {
    const ssh = { protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: ["10.0.0.0/8", "0.0.0.0/0"] };
    assert.equal(check({ ingress: [ssh] }, "aws:ec2/securityGroup:SecurityGroup").length, 1);
    assert.equal(check({ type: "ingress", ...ssh }, "aws:ec2/securityGroupRule:SecurityGroupRule").length, 1);
    assert.deepEqual(check({ type: "egress", ...ssh }, "aws:ec2/securityGroupRule:SecurityGroupRule"), []);
  });
});

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

  const LIST = "aws:ec2/managedPrefixList:ManagedPrefixList";
  const pieces = (...ranges: string[]) =>
    said(
      "public-ports",
      graph(
        ranges.map((range, i) =>
          resource(RULE, `rule${i}`, {
            [range.includes(":") ? "cidrIpv6" : "cidrIpv4"]: range,
            ...tcp(22),
          }),
        ),
      ),
    ).length;

  it("sees the world in pieces", () => {
    assert.equal(pieces("0.0.0.0/1", "128.0.0.0/1"), 2);
    assert.equal(pieces("0.0.0.0/1"), 1);
    assert.equal(pieces("::/1", "8000::/1"), 1);
    assert.equal(pieces("2000::/4", "3000::/4"), 2);
    assert.equal(pieces("0.0.0.0/0", "198.51.100.0/24"), 1);
    const quarters = Array.from({ length: 256 }, (_, i) => `${i}.0.0.0/8`);
    assert.ok(pieces(...quarters) > 200);
    assert.equal(check({ cidrIpv6: "::ffff:0.0.0.0/0", ...tcp(22) }).length, 1);
  });

  it("takes what a company may own for no world", () => {
    assert.equal(pieces("17.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"), 0);
    assert.equal(pieces("2600:1f00::/24", "2a05:d000::/25", "fd00::/8"), 0);
  });

  it("counts pieces together only on a port that they share", () => {
    const two = (a: object, b: object) =>
      said(
        "public-ports",
        graph([
          resource(RULE, "a", { cidrIpv4: "12.0.0.0/7", ipProtocol: "tcp", ...a }),
          resource(RULE, "b", { cidrIpv4: "16.0.0.0/6", ipProtocol: "tcp", ...b }),
        ]),
      ).length;
    assert.equal(two({ fromPort: 20, toPort: 22 }, { fromPort: 22, toPort: 30 }), 2);
    assert.equal(two({ fromPort: 20, toPort: 21 }, { fromPort: 22, toPort: 30 }), 0);
    assert.equal(two({ fromPort: 22, toPort: 22 }, { fromPort: 22, toPort: 22, ipProtocol: "udp" }), 0);
    assert.equal(two({ fromPort: 22, toPort: 22, ipProtocol: "6" }, { ipProtocol: "-1" }), 2);
  });

  it("reads the prefix lists of the stack", () => {
    const listed = (...cidrs: string[]) =>
      said(
        "public-ports",
        graph([
          resource(LIST, "list", { entries: cidrs.map((cidr) => ({ cidr })) }),
          resource(RULE, "rule", { prefixListId: "<list.id>", ...tcp(22) }),
          resource("aws:ec2/securityGroup:SecurityGroup", "group", {
            ingress: [{ prefixListIds: ["<list.id>"], protocol: "tcp", fromPort: 22, toPort: 22 }],
          }),
        ]),
      ).length;
    assert.equal(listed("0.0.0.0/1", "128.0.0.0/1"), 2);
    assert.equal(listed("198.51.100.0/24"), 0);
    const entry = resource("aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry", "e", { cidr: "::/0" });
    const rule = resource(RULE, "rule", { prefixListId: "<list.id>", ...tcp(22) });
    assert.equal(said("public-ports", graph([entry, rule])).length, 1);
  });
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { dnsWeights, type RecordSpec, recordArgs } from "../../../components/aws/dns";

const spec: RecordSpec = {
  host: "shop.example.com",
  target: {
    dnsName: "shop-1234567.elb.eu-west-1.amazonaws.com",
    zoneId: "Z2IFOLAFXWLO4F",
    health: { namespace: "AWS/NetworkELB", dimensions: { TargetGroup: "targetgroup/shop/0123456789abcdef" } },
  },
  zoneId: "Z0123456789ABCDEFGHIJ",
  zoneName: "example.com",
  dnsTtl: 30,
  side: "kubernetes",
  weight: 25,
  healthCheckId: "abc",
};

describe("A record of a side", () => {
  it("is a weighted CNAME with a health check", () => {
    assert.deepEqual(recordArgs(spec), {
      zoneId: spec.zoneId,
      name: "shop.example.com",
      type: "CNAME",
      ttl: 30,
      records: [spec.target.dnsName],
      setIdentifier: "kubernetes",
      weightedRoutingPolicies: [{ weight: 25 }],
      healthCheckId: "abc",
    });
  });

  const alias = (evaluateTargetHealth: boolean) => ({
    zoneId: spec.zoneId,
    name: "example.com",
    type: "A",
    aliases: [{ name: spec.target.dnsName, zoneId: "Z2IFOLAFXWLO4F", evaluateTargetHealth }],
    setIdentifier: "kubernetes",
    weightedRoutingPolicies: [{ weight: 25 }],
  });

  it("is for the zone's own name, which takes no CNAME, an alias with the same health check", () => {
    const atApex = recordArgs({ ...spec, host: "example.com" });
    assert.deepEqual(atApex, { ...alias(false), healthCheckId: "abc" });
  });

  it("is an alias that asks its target's health, where that is a classic load balancer or has no check", () => {
    const classic = { ...spec.target, health: { namespace: "AWS/ELB", dimensions: {} } };
    assert.deepEqual(recordArgs({ ...spec, host: "example.com", target: classic }), alias(true));
    assert.deepEqual(recordArgs({ ...spec, host: "example.com", healthCheckId: undefined }), alias(true));
  });
});

describe("The weights of both sides' records", () => {
  const percent = fc.integer({ min: 0, max: 100 });

  it("are the percentage and what it leaves of 100", () => {
    assert.deepEqual(dnsWeights(0), { elb: 100, kubernetes: 0 });
    assert.deepEqual(dnsWeights(5), { elb: 95, kubernetes: 5 });
    assert.deepEqual(dnsWeights(100), { elb: 0, kubernetes: 100 });
  });

  it("come to shares between the old and the new while one side's record is changed and the other's is not", () => {
    /** Route 53 takes weights that are all 0 for equal shares. */
    const share = (elb: number, kubernetes: number): number =>
      elb + kubernetes === 0 ? 50 : (kubernetes / (elb + kubernetes)) * 100;
    fc.assert(
      fc.property(percent, percent, (from, to) => {
        const [old, fresh] = [dnsWeights(from), dnsWeights(to)];
        for (const mixed of [share(old.elb, fresh.kubernetes), share(fresh.elb, old.kubernetes)]) {
          assert.ok(mixed >= Math.min(from, to) - 1e-9 && mixed <= Math.max(from, to) + 1e-9);
        }
      }),
    );
  });
});

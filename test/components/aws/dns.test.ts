import assert from "node:assert/strict";
import fc from "fast-check";
import { dnsWeights, type RecordSpec, recordArgs } from "../../../components/aws/dns";

const spec: RecordSpec = {
  host: "shop.example.com",
  target: {
    dnsName: "shop-1234567.elb.eu-west-1.amazonaws.com",
    zoneId: "Z2IFOLAFXWLO4F",
    health: { namespace: "AWS/NetworkELB", dimensions: {} },
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

  it("is for the zone's own name, which takes no CNAME, an alias that asks its target's health", () => {
    assert.deepEqual(recordArgs({ ...spec, host: "example.com" }), {
      zoneId: spec.zoneId,
      name: "example.com",
      type: "A",
      aliases: [{ name: spec.target.dnsName, zoneId: "Z2IFOLAFXWLO4F", evaluateTargetHealth: true }],
      setIdentifier: "kubernetes",
      weightedRoutingPolicies: [{ weight: 25 }],
    });
  });
});

describe("The weights of both sides' records", () => {
  it("are percents where these are whole", () => {
    assert.deepEqual(dnsWeights(0), { elb: 100, kubernetes: 0 });
    assert.deepEqual(dnsWeights(5), { elb: 95, kubernetes: 5 });
    assert.deepEqual(dnsWeights(100), { elb: 0, kubernetes: 100 });
  });

  it("express decimals as closely as 255 allows", () => {
    assert.deepEqual(dnsWeights(0.5), { elb: 199, kubernetes: 1 });
    assert.deepEqual(dnsWeights(0.01), { elb: 255, kubernetes: 1 });
  });

  it("are whole, within Route 53's bounds, and never both 0, at any percentage", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), (hundredths) => {
        const { elb, kubernetes } = dnsWeights(hundredths / 100);
        for (const weight of [elb, kubernetes])
          assert.ok(Number.isInteger(weight) && weight >= 0 && weight <= 255);
        assert.equal(elb === 0, hundredths === 10_000);
        assert.equal(kubernetes === 0, hundredths === 0);
        const share = (kubernetes / (elb + kubernetes)) * 100;
        assert.ok(Math.abs(share - hundredths / 100) < 0.4);
      }),
      { numRuns: 200 },
    );
  });
});

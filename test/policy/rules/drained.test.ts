import assert from "node:assert/strict";
import type { Departure } from "../../../policy/graph";
import { graph, said } from "../graphs";

const quiet: Departure = {
  urn: "urn:pulumi:test::canary-traffic::aws:elb/loadBalancer:LoadBalancer::myapp",
  seconds: 600,
  ttl: 60,
  answers: [],
  settled: 600,
  requests: 0,
};
const check = (change: Partial<Departure>): string[] =>
  said("drained", { ...graph([]), departures: [{ ...quiet, ...change }] });

describe("policy drained", () => {
  it("holds where no answer names the load balancer, and it had neither a request nor a new record for long enough", () => {
    assert.deepEqual(check({}), []);
  });

  const broken: readonly [Partial<Departure>, string][] = [
    [
      { answers: [{ host: "myapp.example.com", weight: 5 }] },
      "is named by DNS answers for myapp.example.com, by a record of weight 5; allowed: weight 0",
    ],
    [
      { settled: 240 },
      "an update changed its side's records 4 min ago; wait until it is 10 min, 10 times a TTL of 60 s",
    ],
    [
      { settled: undefined },
      "when an update last changed its side's records the state does not tell; export it anew, by pulumi stack export",
    ],
    [
      { requests: 3, seconds: 86_400, ttl: 300, settled: 90_000 },
      "had 3 requests or connections within 24 h; wait until it had none for 24 h, 288 times a TTL of 300 s",
    ],
    [{ requests: undefined }, "AWS has none of that name in this region, so requests can't be counted"],
  ];
  for (const [change, objection] of broken) {
    it(`is broken where it ${objection.split(";")[0]}`, () => {
      assert.deepEqual(check(change), [`LoadBalancer myapp goes and ${objection}`]);
    });
  }

  it("says nothing where nobody looked", () => {
    assert.deepEqual(said("drained", graph([])), []);
  });
});

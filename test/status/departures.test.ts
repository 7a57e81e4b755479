import assert from "node:assert/strict";
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import type { Preview } from "../../offline/preview";
import type { ResourceState } from "../../offline/state";
import type { Departure } from "../../policy/graph";
import { departures, leaving } from "../../status/departures";
import { type Metric, type UsageAccount, usageMetrics } from "../../status/requests";
import { both, clusterOnly, fleetsOnly, phase, released } from "../stacks/migrations";

const NOW = Date.parse("2026-06-15T12:00:00Z");
const CHANGED = "2026-06-15T11:00:00Z";
const EDGE = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/edge/0123456789abcdef";

/** What the state has of records and load balancers, as the engine keeps them. */
const kept = ({ type, name }: ResourceState): Partial<ResourceState> => {
  if (type === "aws:route53/record:Record") return { modified: CHANGED };
  if (!/:LoadBalancer$/.test(type)) return {};
  return { id: name === "edge" ? EDGE : name, outputs: { dnsName: `${name}-1.eu-west-1.elb.amazonaws.com` } };
};

const record = (host: string, balancer: string, weight: number): ResourceRecordSet => ({
  Name: `${host}.`,
  Type: "CNAME",
  Weight: weight,
  SetIdentifier: balancer,
  ResourceRecords: [{ Value: `${balancer}-1.eu-west-1.elb.amazonaws.com` }],
});

interface Usage {
  readonly records: ResourceRecordSet[];
  readonly balancers: string[];
  /** Requests by load balancer. */
  readonly requests: Record<string, number>;
}

class Fake implements UsageAccount {
  readonly asked: [Metric, Date][] = [];
  constructor(private readonly usage: Usage) {}
  classicLoadBalancers = async () => this.usage.balancers.map((LoadBalancerName) => ({ LoadBalancerName }));
  loadBalancers = async () => [{ LoadBalancerArn: EDGE }];
  records = async (_: string, host: string) => this.usage.records.filter(({ Name }) => Name === `${host}.`);
  total = async (metric: Metric, since: Date) => {
    this.asked.push([metric, since]);
    return this.usage.requests[metric.dimension[1]] ?? 0;
  };
}

const drained: Usage = {
  records: [record("myapp.example.com", "myapp", 0), record("myapp.example.com", "edge", 100)],
  balancers: ["myapp", "myapp-canary"],
  requests: {},
};

const shown = (seen: readonly Departure[]) =>
  seen.map(({ urn, ...rest }) => [urn.split("::").at(-1), rest.answers, rest.settled, rest.requests]);

describe("load balancers that an update deletes", function () {
  this.timeout(60_000);
  let last: Preview;

  before(async () => {
    last = await phase(released(), clusterOnly(), kept);
  });

  it("are those of a side that goes, and former ones, and no canary's at weight 0", async () => {
    const names = async (preview: Promise<Preview>): Promise<string[]> =>
      leaving(await preview)
        .map(({ name }) => name)
        .sort();
    assert.deepEqual(await names(Promise.resolve(last)), ["myapp", "myapp-canary"]);
    assert.deepEqual(await names(phase(both(0), fleetsOnly())), ["edge"]);
    assert.deepEqual(await names(phase(both(50), both(100))), []);
    const { aws } = fleetsOnly() as { aws: object };
    const switched = (former: object) =>
      fleetsOnly({ canaryWeight: 0, aws: { ...aws, loadBalancer: "alb", ...former } });
    const former = phase(switched({ formerLoadBalancer: "classic" }), switched({}));
    assert.deepEqual(await names(former), ["myapp"]);
  });

  it("are drained where no answer names them, no record was changed and nothing was counted for ten TTLs", async () => {
    const account = new Fake(drained);
    const seen = await departures(last, 10, account, NOW);
    assert.deepEqual(shown(seen).sort(), [
      ["myapp", [], 3600, 0],
      ["myapp-canary", [], 3600, 0],
    ]);
    assert.deepEqual(
      [...new Set(account.asked.map(([, since]) => since.toISOString()))],
      ["2026-06-15T11:50:00.000Z"],
    );
  });

  it("are in use where Route 53 names them with a weight, whatever the state says", async () => {
    const records = [record("myapp.example.com", "myapp", 7), record("myapp.example.com", "edge", 93)];
    const seen = await departures(last, 10, new Fake({ ...drained, records }), NOW);
    assert.deepEqual(
      seen.flatMap(({ answers }) => answers),
      [{ host: "myapp.example.com", weight: 7 }],
    );
  });

  it("are in use where requests are counted", async () => {
    const seen = await departures(last, 10, new Fake({ ...drained, requests: { "myapp-canary": 4 } }), NOW);
    assert.deepEqual(seen.map(({ requests }) => requests).sort(), [0, 4]);
  });

  it("have no count where AWS does not know them, rather than none", async () => {
    const seen = await departures(last, 10, new Fake({ ...drained, balancers: ["another"] }), NOW);
    assert.deepEqual(
      seen.map(({ requests }) => requests),
      [undefined, undefined],
    );
  });

  it("have the time since the last change of any record", async () => {
    const preview = await phase(released(), clusterOnly(), (state) => ({
      ...kept(state),
      ...(state.name === "myapp" && { modified: "2026-06-15T11:59:00Z" }),
    }));
    const seen = await departures(preview, 10, new Fake(drained), NOW);
    assert.deepEqual(
      seen.map(({ settled }) => settled),
      [60, 60],
    );
  });

  it("have no time where the state has none", async () => {
    const preview = await phase(released(), clusterOnly(), (state) => ({ ...kept(state), modified: "" }));
    const seen = await departures(preview, 10, new Fake(drained), NOW);
    assert.deepEqual(
      seen.map(({ settled }) => settled),
      [undefined, undefined],
    );
  });

  it("count requests, and behind an NLB new connections and those still open", () => {
    const named = (id: string) =>
      usageMetrics(id).map(({ namespace, name, dimension, statistic }) => [
        ...[namespace, name, ...dimension, statistic],
      ]);
    assert.deepEqual(named("myapp-1a2b3c4"), [
      ["AWS/ELB", "RequestCount", "LoadBalancerName", "myapp-1a2b3c4", "Sum"],
    ]);
    assert.deepEqual(named(EDGE), [
      ["AWS/NetworkELB", "NewFlowCount", "LoadBalancer", "net/edge/0123456789abcdef", "Sum"],
      ["AWS/NetworkELB", "ActiveFlowCount", "LoadBalancer", "net/edge/0123456789abcdef", "Maximum"],
    ]);
    assert.deepEqual(named(EDGE.replace("/net/", "/app/")), [
      ["AWS/ApplicationELB", "RequestCount", "LoadBalancer", "app/edge/0123456789abcdef", "Sum"],
    ]);
  });
});

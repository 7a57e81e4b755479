import assert from "node:assert/strict";
import { UserError } from "../../../base/user-error";
import type { ResourceState } from "../../../offline/state";
import { answersKept, chooseMove, isInMigration, move } from "../../../rollout/kinds/move";
import { makePlan, refuseUnjudged } from "../../../rollout/plan/make-plan";
import { rewrittenWithWeights } from "../../../rollout/updates/stack-file";
import { parseSettings } from "../../../stacks/settings";
import { both, configuration } from "../../stacks/migrations";
import { dev, onBoth, prod } from "../../stacks/raw";

const KEY = "myapp/Kubernetes";
const SUCCESS = {
  name: "success",
  source: "prometheus",
  query: "success-rate",
  better: "higher",
  minEffectPercent: 1,
};
const LATENCY = {
  name: "latency",
  source: "prometheus",
  query: "latency-p90",
  better: "lower",
  minEffectPercent: 20,
};
const sources = { prometheus: { url: "http://prometheus" }, cloudwatch: { region: "eu-west-1" } };
const judged = (metrics: readonly unknown[], change: Record<string, unknown> = {}) =>
  parseSettings(onBoth({ rollout: { analysis: { metrics }, sources }, ...change }));

describe("the move of users to Kubernetes", () => {
  it("is of all apps, as one number moves them, and on a platform with both sides alone", () => {
    const shop = { host: "shop.example.com", image: "shop:1", canaryImage: "shop:2" };
    const apps = { myapp: { ...shop, host: "myapp.example.com" }, shop };
    assert.deepEqual(chooseMove(parseSettings(onBoth({ apps }))), [
      { app: "myapp", canary: "Kubernetes" },
      { app: "shop", canary: "Kubernetes" },
    ]);
    for (const raw of [dev({}), prod({})])
      assert.throws(
        () => chooseMove(parseSettings(raw)),
        (error) =>
          error instanceof UserError &&
          /^--move: .* on platform (elb|kubernetes); allowed: platform migration$/.test(error.message),
      );
  });

  it("takes whole percentages, and refuses others that were asked for", () => {
    const plan = (flags: object) => {
      const settings = parseSettings(onBoth({}));
      return makePlan(settings, "prod", chooseMove(settings), { [KEY]: 0 }, { to: 100, ...flags });
    };
    assert.deepEqual(
      plan({ maxStep: 12.5 }).steps.map(({ weight }) => weight),
      [1, 5, 15, 25, 33, 41, 50, 60, 70, 80, 90, 100],
    );
    assert.throws(
      () => plan({ steps: [2.5] }),
      /^Error: 2\.5 %: dns\.kubernetesWeight takes whole percentages$/,
    );
    assert.throws(() => plan({ to: 0 }), /^Error: --to 0: allowed: more than Kubernetes has, which is 0 %$/);
  });

  it("has a step of a point at least by the policies", () => {
    const settings = parseSettings(onBoth({ policies: { maxStep: 0.5 } }));
    assert.throws(
      () => makePlan(settings, "prod", chooseMove(settings), {}, { to: 1 }),
      /^Error: policies\.maxStep is 0\.5: allowed: 1 or more/,
    );
  });

  it("is judged by what both sides count, each by its own source, whichever of them a metric names", () => {
    const beside = { source: "prometheus", against: "cloudwatch" };
    const plan = move.analysis(judged([SUCCESS, LATENCY])).metrics;
    assert.deepEqual(
      plan.map(({ name, source, against }) => [name, source, against]),
      [
        ["success", "prometheus", "cloudwatch"],
        ["latency", "prometheus", "cloudwatch"],
        ["not 4xx", "prometheus", "cloudwatch"],
      ],
    );
    const onAws = {
      ...SUCCESS,
      name: "aws",
      source: "cloudwatch",
      minEffectPercent: undefined,
      threshold: 99,
    };
    const [only, ...others] = move.analysis(judged([onAws])).metrics;
    assert.deepEqual([{ source: only?.source, against: only?.against }, others], [beside, []]);
    // The same of both sides is asked once, by the metric that compares.
    const names = move.analysis(judged([onAws, SUCCESS])).metrics.map(({ name }) => name);
    assert.deepEqual(names, ["success", "not 4xx"]);
  });

  it("leaves out what one side alone counts, and says so; with nothing left it is refused", () => {
    const own = { ...SUCCESS, name: "carts", query: "carts{service='{{service}}'}" };
    const person = { name: "looks well", source: "person", query: "Does it?" };
    const settings = judged([own, person]);
    assert.deepEqual(
      move.analysis(settings).metrics.map(({ name }) => name),
      ["looks well"],
    );
    assert.match(move.unjudged(settings).join(), /^metric carts does not judge the move: /);
    const nlb = judged([SUCCESS], { aws: { loadBalancer: "nlb" } });
    assert.match(
      move.unjudged(nlb).join(),
      /^metric success does not judge the move: success-rate of prometheus is not counted on both sides/,
    );
    const flags = { to: 100 };
    assert.throws(
      () => refuseUnjudged(makePlan(nlb, "prod", chooseMove(nlb), {}, flags), flags),
      /^Error: rollout\.analysis\.metrics has none that both sides count: nothing would judge Kubernetes\. Set /,
    );
  });

  it("takes as long as an answer is kept: the TTL, and a minute for an alias", () => {
    const kept = (aws: Record<string, unknown>): number => {
      const settings = parseSettings(onBoth({ aws }));
      return isInMigration(settings) ? answersKept(settings) : assert.fail();
    };
    assert.equal(kept({ dnsTtl: 30 }), 30);
    assert.equal(kept({ dnsTtl: 30, zoneName: "myapp.example.com" }), 60);
    assert.equal(kept({ dnsTtl: 300, zoneName: "myapp.example.com" }), 300);
  });

  const record = (name: string, setIdentifier: string, weight: number): ResourceState => ({
    urn: `urn:pulumi:prod::p::aws:route53/record:Record::${setIdentifier}-${name}`,
    type: "aws:route53/record:Record",
    name: `${setIdentifier}-${name}`,
    custom: true,
    inputs: { name, setIdentifier, zoneId: "Z1", weightedRoutingPolicies: [{ weight }] },
    outputs: {},
    dependencies: [],
    propertyDependencies: {},
  });
  const applied = (asked: number, ...records: ResourceState[]) => {
    const stack = { type: "pulumi:pulumi:Stack", outputs: { dns: { kubernetes: { asked } } } };
    const state = [{ ...record("", "", 0), ...stack }, ...records];
    const deployed = { settings: parseSettings(both(0)), configuration: configuration(both(0)), state };
    return move.applied(deployed, [{ app: "myapp", canary: "Kubernetes" }]);
  };

  it("is where all records are, though an update was cut off before it could say so", async () => {
    const whole = [record("a", "elb", 75), record("a", "kubernetes", 25)];
    assert.deepEqual(await applied(5, ...whole), { [KEY]: 25 });
  });

  it("is where it was while some records are not there yet, so that the step is taken again", async () => {
    const one = [record("a", "elb", 95), record("a", "kubernetes", 25)];
    assert.deepEqual(await applied(5, ...one), { [KEY]: 5 });
    const host = [
      record("a", "elb", 75),
      record("a", "kubernetes", 25),
      record("b", "elb", 95),
      record("b", "kubernetes", 5),
    ];
    assert.deepEqual(await applied(5, ...host), { [KEY]: 5 });
  });

  it("is not observed while one host of several is behind, nor if a record is missing", async () => {
    const state = [
      record("a", "elb", 75),
      record("a", "kubernetes", 25),
      record("b", "elb", 95),
      record("b", "kubernetes", 5),
    ];
    const deployed = { settings: parseSettings(both(0)), configuration: configuration(both(0)), state };
    const live = (weights: Record<string, number>) => ({
      records: async (_zone: string, host: string) =>
        ["elb", "kubernetes"].flatMap((SetIdentifier) => {
          const Weight = weights[`${host} ${SetIdentifier}`];
          return Weight === undefined ? [] : [{ Name: host, Type: "CNAME" as const, SetIdentifier, Weight }];
        }),
    });
    const observed = (weights: Record<string, number>) =>
      move.observed(deployed, [{ app: "myapp", canary: "Kubernetes" }], {
        cluster: undefined,
        account: live(weights) as never,
      });
    const a = { "a elb": 75, "a kubernetes": 25 };
    assert.deepEqual(await observed({ ...a, "b elb": 75, "b kubernetes": 25 }), { [KEY]: 25 });
    assert.deepEqual(await observed({ ...a, "b elb": 95, "b kubernetes": 5 }), { [KEY]: 15 });
    await assert.rejects(observed({ ...a, "b elb": 95 }), /DNS b: zone Z1 has no weighted record kubernetes/);
  });

  it("goes back by a rewritten stack file whose dns is a text", () => {
    const file = `config:\n  canary-traffic:dns: '{"kubernetesWeight": 50}'\n  canary-traffic:apps: '{"myapp": {}}'\n`;
    assert.match(
      rewrittenWithWeights(file, "canary-traffic", { [KEY]: 0 }),
      /dns:\n {4}kubernetesWeight: 0\n/,
    );
    assert.throws(
      () =>
        rewrittenWithWeights(`config:\n  canary-traffic:apps: {myapp: {}}\n`, "canary-traffic", { [KEY]: 0 }),
      /^Error: dns\.kubernetesWeight: is not in the stack file/,
    );
  });
});

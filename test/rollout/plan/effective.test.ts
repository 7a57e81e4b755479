import assert from "node:assert/strict";
import type { Weights } from "../../../analysis/plan";
import { rounded } from "../../../components/traffic";
import { audienceOf } from "../../../offline/audience";
import { deployed } from "../../../offline/preview";
import { untilObserved } from "../../../rollout/machine/observe";
import { expectedShares, refusals } from "../../../rollout/plan/effective";
import { makePlan } from "../../../rollout/plan/make-plan";
import { parseSettings } from "../../../stacks/settings";
import { PROJECT } from "../../cli/project";
import { both, configuration } from "../../stacks/migrations";
import { dev, prod } from "../../stacks/raw";
import { FakeClock, FakeShifter } from "../machine/world";

const KEY = "myapp/canary";
type Raw = Record<string, unknown>;

/** Whether a share counts as that of a weight. */
async function counts(raw: Raw, weight: number, observed: number): Promise<boolean> {
  const settings = parseSettings(raw);
  const clock = new FakeClock();
  const shifter = new FakeShifter({ [KEY]: observed }, clock);
  const expected = (weights: Weights) => expectedShares(settings, weights);
  const world = { shifter, clock, expected };
  return (await untilObserved(world, { [KEY]: weight }, 1, new AbortController().signal)).arrived;
}

/** A stack of each way to make a split. */
const STACKS: Readonly<Record<string, Raw>> = {
  "a router's weights": dev({}),
  pods: dev({ router: "replicas", apps: { myapp: { replicas: 4 } } }),
  instances: prod({}),
  listeners: prod({ aws: { loadBalancer: "alb" } }),
  "a fresh baseline": dev({ rollout: { baseline: "fresh" } }),
  "DNS, nobody on Kubernetes": both(0),
  "DNS, a third on Kubernetes": both(33),
  "DNS, everybody on Kubernetes": both(100),
};

describe("the share that a weight comes to", () => {
  for (const [title, raw] of Object.entries(STACKS))
    it(`is what a preview says of the same weight, made by ${title}`, async () => {
      for (const canaryWeight of [0, 1, 12.5, 40, 75, 100]) {
        const asked = { ...raw, canaryWeight };
        const settings = parseSettings(asked);
        if (refusals(settings, { [KEY]: canaryWeight }).length > 0) continue;
        const app = audienceOf(await deployed(PROJECT, configuration(asked))).get("myapp");
        const canary = app?.variants.find(({ name }) => name === "canary") ?? assert.fail();
        const { most } = expectedShares(settings, { [KEY]: canaryWeight })[KEY] ?? assert.fail();
        assert.equal(rounded(most), rounded(canary.weight.effective), `${canaryWeight} %`);
      }
    });

  it("is the weight itself where a router can express it", async () => {
    assert.ok(await counts(dev({}), 12.5, 12.5));
    assert.ok(await counts(dev({}), 33.33, 33.3299));
    assert.equal(await counts(dev({}), 12.5, 12.4), false);
  });

  it("is the canary's beside a baseline, too, which takes from the primary", async () => {
    const fresh = dev({ rollout: { baseline: "fresh" } });
    for (const weight of [12.5, 50, 75, 100]) assert.ok(await counts(fresh, weight, weight));
    assert.equal(await counts(fresh, 12.5, 25), false);
  });

  it("is that of pods or instances where those make the split", async () => {
    assert.ok(await counts(dev({ router: "replicas", apps: { myapp: { replicas: 4 } } }), 5, 25));
    assert.ok(await counts(prod({}), 1, 10));
    assert.equal(await counts(prod({}), 1, 1), false);
  });

  it("may be smaller beside a primary that its scaling policy has grown, but no smaller than that can make it", async () => {
    // One canary beside 9 to 18.
    assert.ok(await counts(prod({}), 10, 100 / 16));
    assert.ok(await counts(prod({}), 10, 100 / 19));
    assert.equal(await counts(prod({}), 10, 100 / 20), false);
    assert.equal(await counts(prod({}), 0, 1), false);
  });

  it("is exact above 50 %, where no primary grows, and behind listeners", async () => {
    assert.ok(await counts(prod({}), 75, 75));
    assert.equal(await counts(prod({}), 75, 70), false);
    assert.equal(await counts(prod({ aws: { loadBalancer: "alb" } }), 10, 6), false);
  });

  it("is that of both sides in a migration, by what DNS gives each", async () => {
    // One instance beside nine on the one side, 1 % on the other.
    assert.ok(await counts(both(50), 1, 5.5));
    assert.equal(await counts(both(50), 1, 1), false);
  });

  it("is told of the canaries that were asked for alone", () => {
    const beta = { image: "myapp:2.0.0", weight: 2 };
    const settings = parseSettings(dev({ apps: { myapp: { canaries: { beta } } } }));
    assert.deepEqual(Object.keys(expectedShares(settings, { "myapp/beta": 5 })), ["myapp/beta"]);
  });
});

describe("a rollout of a canary with pods for a part of the traffic", () => {
  const capacity = { replicas: 10, canaryReplicas: 3, minReadyCapacity: 10 };
  const settings = parseSettings(dev({ canaryWeight: 0, apps: { myapp: capacity } }));
  const plan = (to: number, steps?: readonly number[]) =>
    makePlan(settings, "dev", [{ app: "myapp", canary: "canary" }], { [KEY]: 0 }, { to, steps });

  it("is refused before its first step where the last takes more", () => {
    const line =
      /^Error: 100 %: apps\.myapp\.canaryReplicas is 3; allowed: 10 or more: 100 % of the 10 that minReadyCapacity says all traffic takes$/;
    assert.throws(() => plan(100), line);
    assert.throws(
      () => plan(100, [50]),
      /^Error: 50 %: apps\.myapp\.canaryReplicas is 3; allowed: 5 or more: /,
    );
  });

  it("goes as far as its pods can", () => {
    assert.deepEqual(
      plan(30).steps.map(({ weight }) => weight),
      [1, 5, 25, 30],
    );
    assert.deepEqual(refusals(settings, { [KEY]: 30 }), []);
  });
});

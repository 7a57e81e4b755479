import assert from "node:assert/strict";
import fc from "fast-check";
import type { Target, Weights } from "../../../analysis/plan";
import { deployed, isChange, isStack, preview } from "../../../offline/preview";
import { targetKindOf, targetKinds } from "../../../rollout/kinds";
import { chooseMove } from "../../../rollout/kinds/move";
import { makePlan } from "../../../rollout/plan/make-plan";
import { chooseTargets } from "../../../rollout/plan/targets";
import type { Deployed } from "../../../rollout/shifters/readings";
import { withWeights } from "../../../rollout/updates/stack-file";
import { parseSettings, type Settings } from "../../../stacks/settings";
import { PROJECT } from "../../cli/project";
import { both, configuration } from "../../stacks/migrations";
import { FakeAccount, made } from "../../status/faked";

type Raw = Record<string, unknown>;

/** Of each kind: its targets, and a migration at a weight of it; what else differs from 0 is the other kind's. */
const STACKS: Readonly<
  Record<
    keyof typeof targetKinds,
    { choose(settings: Settings): [Target, ...Target[]]; at(weight: number): Raw }
  >
> = {
  canaries: {
    choose: (settings) => chooseTargets(settings, []),
    at: (canaryWeight) => both(100, { canaryWeight }),
  },
  move: { choose: chooseMove, at: (weight) => both(weight, { canaryWeight: 10 }) },
};

const cluster = { find: async <T>(manifest: T) => manifest };

for (const name of Object.keys(targetKinds) as (keyof typeof targetKinds)[]) {
  const { choose, at } = STACKS[name];
  const kind = targetKinds[name];
  const targets = choose(parseSettings(at(0)));
  const key = Object.keys(kind.filed(parseSettings(at(0))))[0] ?? "";
  const all = (weight: number): Weights => ({ [key]: weight });

  /** A stack as an update to a weight left it, in an account that has it. */
  async function left(weight: number): Promise<{ deployed: Deployed; account: FakeAccount }> {
    const own = configuration(at(weight));
    const state = (await deployed(PROJECT, own)).map((each) => ({ ...each, id: made(each.name) }));
    const account = new FakeAccount({ stack: "prod", apps: [], resources: state });
    return { deployed: { settings: parseSettings(at(weight)), configuration: own, state }, account };
  }

  describe(`what a rollout raises, ${name}, as every kind,`, function () {
    this.timeout(180_000);

    it("is told by its targets", () => {
      assert.equal(targetKindOf(targets), kind);
    });

    it("takes steps that it can have and that the policies let it take", () => {
      const points = fc.integer({ min: 100, max: 10_000 }).map((each) => each / 100);
      const start = fc.integer({ min: 0, max: 99 });
      fc.assert(
        fc.property(points, start, fc.option(points, { nil: undefined }), (policy, from, maxStep) => {
          const settings = parseSettings({ ...at(0), policies: { maxStep: policy } });
          const { steps } = makePlan(settings, "prod", targets, all(from), { to: 100, maxStep });
          const weights = steps.map(({ weight }) => weight);
          assert.equal(weights.at(-1), 100);
          weights.forEach((weight, i) => {
            const rise = weight - (weights[i - 1] ?? from);
            assert.ok(rise > 0 && rise <= policy + 1e-9, `${weights} by ${policy}`);
            assert.equal(Math.round(weight * 100) % kind.grain, 0);
            assert.deepEqual(kind.refusals(settings, all(weight)), []);
          });
        }),
        { numRuns: 50 },
      );
    });

    it("changes its resources by a weight and nothing else, and goes back by these", async () => {
      const before = await deployed(PROJECT, configuration(at(0)));
      const { steps } = await preview(PROJECT, configuration(at(25)), before);
      const changes = steps.filter((step) => isChange(step) && !isStack(step));
      const settings = parseSettings(at(0));
      assert.ok(changes.length > 0);
      assert.deepEqual(
        changes.filter((step) => !kind.isShift(settings, targets)(step)),
        [],
      );
      const routing = before.filter(kind.routing(settings, targets)).map(({ urn }) => urn);
      assert.deepEqual(
        changes.filter(({ urn }) => !routing.includes(urn)),
        [],
      );
      // Those of the other kinds are none of its.
      for (const [other, { at: elsewhere }] of Object.entries(STACKS)) {
        if (other === name) continue;
        const was = await deployed(PROJECT, configuration(elsewhere(0)));
        const others = (await preview(PROJECT, configuration(elsewhere(25)), was)).steps;
        const shifts = others.filter((step) => isChange(step) && kind.isShift(settings, targets)(step));
        assert.deepEqual(shifts, [], other);
      }
    });

    it("is read from the state and from what there is", async () => {
      for (const weight of [0, 25, 100]) {
        const { deployed: stack, account } = await left(weight);
        assert.deepEqual(await kind.applied(stack, targets), all(weight));
        const observed = await kind.observed(stack, targets, { cluster, account });
        const { least, most } = kind.expected(stack.settings, all(weight))[key] ?? assert.fail();
        const share = observed[key] ?? assert.fail();
        assert.ok(share >= least - 0.01 && share <= most + 0.01, `${share} at ${weight}`);
        assert.deepEqual(kind.filed(stack.settings), all(weight));
      }
    });

    it("is written to the stack file, and nothing else is", () => {
      const file = (weight: number): string => {
        const [canary, share] = name === "move" ? [10, weight] : [weight, 100];
        return `config:\n  canary-traffic:dns: {kubernetesWeight: ${share}} # users\n  canary-traffic:apps:\n    myapp:\n      canaryWeight: ${canary}\n`;
      };
      assert.equal(withWeights(file(5), "canary-traffic", all(25)), file(25));
    });

    it("says who comes after it went back, and what comes after all of it", () => {
      assert.ok(kind.timesToEmpty(parseSettings(at(0)), targets).every((line) => line.length > 20));
      assert.match(kind.next("prod"), /\bcanary .* -s prod /);
      assert.match(kind.backBy(targets), /^ --/);
    });
  });
}

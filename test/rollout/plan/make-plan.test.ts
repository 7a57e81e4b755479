import assert from "node:assert/strict";
import fc from "fast-check";
import type { Target } from "../../../analysis/plan";
import { UserError } from "../../../base/user-error";
import { expectedShares } from "../../../rollout/plan/effective";
import { makePlan, type PlanFlags } from "../../../rollout/plan/make-plan";
import type { Plan } from "../../../rollout/plan/plan";
import { chooseTargets } from "../../../rollout/plan/targets";
import { parseSettings, type Settings } from "../../../stacks/settings";
import { dev, prod } from "../../stacks/raw";

type Raw = Record<string, unknown>;
const TARGETS: [Target] = [{ app: "myapp", canary: "canary" }];
const KEY = "myapp/canary";
/** Policies that leave a rollout's steps alone. */
const ANY_STEP = { rules: { "max-step": "advisory" } };

function made(raw: Raw, flags: Partial<PlanFlags> = {}, from = 0): Plan {
  return makePlan(parseSettings(raw), "prod", TARGETS, { [KEY]: from }, { to: 100, ...flags });
}

const weights = ({ steps }: Plan): number[] => steps.map(({ weight }) => weight);
const shareAt = (settings: Settings, weight: number): number =>
  expectedShares(settings, { [KEY]: weight })[KEY]?.most ?? 0;

describe("a rollout's plan", () => {
  it("has the steps, the bake and the analysis of the defaults", () => {
    const { steps, analysis, hours } = made(dev({}));
    assert.deepEqual(weights({ steps } as Plan), [1, 5, 25, 50, 75, 100]);
    assert.ok(steps.every(({ bakeSeconds, approval }) => bakeSeconds === 300 && !approval));
    assert.deepEqual(
      [analysis.intervalSeconds, analysis.minRequests, analysis.onNoTraffic],
      [30, 30, "hold"],
    );
    assert.equal(hours, undefined);
  });

  it("begins above where the canary is, and ends where it is to be", () => {
    assert.deepEqual(weights(made(dev({}), { to: 40 }, 5)), [25, 40]);
    assert.deepEqual(weights(made(dev({}), { to: 30 }, 26)), [30]);
  });

  it("takes steps, bake and approvals of the command line before those of the settings", () => {
    const rollout = { steps: [10, 20], bakeSeconds: 60, approvals: [20] };
    const filed = made(dev({ rollout }));
    assert.deepEqual(weights(filed), [10, 20, 40, 60, 80, 100]);
    assert.deepEqual(
      filed.steps.map(({ approval }) => approval),
      [false, true, false, false, false, false],
    );
    const asked = made(dev({ rollout }), { to: 40, steps: [20], bakeSeconds: 5, approve: true });
    assert.deepEqual(asked.steps, [
      { weight: 20, bakeSeconds: 5, approval: true },
      { weight: 40, bakeSeconds: 5, approval: true },
    ]);
  });

  it("asks for the approval of a weight before the step that reaches it, whichever steps there are", () => {
    const rollout = { steps: [5, 25, 100], approvals: [25] };
    const approved = (raw: Raw, flags: Partial<PlanFlags>, from?: number): number[] =>
      made(raw, flags, from).steps.flatMap(({ weight, approval }) => (approval ? [weight] : []));
    const any = dev({ rollout, policies: ANY_STEP });
    assert.deepEqual(approved(any, {}), [25]);
    assert.deepEqual(approved(any, { steps: [10, 50] }), [50]);
    assert.deepEqual(approved(any, { to: 60, steps: [5, 30] }), [30]);
    assert.deepEqual(approved(any, { steps: [5, 60], maxStep: 22 }), [41.66]);
    assert.deepEqual(approved(any, { to: 24 }), []);
    assert.deepEqual(approved(any, {}, 25), []);
    // 1 % is what 2 % comes to: no step, but it was to be approved.
    const fleets = prod({ rollout: { steps: [2, 25], approvals: [2] } });
    assert.deepEqual(approved(fleets, { to: 25 }, 1), [25]);
  });

  it("grows by a factor", () => {
    const exponential = { from: 2, factor: 3, to: 60 };
    assert.deepEqual(weights(made(dev({ rollout: { exponential } }), { to: 60 })), [2, 6, 18, 36, 54, 60]);
  });

  it("divides steps that rise too far, evenly", () => {
    assert.deepEqual(weights(made(dev({ rollout: { maxStep: 20 } }), { to: 50 })), [1, 5, 25, 37.5, 50]);
    assert.deepEqual(weights(made(dev({ policies: ANY_STEP }), { steps: [10], maxStep: 45 })), [10, 55, 100]);
  });

  it("divides steps that rise further than the stack's own policies allow, unless they are no refusal", () => {
    const steps = [50];
    assert.deepEqual(weights(made(dev({}), { steps, maxStep: 60 })), [25, 50, 75, 100]);
    assert.deepEqual(weights(made(dev({ policies: { maxStep: 40 } }), { steps })), [25, 50, 75, 100]);
    assert.deepEqual(weights(made(dev({ policies: { maxStep: 50 } }), { steps })), [50, 100]);
    assert.deepEqual(weights(made(dev({ policies: ANY_STEP }), { steps })), [50, 100]);
    assert.throws(
      () => made(dev({ policies: { maxStep: 0 } })),
      /^Error: policies\.maxStep is 0: no canary may rise/,
    );
  });

  it("goes by way of weights that come to the same where the policies allow no step as far, and bakes once", () => {
    // With two pods any weight between is one of either.
    const pods = dev({ router: "replicas", canaryWeight: 0, apps: { myapp: { replicas: 2 } } });
    const { steps } = made(pods, { to: 60, steps: [30], approve: true, bakeSeconds: 10 });
    assert.deepEqual(steps, [
      { weight: 15, bakeSeconds: 0, approval: true },
      { weight: 30, bakeSeconds: 0, approval: false },
      { weight: 45, bakeSeconds: 0, approval: false },
      { weight: 60, bakeSeconds: 10, approval: false },
    ]);
  });

  it("has one step for weights that come to the same number of instances", () => {
    // 1 and 5 % are one instance beside nine.
    assert.deepEqual(weights(made(prod({}))), [5, 25, 50, 75, 100]);
    const rollout = { steps: [1, 5], bakeSeconds: 10, approvals: [1] };
    assert.deepEqual(made(prod({ rollout }), { to: 5 }).steps, [
      { weight: 5, bakeSeconds: 10, approval: true },
    ]);
  });

  it("has the last step even where nothing comes of it", () => {
    assert.deepEqual(weights(made(prod({}), { to: 2 }, 1)), [2]);
  });

  it("goes across 50 % by way of 50 behind classic load balancers alone", () => {
    const policies = ANY_STEP;
    assert.deepEqual(weights(made(prod({ policies }), { steps: [25] })), [25, 50, 100]);
    assert.deepEqual(
      weights(made(prod({ policies, aws: { loadBalancer: "alb" } }), { steps: [25] })),
      [25, 100],
    );
  });

  it("leaves out default steps that a router can't take, and refuses those that were asked for", () => {
    const switching = dev({ router: "blue-green", canaryWeight: 0, policies: ANY_STEP });
    assert.deepEqual(weights(made(switching)), [100]);
    assert.throws(
      () => made(switching, { steps: [25] }),
      /^Error: 25 %: myapp: router blue-green takes a split that gives one variant 100 %/,
    );
  });

  it("is refused where the router's only step is further than the policies allow", () => {
    assert.throws(
      () => made(dev({ router: "blue-green", canaryWeight: 0 })),
      /^Error: 0 % -> 100 %: the router takes no weight between; allowed: 25 points by policies\.maxStep, or/,
    );
  });

  it("is refused where the canary is there already, or another one has the rest", () => {
    assert.throws(
      () => made(dev({}), { to: 10 }, 10),
      /--to 10: allowed: more than the canary has, which is 10 %/,
    );
    assert.throws(
      () => made(dev({}), { to: 50, steps: [60] }),
      /--steps 60: allowed: at most --to, which is 50/,
    );
    const beta = { image: "myapp:2.0.0", weight: 2 };
    const two = dev({ canaryWeight: 0, apps: { myapp: { canaries: { beta } } } });
    assert.throws(() => made(two), /^Error: 100 %: myapp: canaries take 102 % together/);
  });

  it("rises, ends as asked, and changes what users get with each step", () => {
    const weight = fc.integer({ min: 1, max: 10_000 }).map((hundredths) => hundredths / 100);
    const stack = fc.oneof(
      fc.integer({ min: 1, max: 40 }).map((fleetSize) => prod({ policies: ANY_STEP, aws: { fleetSize } })),
      fc.constantFrom("traefik", "istio", "contour").map((router) => dev({ router, policies: ANY_STEP })),
      fc
        .integer({ min: 2, max: 30 })
        .map((replicas) => dev({ router: "replicas", policies: ANY_STEP, apps: { myapp: { replicas } } })),
    );
    const steps = fc
      .uniqueArray(weight, { minLength: 1, maxLength: 6 })
      .map((all) => all.sort((a, b) => a - b));
    fc.assert(
      fc.property(
        stack,
        steps,
        weight,
        fc.option(fc.integer({ min: 1, max: 99 })),
        (raw, all, start, maxStep) => {
          const [to = 100, ...before] = [...all].reverse();
          fc.pre(start < to);
          const settings = parseSettings(raw);
          const flags = { to, steps: before.reverse(), maxStep: maxStep ?? undefined };
          const plan = makePlan(settings, "prod", TARGETS, { [KEY]: start }, flags);
          const course = [start, ...weights(plan)];
          const shares = course.map((percent) => shareAt(settings, percent));
          assert.equal(course.at(-1), to);
          for (const [i, percent] of course.entries()) {
            if (i === 0) continue;
            const [last = 0, share = 0, previous = 0] = [course[i - 1], shares[i], shares[i - 1]];
            assert.ok(percent > last, `${course}`);
            assert.ok(course.length === 2 || share !== previous, `${course}: ${shares}`);
            const isClassic = settings.platform === "elb" && settings.aws.loadBalancer === "classic";
            assert.ok(!isClassic || previous >= 50 || share <= 50 || last >= 50, `${course}: ${shares}`);
            // Traefik makes of a weight what was asked, so there nothing is merged.
            if (settings.platform === "kubernetes" && settings.apps[0]?.router === "traefik")
              assert.ok(maxStep === null || percent - last <= maxStep + 1e-9, `${course}`);
          }
        },
      ),
    );
  });
});

describe("the targets of a rollout", () => {
  const beta = { image: "myapp:2.0.0", weight: 2 };
  const shop = { host: "shop.example.com", image: "shop:1.0.0", canaryImage: "shop:1.1.0" };
  const settings = parseSettings(
    dev({ apps: { myapp: {}, shop, idle: { ...shop, host: "i.example.com", canaryImage: undefined } } }),
  );
  const several = parseSettings(dev({ apps: { myapp: { canaries: { beta } } } }));

  it("are the canaries of all apps, or those that were asked for", () => {
    assert.deepEqual(chooseTargets(settings, []), [
      { app: "myapp", canary: "canary" },
      { app: "shop", canary: "canary" },
    ]);
    assert.deepEqual(chooseTargets(settings, ["shop"]), [{ app: "shop", canary: "canary" }]);
    assert.deepEqual(chooseTargets(several, ["myapp/beta"]), [{ app: "myapp", canary: "beta" }]);
  });

  it("are named by who has several, and exist", () => {
    assert.throws(() => chooseTargets(several, []), UserError);
    assert.throws(
      () => chooseTargets(several, ["myapp"]),
      /--app myapp: has several canaries; allowed: myapp\/canary, myapp\/beta/,
    );
    assert.throws(
      () => chooseTargets(settings, ["idle"]),
      /--app idle: no such canary; allowed: myapp\/canary/,
    );
    assert.throws(
      () => chooseTargets(settings, ["shop", "shop/canary"]),
      /--app shop\/canary: allowed: each canary once/,
    );
  });
});

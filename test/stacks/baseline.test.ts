import assert from "node:assert/strict";
import fc from "fast-check";
import { type RouterName, routerNames, routers } from "../../components/routers";
import { routeOf } from "../../stacks/apps";
import { splitOf } from "../../stacks/baseline";
import { parseSettings } from "../../stacks/settings";
import { dev } from "./raw";

const BASELINE = { canary: "canary", replicas: 1 };
const weights = (canary: number, others = 0): number[] =>
  splitOf(
    [{ name: "canary", weight: canary }, ...(others > 0 ? [{ name: "debug", weight: others }] : [])],
    BASELINE,
  ).variants.map(({ weight }) => weight);

describe("the share of a fresh baseline", () => {
  it("is the canary's, and beyond 50 % what the canary leaves", () => {
    assert.deepEqual(weights(10), [80, 10, 10]);
    assert.deepEqual(weights(50), [0, 50, 50]);
    assert.deepEqual(weights(75), [0, 75, 25]);
    assert.deepEqual(weights(100), [0, 100, 0]);
    assert.deepEqual(weights(0), [100, 0, 0]);
    assert.deepEqual(weights(40, 30), [0, 40, 30, 30]);
  });

  it("never takes a split beyond 100 %, nor anything from a canary", () => {
    const hundredths = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(hundredths, hundredths, (one, other) => {
        fc.pre(one + other <= 10_000);
        const [primary = 0, canary = 0, ...rest] = weights(one / 100, other / 100);
        const baseline = rest.at(-1) ?? 0;
        assert.equal(canary, one / 100);
        assert.ok(baseline <= canary && primary >= 0);
        assert.ok(Math.abs(primary + canary + rest.reduce((sum, weight) => sum + weight, 0) - 100) < 1e-9);
      }),
    );
  });
});

describe("routers and a fresh baseline", () => {
  const settingsOf = (router: RouterName, more: object = {}) => {
    const { traefikProvider } = routers[router];
    const further = traefikProvider === undefined || traefikProvider === "crd" ? [] : [traefikProvider];
    const traefik = traefikProvider === "kubernetes" ? { version: "v1" } : { providers: ["crd", ...further] };
    const old = { routers: { "traefik-v1": { kubernetesVersion: "1.21" } } };
    const canaryWeight = router === "blue-green" ? 0 : 20;
    const rollout = { baseline: "fresh" };
    return parseSettings(
      dev({ router, traefik, canaryWeight, rollout, ...more, ...(router === "traefik-v1" && old) }),
    );
  };
  const refused: readonly RouterName[] = ["nginx", "replicas", "blue-green"];

  for (const router of refused) {
    it(`are refused by name: ${router}`, () => {
      assert.throws(() => settingsOf(router), {
        message: new RegExp(
          `^rollout\\.baseline is "fresh"; allowed: primary, with myapp: router ${router} takes [^\n]*$`,
        ),
      });
    });
  }

  for (const router of routerNames().filter((name) => !refused.includes(name))) {
    it(`have the canary's share for it: ${router}`, () => {
      const settings = settingsOf(router);
      const [app] = settings.apps;
      assert.ok(app !== undefined && settings.platform === "kubernetes");
      const { readWeights, manifests } = routers[router];
      const { myapp = 0, ...others } = readWeights(manifests(routeOf(app, settings.traefik)));
      const { "myapp-canary": canary = 0, "myapp-baseline": baseline = 0 } = others;
      assert.ok(canary > 0);
      assert.deepEqual([baseline, myapp], [canary, 3 * canary]);
    });
  }

  it("wait for a canary that has no weight and no pods yet", () => {
    const idle = { canaryWeight: 0, apps: { myapp: { canaryReplicas: 0 } } };
    assert.equal(settingsOf("gateway", idle).apps[0]?.baseline?.replicas, 0);
  });
});

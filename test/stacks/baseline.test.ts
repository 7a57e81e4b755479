import assert from "node:assert/strict";
import fc from "fast-check";
import { routerNames, routers } from "../../components/routers";
import { splitOf } from "../../stacks/baseline";
import { parseSettings, SettingsError } from "../../stacks/settings";
import { dev } from "./bad-settings";

const OLD = { routers: { "traefik-v1": { kubernetesVersion: "1.21" } } };
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
  it("either split to it at any weight or are refused by name", () => {
    const refused = routerNames.filter((router) => {
      const { traefikProvider } = routers[router];
      const traefik =
        traefikProvider === "kubernetes"
          ? { version: "v1" }
          : {
              providers: [
                "crd",
                ...(traefikProvider === undefined || traefikProvider === "crd" ? [] : [traefikProvider]),
              ],
            };
      const raw = dev({
        router,
        traefik,
        canaryWeight: 0,
        rollout: { baseline: "fresh" },
        ...(router === "traefik-v1" && OLD),
      });
      try {
        parseSettings(raw);
        return false;
      } catch (error) {
        assert.ok(error instanceof SettingsError);
        assert.match(
          error.message,
          new RegExp(`^rollout\\.baseline is "fresh"; allowed: primary, with myapp: router ${router} takes `),
        );
        assert.equal(error.problems.length, 1, error.message);
        return true;
      }
    });
    assert.deepEqual(refused, ["nginx", "replicas", "blue-green"]);
  });
});

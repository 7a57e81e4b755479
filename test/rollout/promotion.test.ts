import assert from "node:assert/strict";
import { PromotionError, planPromotion } from "../../rollout/promotion";
import { parseSettings } from "../../stacks/settings";
import { dev } from "../stacks/bad-settings";

const TARGET = { app: "myapp", canary: "canary" };
const FILE = `config:
  canary-traffic:apps:
    myapp:
      image: registry.example.com/myapp:1.0.0
      canaryImage: registry.example.com/myapp:1.1.0 # new
      canaryWeight: 100
`;

const promotion = (change: Record<string, unknown> = {}, weight = 100) =>
  planPromotion(FILE, "canary-traffic", parseSettings(dev(change)), [TARGET], { "myapp/canary": weight });

describe("a promotion", () => {
  it("gives the primary the canary's image before the weight returns", () => {
    const { primaries, weights, promoted } = promotion();
    const image = FILE.replace(
      "image: registry.example.com/myapp:1.0.0",
      "image: registry.example.com/myapp:1.1.0",
    );
    assert.equal(primaries, image);
    assert.deepEqual(weights, [{ "myapp/canary": 0 }]);
    assert.equal(promoted, image.replace("canaryWeight: 100", "canaryWeight: 0"));
  });

  it("returns the weight by way of 50 % where pods make it", () => {
    assert.deepEqual(promotion({ router: "replicas" }).weights, [
      { "myapp/canary": 50 },
      { "myapp/canary": 0 },
    ]);
  });

  it("is refused while some users still have the primary's version", () => {
    assert.throws(
      () => promotion({}, 50),
      new PromotionError("myapp/canary: is at 50 %; allowed: at 100 %, where users have its version already"),
    );
  });
});

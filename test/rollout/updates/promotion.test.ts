import assert from "node:assert/strict";
import { UserError } from "../../../base/user-error";
import { planPromotion } from "../../../rollout/updates/promotion";
import { parseSettings } from "../../../stacks/settings";
import { both } from "../../stacks/migrations";
import { dev, prod } from "../../stacks/raw";

const TARGET = { app: "myapp", canary: "canary" };
const FILE = `config:
  canary-traffic:apps:
    myapp:
      image: registry.example.com/myapp:1.0.0
      canaryImage: registry.example.com/myapp:1.1.0 # new
      canaryWeight: 100
`;

const promotion = (change: Record<string, unknown> = {}, weight = 100, unapplied: readonly string[] = []) =>
  planPromotion(
    FILE,
    "canary-traffic",
    parseSettings(dev(change)),
    [TARGET],
    { "myapp/canary": weight },
    unapplied,
  );
/** The primary has the canary's image by the stack file. */
const begun = { apps: { myapp: { image: "registry.example.com/myapp:1.1.0" } } };

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
      new UserError("myapp/canary: is at 50 %; promote it at 100 %, when users have its version already"),
    );
  });

  it("is refused where the stack file would bring users something else", () => {
    const change = "update kubernetes:apps/v1:Deployment myapp-canary";
    for (const raw of [{}, begun])
      assert.throws(
        () => promotion(raw, 100, [change]),
        new UserError(`the stack file has changes that nobody judged: ${change}; run canary up first`),
      );
  });

  it("goes on where the primary did not become ready, which alone is still to be updated", () => {
    const change = "update kubernetes:apps/v1:Deployment myapp";
    assert.deepEqual(promotion(begun, 100, [change]).weights, [{ "myapp/canary": 0 }]);
    assert.throws(() => promotion({}, 100, [change]), UserError);
  });

  it("goes on where it was cut off at 50 %, and only where 50 % is on its way", () => {
    const { primaries, weights } = promotion({ ...begun, router: "replicas" }, 50);
    assert.match(primaries, /canaryWeight: 50$/m);
    assert.deepEqual(weights, [{ "myapp/canary": 50 }, { "myapp/canary": 0 }]);
    assert.throws(() => promotion(begun, 50), UserError);
    assert.throws(() => promotion({ router: "replicas" }, 50), UserError);
  });

  describe("of machine images", () => {
    const AWS = `config:
  canary-traffic:platform: elb
  canary-traffic:apps:
    myapp:
      canaryWeight: 100
  canary-traffic:aws:
    amiId: ami-0a1b2c3d4e5f60718 # the shop's
    canaryAmiId: ami-0b1c2d3e4f5061728
`;
    const aws = (loadBalancer: string) =>
      prod({ canaryWeight: 100, aws: { canaryAmiId: "ami-0b1c2d3e4f5061728", loadBalancer } });
    const ofMachines = (raw: Record<string, unknown>, text = AWS) =>
      planPromotion(text, "canary-traffic", parseSettings(raw), [TARGET], { "myapp/canary": 100 }, []);

    it("gives all primaries the canary's, and returns the weight by way of 50 % where instances make it", () => {
      const { primaries, weights } = ofMachines(aws("classic"));
      assert.equal(primaries, AWS.replace("ami-0a1b2c3d4e5f60718", "ami-0b1c2d3e4f5061728"));
      assert.deepEqual(weights, [{ "myapp/canary": 50 }, { "myapp/canary": 0 }]);
      assert.deepEqual(ofMachines(aws("alb")).weights, [{ "myapp/canary": 0 }]);
    });

    it("gives both sides of a migration the canary's", () => {
      const text = AWS.replace(
        "      canaryWeight",
        "      image: registry.example.com/myapp:1.0.0\n      canaryWeight",
      );
      const { primaries } = ofMachines(both(50, { canaryWeight: 100 }), text);
      assert.equal(
        primaries,
        text.replace("ami-0a1b2c3d4e5f60718", "ami-0b1c2d3e4f5061728").replace("myapp:1.0.0", "myapp:1.1.0"),
      );
    });

    it("gives a primary with an image of its own that of its canary, and leaves those of others", () => {
      const own = "ami-0c1d2e3f405162738";
      const apps = {
        myapp: { host: "a.example.com", aws: { amiId: "ami-0d1e2f3041526374a", canaryAmiId: own } },
        shop: { host: "b.example.com" },
      };
      const text = AWS.replace(
        "      canaryWeight: 100\n",
        `      canaryWeight: 100\n      aws:\n        amiId: ami-0d1e2f3041526374a\n        canaryAmiId: ${own}\n`,
      );
      assert.equal(
        ofMachines({ ...aws("alb"), apps }, text).primaries,
        text.replace("ami-0d1e2f3041526374a", own),
      );
    });

    it("is refused where other apps have the same machine image and are not promoted", () => {
      const raw = aws("alb");
      const shop = { ...raw, apps: { myapp: { host: "a.example.com" }, shop: { host: "b.example.com" } } };
      assert.throws(
        () => ofMachines(shop),
        new UserError("aws.amiId is the machine image of shop, too; promote all apps at once"),
      );
    });
  });
});

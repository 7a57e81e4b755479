import assert from "node:assert/strict";
import { fleetOf } from "../../stacks/fleets";
import { hasFleets, parseSettings } from "../../stacks/settings";
import { fleetWeights } from "../../stacks/weights";
import { prod } from "./raw";

const fleets = (aws: object, own: object) => {
  const apps = {
    shop: { host: "shop.example.com", aws: own },
    web: { host: "web.example.com" },
  };
  const settings = parseSettings({ ...prod({ aws }), apps, canaryWeight: 25 });
  assert.ok(hasFleets(settings));
  const [shop, web] = settings.apps.map((app) => fleetOf(settings, app));
  assert.ok(shop !== undefined && web !== undefined);
  return { settings, shop, web };
};

describe("An app's own fleets", () => {
  it("have the app's settings in place of the stack's, and all others of the stack", () => {
    const { shop, web } = fleets(
      { instanceType: "m7g.large", healthCheck: { interval: 30, timeout: 20 }, tags: { team: "web" } },
      { instanceType: "c7g.large", healthCheck: { interval: 60 }, tags: { "cost-center": "shop" } },
    );
    assert.deepEqual([shop.instanceType, web.instanceType], ["c7g.large", "m7g.large"]);
    assert.deepEqual(shop.healthCheck, { interval: 60, timeout: 20 });
    assert.deepEqual(shop.tags, { team: "web", "cost-center": "shop" });
    assert.deepEqual(web.tags, { team: "web" });
    assert.equal(shop.vpcId, web.vpcId);
  });

  it("take nothing of the stack's that goes with an image or a size of the stack's", () => {
    const given = { canaryAmiId: "ami-0b1c2d3e4f5061728", maxSize: 12, fleetSize: 9 };
    const own = { amiId: "ami-0c1d2e3f405162738", fleetSize: 20 };
    const { shop, web } = fleets(given, own);
    assert.deepEqual([shop.amiId, shop.canaryAmiId], [own.amiId, own.amiId]);
    assert.deepEqual([shop.fleetSize, shop.maxSize], [20, 40]);
    assert.deepEqual([web.canaryAmiId, web.maxSize], [given.canaryAmiId, 12]);
  });

  it("need no image of the stack's if each app has its own", () => {
    const apps = { shop: { host: "shop.example.com", aws: { amiId: "ami-0c1d2e3f405162738" } } };
    const raw = { ...prod({ aws: { amiId: undefined } }), apps };
    const settings = parseSettings(raw);
    assert.ok(hasFleets(settings));
    assert.equal(fleetOf(settings, settings.apps[0] ?? {}).amiId, "ami-0c1d2e3f405162738");
  });

  it("make weights by their own number of instances", () => {
    const { settings } = fleets({ fleetSize: 4 }, { fleetSize: 10 });
    const effective = settings.apps.map((app) => fleetWeights(settings, app).canary?.effective);
    assert.deepEqual(effective, [23.08, 20]);
  });
});

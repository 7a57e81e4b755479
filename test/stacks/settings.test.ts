import assert from "node:assert/strict";
import { fleetOf } from "../../stacks/fleets";
import { parseSettings, parseToGoBack, SettingsError } from "../../stacks/settings";
import { badSettings } from "./bad-settings";
import { dev, prod } from "./raw";

const problems = (raw: Record<string, unknown>): string[] => {
  try {
    parseSettings(raw);
    return [];
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.message.split("\n");
  }
};

describe("the settings to go back by", () => {
  it("are those of the stack file where that is right, and without what is wrong below rollout where it is not", () => {
    const right = dev({ rollout: { bakeSeconds: 7 } });
    assert.equal(parseToGoBack(right).rollout.bakeSeconds, 7);
    for (const rollout of [
      { steps: [] },
      { baseline: "fresh", window: 3 },
      "no object",
      { engine: "none" },
    ]) {
      assert.throws(() => parseSettings(dev({ rollout })), SettingsError);
      parseToGoBack(dev({ rollout }));
    }
    const { rollout } = parseToGoBack(dev({ rollout: { baseline: "fresh", window: 3 } }));
    assert.equal(rollout.baseline, "fresh");
  });

  it("still have nothing wrong beside rollout", () => {
    const wrong = dev({ canaryWeight: 101, rollout: { steps: [] } });
    assert.throws(() => parseToGoBack(wrong), /canaryWeight is 101/);
  });
});

describe("the settings", () => {
  it("fill in what the stack file leaves out", () => {
    const settings = parseSettings(dev({ platform: undefined }));
    assert.equal(settings.platform, "kubernetes");
    const [app] = settings.apps;
    assert.equal(app?.namespace, "myapp");
    assert.equal(app?.router, "traefik");
    assert.deepEqual(app?.split.variants, [
      { name: "primary", weight: 90 },
      { name: "canary", weight: 10 },
    ]);
  });

  it("take numbers and flags as a command line gives them, as texts", () => {
    const settings = parseSettings(dev({ canaryWeight: "12.25", traefik: { clusterWide: "false" } }));
    assert.equal(settings.apps[0]?.split.canaryWeight, 12.25);
    assert.equal(settings.platform === "kubernetes" && settings.traefik.clusterWide, false);
  });

  it("take a variable that a command line made a number or a flag for the text that it was", () => {
    const [app] = parseSettings(dev({ apps: { myapp: { env: { SIZE: 7, DEBUG: true } } } })).apps;
    assert.deepEqual(app?.env, { SIZE: "7", DEBUG: "true" });
  });

  it("give an app's own weight precedence, and count every canary", () => {
    const app = { canaryWeight: 5, canaries: { beta: { image: "myapp:2.0.0", weight: 0.5 } } };
    const [{ split } = { split: undefined }] = parseSettings(
      dev({ canaryWeight: 40, apps: { myapp: app } }),
    ).apps;
    assert.deepEqual(
      split?.variants.map(({ weight }) => weight),
      [94.5, 5, 0.5],
    );
  });

  it("put canaries in one order, however the file is sorted", () => {
    const beta = { image: "myapp:2.0.0", weight: 2 };
    const app = { canaries: { beta, alpha: { ...beta, weight: 1 } } };
    const [{ canaries } = { canaries: [] }] = parseSettings(dev({ apps: { myapp: app } })).apps;
    assert.deepEqual(
      canaries.map(({ name }) => name),
      ["canary", "alpha", "beta"],
    );
  });

  it("default the AWS sizes and the canary's image to the primary's", () => {
    const settings = parseSettings(prod({}));
    assert.ok(settings.platform === "elb");
    const fleet = fleetOf(settings, settings.apps[0] ?? {});
    assert.equal(fleet.maxSize, 18);
    assert.equal(fleet.canaryAmiId, settings.aws.amiId);
  });

  it("count what Pulumi.yaml declares as default as not set, on both platforms", () => {
    const declared = { router: "traefik", traefik: {}, secrets: {}, aws: {}, policies: {}, protect: false };
    assert.deepEqual(problems({ ...declared, ...dev({}) }), []);
    assert.deepEqual(problems({ ...declared, ...prod({}) }), []);
  });

  it("take an app with the name of what every object has for an app", () => {
    const apps = { constructor: { host: "c.example.com", image: "c:1" } };
    const settings = parseSettings({ ...dev({}), apps });
    assert.ok(settings.platform === "kubernetes");
    assert.deepEqual(settings.secretNames, Object.fromEntries([["constructor", []]]));
  });

  it("take apps whose names begin alike, where their objects don't have one name", () => {
    const shop = { image: "shop:1", canaryImage: "shop:2", host: "shop.example.com" };
    const front = { image: "front:1", host: "front.example.com" };
    assert.deepEqual(problems(dev({ apps: { shop, "shop-front": front } })), []);
  });

  it("name a value below secrets in no error", () => {
    const secrets = { myapp: { KEY: ["hunter2"], "BAD-NAME": "hunter2" }, Bad: "hunter2" };
    const found = problems(dev({ secrets }));
    assert.equal(found.length, 3, found.join("\n"));
    assert.doesNotMatch(found.join("\n"), /hunter2/);
  });

  it("list every problem at once", () => {
    const found = problems(dev({ canaryWeight: 101, router: "nope", apps: { myapp: { port: 0 } } }));
    assert.equal(found.length, 3, found.join("\n"));
  });

  for (const { title, raw, line } of badSettings) {
    it(`refuse ${title} in one line`, () => {
      const found = problems(raw);
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0] ?? "", line);
    });
  }
});

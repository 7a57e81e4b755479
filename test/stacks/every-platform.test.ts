import assert from "node:assert/strict";
import { platforms as known, type Platform, type PlatformName } from "../../stacks/platforms";
import { anew } from "../anew";
import { dev, onBoth, onCluster, prod, type Raw } from "./raw";

const extended = anew(() => {
  const { platforms, isShared, isClusterAlone }: typeof import("../../stacks/platforms") =
    require("../../stacks/platforms");
  // Platforms that this test alone has.
  (platforms as Record<string, Platform>).twin = { hasFleets: true, hasCluster: true };
  (platforms as Record<string, Platform>).pods = { hasFleets: false, hasCluster: true };
  const { parseSettings, hasFleets, hasCluster }: typeof import("../../stacks/settings") =
    require("../../stacks/settings");
  const { expectedShares, isByInstances }: typeof import("../../rollout/plan/effective") =
    require("../../rollout/plan/effective");
  const { placesOf }: typeof import("../../rollout/places") = require("../../rollout/places");
  const { routingOf }: typeof import("../../rollout/shifters/routing-objects") =
    require("../../rollout/shifters/routing-objects");
  const { wantedInAws, wantedInCluster }: typeof import("../../adoption/wanted") =
    require("../../adoption/wanted");
  return {
    platforms,
    isShared,
    isClusterAlone,
    parseSettings,
    hasFleets,
    hasCluster,
    expectedShares,
    isByInstances,
    placesOf,
    routingOf,
    wantedInAws,
    wantedInCluster,
  };
});

it("What a test adds to the platforms is gone with it", () => {
  assert.ok("twin" in extended.platforms);
  assert.ok(!("twin" in known));
});

for (const platform of Object.keys(extended.platforms) as PlatformName[]) {
  const sides = extended.platforms[platform];
  const { hasFleets, hasCluster } = sides;
  const isShared = extended.isShared(sides);
  const isClusterAlone = extended.isClusterAlone(sides);

  const raw = (change: Raw = {}): Raw => ({
    ...(isShared ? onBoth(change) : hasFleets ? prod(change) : dev(change)),
    platform,
  });
  const app = { host: "myapp.example.com", ...(hasCluster && { image: "a:1", canaryImage: "a:2" }) };
  const parsed = (change: Raw = {}) => extended.parseSettings(raw(change));

  /** Whether the platform takes these settings, or a message says on which platforms they are. */
  const takes = (change: Raw, key: string): boolean => {
    try {
      parsed(change);
      return true;
    } catch (error) {
      assert.match((error as Error).message, new RegExp(`${key.replaceAll(".", "\\.")}.*on platform `));
      return false;
    }
  };

  describe(`platform ${platform}, as every platform,`, () => {
    it("has the settings of its sides, and no others", () => {
      const settings = parsed();
      assert.deepEqual(
        ["aws", "traefik", "dns"].filter((key) => key in settings),
        [...(hasFleets ? ["aws"] : []), ...(hasCluster ? ["traefik"] : []), ...(isShared ? ["dns"] : [])],
      );
      assert.deepEqual(
        [extended.hasFleets(settings), extended.hasCluster(settings)],
        [hasFleets, hasCluster],
      );
    });

    it("refuses what none of its sides reads", () => {
      const branches = { images: { fix: "a:3" } };
      const debug = { runtimeClass: "kata", sidecar: { image: "a:1" } };
      assert.equal(takes({ traefik: { version: "v3" } }, "traefik"), hasCluster);
      assert.equal(takes({ dns: { kubernetesWeight: 10 } }, "dns"), isShared);
      assert.equal(takes({ apps: { myapp: { ...app, branches } } }, "apps.myapp.branches"), isClusterAlone);
      assert.equal(takes({ apps: { myapp: { ...app, debug } } }, "apps.myapp.debug"), isClusterAlone);
      assert.equal(takes({ rollout: { baseline: "fresh" } }, "rollout.baseline"), isClusterAlone);
      if (!hasFleets) assert.equal(takes(onCluster({ aws: { fleetSize: 5 } }), "aws.fleetSize"), false);
    });

    it("has weights by instances, load balancers that count, and groups to shift if it has fleets", async () => {
      const settings = parsed();
      const { place } = extended.placesOf(settings, async () => []);
      assert.equal(extended.isByInstances(settings), hasFleets);
      // The state, which is asked for load balancers alone, has none.
      if (hasFleets) await assert.rejects(async () => place("myapp", "canary"), /the state has no name/);
      else assert.equal((await place("myapp", "canary")).balancer, undefined);
      const parent = "urn:pulumi:prod::canary-traffic::canary-traffic:aws:CanaryFleet::myapp";
      const group = { type: "aws:autoscaling/group:Group", name: "myapp", inputs: {}, parent };
      assert.equal(extended.routingOf(settings, ["myapp"])(group), hasFleets);
    });

    it("comes to the shares that its sides make, by what DNS gives each", () => {
      // One instance beside nine is 10 %, whatever was asked; a router is exact.
      const settings = parsed({ ...(isShared && { dns: { kubernetesWeight: 50 } }) });
      const { most } = extended.expectedShares(settings, { "myapp/canary": 2 })["myapp/canary"] ?? {};
      assert.equal(most, isShared ? 6 : hasFleets ? 10 : 2);
    });

    it("is taken over from where it has a side", () => {
      const values = Object.fromEntries(
        Object.entries(raw({ apps: { myapp: app } })).map(([key, value]) => [
          `canary-traffic:${key}`,
          typeof value === "string" ? value : JSON.stringify(value),
        ]),
      );
      const configuration = { namespace: "canary-traffic", stack: "test", values } as unknown as Parameters<
        typeof extended.wantedInAws
      >[0];
      const allows = (wanted: () => unknown): boolean => {
        try {
          wanted();
          return true;
        } catch (error) {
          assert.match((error as Error).message, new RegExp(`platform is ${platform}; allowed: `));
          return false;
        }
      };
      assert.equal(
        allows(() => extended.wantedInAws(configuration)),
        hasFleets,
      );
      assert.equal(
        allows(() => extended.wantedInCluster(configuration)),
        hasCluster,
      );
    });
  });
}

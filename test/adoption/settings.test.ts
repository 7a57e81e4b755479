import assert from "node:assert/strict";
import { withSettings } from "../../adoption/settings";

describe("settings written into a stack's file", () => {
  it("take the places of others, and leave comments, order and everything else", () => {
    const text = [
      "# the shop's",
      "config:",
      "  canary-traffic:aws:",
      "    fleetSize: 9 # for now",
      "    vpcId: vpc-0a1b2c3d4e5f60718",
      '  canary-traffic:canaryWeight: "10"',
      "encryptionsalt: v1:abc",
      "",
    ].join("\n");
    const changes = {
      "canary-traffic:aws": { fleetSize: 4, publicSubnetIds: ["subnet-1", "subnet-2"] },
      "canary-traffic:adopt": { "Group/shop": "shop" },
    };
    assert.equal(
      withSettings(text, changes),
      [
        "# the shop's",
        "config:",
        "  canary-traffic:aws:",
        "    fleetSize: 4 # for now",
        "    vpcId: vpc-0a1b2c3d4e5f60718",
        "    publicSubnetIds:",
        "      - subnet-1",
        "      - subnet-2",
        '  canary-traffic:canaryWeight: "10"',
        "  canary-traffic:adopt:",
        "    Group/shop: shop",
        "encryptionsalt: v1:abc",
        "",
      ].join("\n"),
    );
  });

  it("make a file of an empty one", () => {
    assert.equal(
      withSettings("", { "canary-traffic:aws": { fleetSize: 4 } }),
      "config:\n  canary-traffic:aws:\n    fleetSize: 4\n",
    );
  });
});

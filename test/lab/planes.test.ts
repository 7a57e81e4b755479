import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { routerNames, routers } from "../../components/routers";
import { planes } from "../end-to-end/planes";

/** Routers that have a suite of their own with requests: they split by pods. */
const BY_PODS = ["replicas", "blue-green"];

describe("data planes that route real requests", () => {
  it("are those of the routers that say so, and of no others", () => {
    const routed = new Set<string>([...Object.values(planes).map(({ router }) => router), ...BY_PODS]);
    const said = routerNames().filter((name) => routers[name].traits.routed);
    assert.deepEqual([...said].sort(), [...routed].sort());
  });

  it("each have a file of tests", () => {
    const files = readdirSync(join(__dirname, "../end-to-end")).filter((name) => name.startsWith("plane-"));
    assert.deepEqual(
      files.sort(),
      Object.keys(planes)
        .map((name) => `plane-${name}.test.ts`)
        .sort(),
    );
  });
});

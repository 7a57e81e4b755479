import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { run } from "./run";

describe("canary schema", () => {
  it("prints what ships, wherever it is asked", async () => {
    const before = process.cwd();
    try {
      process.chdir("/");
      const { code, stdout } = await run("schema");
      assert.equal(code, 0);
      assert.equal(stdout, readFileSync(resolve(__dirname, "..", "..", "schema.json"), "utf8"));
    } finally {
      process.chdir(before);
    }
  });
});

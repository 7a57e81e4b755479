import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const PROJECT = resolve(__dirname, "../..");

describe("every planted fault", () => {
  for (const name of readdirSync(__dirname).filter((file) => file.endsWith(".patch")))
    it(`can be planted, and names tests that there are: ${name}`, () => {
      const { stderr } = spawnSync("git", ["apply", "--check", join(__dirname, name)], {
        cwd: PROJECT,
        encoding: "utf8",
      });
      assert.equal(stderr, "");
      const [, tests = ""] =
        /^# Caught by(?: the lab)?: (.+)$/m.exec(readFileSync(join(__dirname, name), "utf8")) ?? [];
      assert.notEqual(tests, "");
      for (const file of tests.split(", ")) assert.ok(existsSync(join(PROJECT, file)), file);
    });
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Repository } from "../repository";
import { run } from "./run";

const shipped = readFileSync(resolve(__dirname, "..", "..", "schema.json"), "utf8");

describe("canary schema", () => {
  const before = process.cwd();
  const elsewhere = new Repository();
  after(() => elsewhere.remove());
  afterEach(() => process.chdir(before));

  it("prints what ships, and in a project of another name the schema of that project's keys", async () => {
    process.chdir(join(__dirname, "..", ".."));
    assert.equal((await run("schema")).stdout, shipped);
    process.chdir(elsewhere.folder);
    assert.equal((await run("schema")).stdout, shipped);
    elsewhere.write({ "Pulumi.yaml": "name: shop\n" });
    const { code, stdout } = await run("schema");
    assert.equal(code, 0);
    const { properties } = JSON.parse(stdout).properties.config;
    assert.ok("shop:apps" in properties && !("canary-traffic:apps" in properties));
    assert.doesNotMatch(stdout, /canary-traffic:/);
  });
});

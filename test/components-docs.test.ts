import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { componentsPage } from "../packaging/api";

describe("docs/components.md", () => {
  it("is what npm run docs makes of the doc comments, of which none lacks a default or an example", () => {
    const file = join(resolve(__dirname, ".."), "docs/components.md");
    assert.equal(readFileSync(file, "utf8"), componentsPage());
  }).timeout(120_000);
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { routersMarkdown } from "../cli/routers-print";
import { routerNames, routers } from "../components/routers";
import { settingsOf } from "../components/routers/settings";

describe("docs/routers.md", () => {
  it("is what the registry says; npm run docs writes it", () => {
    const page = readFileSync(join(__dirname, "..", "docs", "routers.md"), "utf8");
    assert.equal(page, routersMarkdown());
  });

  it("explains every setting of every router", () => {
    for (const name of routerNames()) {
      for (const { key, description } of settingsOf(routers[name])) {
        assert.notEqual(description, "", `routers.${name}.${key}`);
      }
    }
  });
});

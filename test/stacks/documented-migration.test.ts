import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { documentedPreviews } from "./documented-migration";

describe("docs/migration.md", function () {
  this.timeout(60_000);

  it("shows the preview of each phase of its stack file", async () => {
    const document = readFileSync(resolve(__dirname, "../../docs/migration.md"), "utf8");
    const shown = [...document.matchAll(/```text\n(.*?)```/gs)].map(([, text]) => text);
    assert.deepEqual(shown, await documentedPreviews(document));
  });
});

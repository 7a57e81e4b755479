import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../cli/run";
import { EXAMPLES, PAGES, shown } from "./pages";

describe("the examples", () => {
  const before = process.cwd();
  beforeEach(() => process.chdir(EXAMPLES));
  afterEach(() => process.chdir(before));

  for (const page of PAGES) {
    for (const { words, output } of shown(page)) {
      it(`show in ${page} what canary ${words.join(" ")} prints`, async () => {
        assert.equal((await run(...words)).stdout, output);
      });
    }
  }

  it("link to files that are there", () => {
    for (const page of PAGES) {
      const text = readFileSync(join(EXAMPLES, page), "utf8");
      for (const [, target = ""] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
        const found = /^https?:/.test(target) || existsSync(join(EXAMPLES, dirname(page), target));
        assert.ok(found, `${page} links to ${target}`);
      }
    }
  });

  for (const file of readdirSync(EXAMPLES)) {
    const stack = /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1];
    if (stack === undefined) continue;
    it(`break no policy: ${stack}`, async () => {
      const { stdout, code } = await run("check", "-s", stack);
      assert.equal(code, 0, stdout);
    });
    it(`are rendered whole: ${stack}`, async () => {
      const { stdout, code } = await run("render", "-s", stack);
      assert.equal(code, 0);
      assert.match(stdout, /kind: Deployment/);
    });
  }
});

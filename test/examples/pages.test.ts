import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { ENDING } from "../../examples/appinfo/app";
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

  it("let appinfo end by itself before Kubernetes kills it", async () => {
    const { stdout } = await run("render", "-s", "appinfo");
    const objects = stdout.split(/^---$/m).map((object) => parse(object));
    const { spec } = objects.find((object) => object?.kind === "Deployment").spec.template;
    const [{ lifecycle }] = spec.containers;
    const left = spec.terminationGracePeriodSeconds - lifecycle.preStop.sleep.seconds;
    assert.ok((ENDING.servesMs + (ENDING.finishesMs ?? 0)) / 1000 < left);
  });

  it("and the stacks beside them have no key of anybody's passphrase", () => {
    for (const folder of [EXAMPLES, dirname(EXAMPLES)]) {
      for (const file of readdirSync(folder).filter((name) => /^Pulumi\..+\.yaml$/.test(name))) {
        const keys = Object.keys(parse(readFileSync(join(folder, file), "utf8")));
        for (const key of ["secretsprovider", "encryptedkey", "encryptionsalt"])
          assert.ok(!keys.includes(key), `${join(folder, file)} has ${key}`);
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
      const { stdout, code } = await run("render", "-s", stack, "--format", "json");
      assert.equal(code, 0);
      assert.match(stdout, /"type": "(kubernetes:apps\/v1:Deployment|aws:autoscaling\/group:Group)"/);
    });
  }
});

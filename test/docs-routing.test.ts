import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { run } from "./cli/run";
import { Repository } from "./repository";

const ROOT = resolve(__dirname, "..");
const text = readFileSync(join(ROOT, "docs/routing.md"), "utf8");
const [providers, both, one] = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = ""]) => yaml);
const shown = [...text.matchAll(/\$ npx canary (.*)\n([\s\S]*?)```/g)].map(([, words = "", output]) => ({
  words: words.split(" "),
  output,
}));

type Settings = { readonly [key: string]: Settings | string | readonly string[] };

/** A stack's file with some settings more. */
function merged(settings: Settings, more: Settings): Settings {
  const values = Object.entries(more).map(([key, value]) => {
    const before = settings[key];
    return [key, isMap(before) && isMap(value) ? merged(before, value) : value];
  });
  return { ...settings, ...Object.fromEntries(values) };
}

const isMap = (value: Settings[string] | undefined): value is Settings =>
  typeof value === "object" && !Array.isArray(value);

describe("a switch of routers, as documented", function () {
  this.timeout(180_000);
  const here = process.cwd();
  let repository: Repository;

  before(() => {
    repository = new Repository();
    repository.addProgram();
    process.chdir(repository.folder);
  });

  after(() => {
    process.chdir(here);
    repository.remove();
  });

  /** Stack dev with the settings of these blocks. */
  const write = (...blocks: (string | undefined)[]): void => {
    const dev: Settings = parse(readFileSync(join(ROOT, "Pulumi.dev.yaml"), "utf8"));
    const whole = blocks.reduce((settings, block) => merged(settings, parse(block ?? "")), dev);
    repository.write({ "Pulumi.dev.yaml": stringify(whole) });
  };

  for (const [title, index, before, after] of [
    ["creates the new routes alone", 0, [providers], [providers, both]],
    ["then deletes the old ones alone", 1, [providers, both], [providers, one]],
    ["is refused where both are one update", 2, [providers], [providers, one]],
  ] as const) {
    it(title, async () => {
      write(...before);
      repository.commit();
      write(...after);
      const { words = [], output } = shown[index] ?? {};
      assert.equal((await run(...words)).stdout, output);
    });
  }
});

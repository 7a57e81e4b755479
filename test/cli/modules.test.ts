import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { groups } from "../../cli/commands";
import { run } from "./run";

const ROOT = resolve(__dirname, "../..");
const FOLDER = /node_modules\/((?:@[^/]+\/)?[^/]+)/;

/** The modules of each package that a command has loaded with its first line, of those with their own package.json. */
function loaded(...words: string[]): {
  readonly packages: readonly string[];
  readonly count: number;
  readonly text: string;
} {
  const folder = mkdtempSync(join(tmpdir(), "canary-modules-"));
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--require", join(ROOT, "test/bench/measured.js"), join(ROOT, "bin/canary.js"), ...words],
    { cwd: ROOT, encoding: "utf8", env: { ...process.env, MEASURED: folder, FIRST_LINE: "1" } },
  );
  const modules = readdirSync(folder).flatMap(
    (file): string[] => JSON.parse(readFileSync(join(folder, file), "utf8")).modules,
  );
  rmSync(folder, { recursive: true });
  const packages = [...new Set(modules.flatMap((file) => FOLDER.exec(file)?.[1] ?? []))].sort();
  return { packages, count: modules.length, text: stdout + stderr };
}

/** What the definition of a command may need, beside what parses command lines. */
const SMALL = ["fastest-levenshtein", "picocolors", "semver", "simple-statistics", "yaml"];

describe("what a command loads before its first line", function () {
  this.timeout(60_000);
  // Without a bundle of it a process makes one by another.
  before(() => void loaded("schema"));

  for (const [words, first] of [
    [["--help"], /^Usage: canary/],
    [["routers"], /^router /],
    [["abort", "-s", "dev"], /^canary abort: stack dev\n$/],
    [["rollback", "-s", "dev"], /^canary rollback: stack dev\n$/],
  ] as const)
    it(`is the parser of command lines alone: canary ${words.join(" ")}`, () => {
      const { packages, count, text } = loaded(...words);
      assert.match(text, first);
      assert.deepEqual(packages, ["commander"]);
      assert.ok(count <= 13, `${count} modules`);
    });

  for (const { name } of Object.values(groups).flat())
    it(`is neither Pulumi nor a client of a cloud: canary ${name} --help`, () => {
      const { packages, count, text } = loaded(name, "--help");
      assert.match(text, new RegExp(`^Usage: canary ${name}`));
      const others = packages.filter((one) => one !== "commander" && !SMALL.includes(one));
      assert.deepEqual(
        others,
        name === "demo"
          ? ["debug", "follow-redirects", "has-flag", "http-proxy-3", "ms", "supports-color"]
          : [],
      );
      assert.ok(count <= 150, `${count} modules`);
    });

  it("does not change what the help says of it: what may follow a name is what the command takes", async () => {
    const { stdout } = await run("--help");
    for (const { name, load } of Object.values(groups).flat()) {
      const command = load();
      assert.equal(command.name(), name);
      const term = command.createHelp().subcommandTerm(command);
      assert.ok(
        stdout.split("\n").some((line) => line === `  ${term}` || line.startsWith(`  ${term} `)),
        term,
      );
    }
  });
});

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { badSettings } from "../stacks/bad-settings";
import { dev } from "../stacks/raw";
import { run } from "./run";

const PROJECT = resolve(__dirname, "../..");

const lines = (text: string): string[] => text.trimEnd().split("\n");

describe("bad input", () => {
  const before = process.cwd();
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "canary-"));
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      `name: canary-traffic\nmain: ${JSON.stringify(join(PROJECT, "index.ts"))}\nruntime: nodejs\n`,
    );
    symlinkSync(join(PROJECT, "node_modules"), join(folder, "node_modules"), "junction");
    process.chdir(folder);
  });

  afterEach(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  });

  const stackFile = (raw: Record<string, unknown>): void => {
    const config = Object.entries(raw).map(([key, value]) => [`canary-traffic:${key}`, value]);
    writeFileSync(join(folder, "Pulumi.dev.yaml"), stringify({ config: Object.fromEntries(config) }));
  };

  it("has forty examples and more", () => {
    assert.ok(badSettings.length >= 40);
  });

  for (const { title, raw, line } of badSettings) {
    it(`as ${title} is one line on stderr, and exit code 2`, async () => {
      stackFile(raw);
      const { code, stdout, stderr } = await run("preview", "--json");
      assert.equal(stdout, "");
      assert.equal(lines(stderr).length, 1, stderr);
      assert.match(lines(stderr)[0] ?? "", line);
      assert.equal(code, 2);
    });
  }

  it("never shows a secret", async () => {
    stackFile({ ...dev({}), secrets: { myapp: { "BAD-NAME": "hunter2" } } });
    const { stderr } = await run("preview");
    assert.match(stderr, /^secrets\.myapp\.BAD-NAME/);
    assert.doesNotMatch(stderr, /hunter2/);
  });

  const commandLines: readonly [string, string[], RegExp][] = [
    ["an unknown command", ["previw"], /unknown command 'previw'/],
    ["an unknown option", ["preview", "--jsn"], /unknown option '--jsn'/],
    ["an unknown format", ["preview", "--format", "xml"], /'xml' is invalid.*allowed: text, json/],
    [
      "a stack without a file",
      ["preview", "-s", "staging"],
      /^stack staging: there is no .*Pulumi\.staging\.yaml; allowed: dev$/,
    ],
    [
      "a setting without a value",
      ["preview", "-c", "canaryWeight"],
      /^-c canaryWeight: allowed is key=value$/,
    ],
    [
      "a checkpoint that is not there",
      ["preview", "--state", "none.json"],
      /^--state none\.json: there is no such file$/,
    ],
    [
      "two old sides",
      ["preview", "--state", "a", "--base", "b"],
      /^--base and --state: allowed is one of them$/,
    ],
    [
      "two stacks",
      ["preview", "-s", "dev", "-s", "prod"],
      /option '-s, --stack <name>' argument 'prod' is invalid\. allowed: one stack, not dev and prod$/,
    ],
    [
      "an unknown namespace",
      ["preview", "-c", "other:canaryWeight=5"],
      /^-c other:canaryWeight: no namespace other; allowed: canary-traffic, pulumi, aws, kubernetes$/,
    ],
    [
      "a key with two namespaces",
      ["preview", "-c", "a:b:c=3"],
      /^-c a:b:c: allowed is key=value or namespace:key=value$/,
    ],
    [
      "a namespace without a key",
      ["preview", "-c", "canary-traffic:=3"],
      /^-c canary-traffic:: allowed is key=value or namespace:key=value$/,
    ],
    [
      "an app named as every object's prototype",
      ["preview", "-c", "apps.__proto__.x=3", "--config-path"],
      /^apps\.__proto__ is "__proto__"; allowed: as a key, another name$/,
    ],
    [
      "a key that every object has",
      ["preview", "-c", "constructor=3"],
      /^constructor: no such key; allowed: /,
    ],
    [
      "a text in place of an app",
      ["preview", "-c", "apps.myapp=3", "--config-path"],
      /^apps\.myapp is 3; allowed: an object with (\w+, ){10}\.\.\.$/,
    ],
    [
      "every stack as one JSON",
      ["preview", "--all-stacks", "--json"],
      /^--all-stacks: allowed with --format text, markdown or html; json holds one stack$/,
    ],
    [
      "every stack and one of them",
      ["preview", "--all-stacks", "-s", "dev"],
      /'--all-stacks' cannot be used with option '-s, --stack <name>'/,
    ],
    [
      "JSON into files",
      ["render", "--format", "json", "--out", "x"],
      /^--out x: allowed with --format yaml only$/,
    ],
    [
      "a path through a text",
      ["preview", "-c", "platform.name=x", "--config-path"],
      /^-c platform\.name: name is below "kubernetes", which is no object$/,
    ],
  ];
  for (const [title, words, line] of commandLines) {
    it(`as ${title} is one line on stderr, and exit code 2`, async () => {
      stackFile(dev({}));
      const { code, stdout, stderr } = await run(...words);
      assert.equal(stdout, "");
      assert.equal(code, 2);
      assert.equal(lines(stderr).length, 1, stderr);
      assert.match(lines(stderr)[0] ?? "", line);
    });
  }

  it("as a stack file that can't be read is one line on stderr, and exit code 2", async () => {
    mkdirSync(join(folder, "Pulumi.dev.yaml"));
    for (const command of ["preview", "render", "check"]) {
      const { code, stdout, stderr } = await run(command);
      assert.equal(stdout, "");
      assert.match(stderr, /^\S+Pulumi\.dev\.yaml: can't be read: is a directory\n$/);
      assert.equal(code, 2);
    }
  });

  it("has no line that is too long to read", async () => {
    stackFile({ ...dev({}), "": 1, k: 2, w: { a: "x".repeat(1000) }, canaryWeight: "y".repeat(1000) });
    const { stderr } = await run("preview");
    for (const line of lines(stderr)) assert.ok(line.length <= 200, line);
  });
});

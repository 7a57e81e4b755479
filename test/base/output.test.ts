import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as fc from "fast-check";
import { parseAllDocuments, stringify } from "yaml";
import { continued, oneLine, printable } from "../../base/output";
import { readConfiguration } from "../../offline/configuration";
import { deployed } from "../../offline/preview";
import type { ResourceState } from "../../offline/state";
import { findingsText } from "../../reports/findings";
import { Project } from "../cli/project";
import { run } from "../cli/run";
import { app } from "../stacks/raw";

const ROOT = resolve(__dirname, "../..");

/** What a terminal, a runner's log or a reader's eye would obey. */
const HARMFUL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]|\u034f|^\s*::|##\w*\[/mu;

const attack = fc.constantFrom(
  "\u001b[2J\u001b[1;1H",
  "\u001b]0;title\u0007",
  "\u009b31m",
  "\n::error file=x::forged",
  "\r\n  ::add-mask::x",
  "\n##[error]forged",
  "##vso[task.complete result=Succeeded]",
  "##teamcity[buildStop]",
  "\u202egnp.exe",
  "\u2066x\u2069",
  "\u200bx",
  "\n    passed\n",
  "\u2028Policies:",
  "\b\b\b\bok",
  "a\u00adb\u034fc\u180ed\u3164e",
  "\ufff9shown\ufffahidden\ufffb",
  // A text in tags, which nothing shows and a machine reads.
  "\u{e0049}\u{e0067}\u{e006e}",
);

describe("text for terminals and logs", () => {
  it("is one harmless line, whatever is in it", () =>
    fc.assert(
      fc.property(fc.array(fc.oneof(attack, fc.string({ unit: "binary" }))), (parts) => {
        const line = oneLine(parts.join(""));
        assert.doesNotMatch(line, HARMFUL);
        assert.doesNotMatch(line, /\n/);
        assert.equal(oneLine(line), line);
      }),
    ));

  it("keeps lines and styles of its own, and lets nothing else through", () => {
    assert.equal(
      printable("\u001b[1mbold\u001b[22m\nnext\u001b[2J"),
      "\u001b[1mbold\u001b[22m\nnext\\u001b[2J",
    );
    assert.doesNotMatch(printable("a\n::error::x\n\t::warning::y"), HARMFUL);
    assert.equal(continued("first\nsecond", "    "), "first\n    | second");
  });

  it("has no reason of a waiver, and no message, that makes lines of its own", () =>
    fc.assert(
      fc.property(attack, (text) => {
        const printed = findingsText([
          {
            rule: "max-step",
            severity: "mandatory",
            message: `m${text}`,
            waived: { reason: `r${text}`, until: "2027-01-01" },
          },
          { rule: "max-step", severity: "mandatory", message: `m${text}` },
        ]);
        assert.doesNotMatch(printed, HARMFUL);
        assert.equal(printed.split("\n").length, 6);
      }),
    ));

  it("goes through one filter: nobody else writes to stdout or stderr", () => {
    const folders = [
      "base",
      "components",
      "analysis",
      "stacks",
      "offline",
      "policy",
      "reports",
      "status",
      "adoption",
      "rollout",
      "cli",
    ];
    const files = folders.flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => join(folder, file)),
    );
    const writing = files.filter((file) =>
      /process\.(stdout|stderr)\.write\(|console\.\w+\(/.test(readFileSync(join(ROOT, file), "utf8")),
    );
    assert.deepEqual(writing, ["base/output.ts"]);
  });
});

describe("names and errors from a state", function () {
  this.timeout(60_000);
  let project: Project;
  let deployedNow: readonly ResourceState[];
  before(async () => {
    project = new Project();
    project.stackFile("dev", app({}));
    deployedNow = await deployed(project.folder, readConfiguration(project.folder, "dev"));
  });
  after(() => project.remove());

  for (const format of ["text", "markdown", "html", "json"]) {
    it(`are harmless in a preview as ${format}`, async () => {
      const name = "x\n::error::forged\u001b[2J\u202e ##[error]forged \u{e0049}\u00ad";
      const type = `kubernetes:core/v1:ConfigMap`;
      const urn = `urn:pulumi:dev::canary-traffic::${type}::${name}`;
      const inputs = { [name]: name, list: [name], [`b${name}`]: `${name}\n${name}` };
      const resource = { urn, type, custom: true, id: name, inputs, outputs: inputs, initErrors: [name] };
      const changed = deployedNow.map((one) =>
        one.custom ? { ...one, inputs: { ...one.inputs, ...inputs }, initErrors: [name] } : one,
      );
      const resources = [...changed, resource];
      project.write("state.json", JSON.stringify({ version: 3, deployment: { resources } }));
      const { stdout, stderr } = await run(
        "preview",
        "--state",
        "state.json",
        "--policy",
        "--format",
        format,
      );
      // Markdown keeps names apart from what they would mention by a space of no width of its own.
      assert.doesNotMatch((stdout + stderr).replaceAll("\u200b", ""), HARMFUL);
    });
  }

  it("are harmless in rendered objects, and mean the same there", async () => {
    const value = "a ##vso[task.complete]\u{e0049}\u00ad\n::error::forged";
    project.stackFile("dev", app({ env: { TEXT: value } }));
    const { code, stdout } = await run("render");
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, HARMFUL);
    const texts = parseAllDocuments(stdout).flatMap((document) =>
      JSON.stringify(document.toJS()).includes(JSON.stringify(value)) ? [value] : [],
    );
    assert.ok(texts.length > 0);
  });

  it("make no lines of their own as keys of a stack's file", async () => {
    const forged = "a\nforged: all is well";
    for (const [file, said] of [
      [{ config: { [`x:y:${forged}`]: 1 } }, "is no key"],
      [{ [forged]: 1 }, "no such key"],
      [{ config: {}, environment: { values: { [forged]: { "fn::nope": 1 } } } }, "the engine refuses it"],
    ] as const) {
      project.write("Pulumi.dev.yaml", stringify(file));
      const { code, stderr } = await run("preview");
      assert.equal(code, 2);
      assert.match(stderr, new RegExp(said));
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
    }
  });
});

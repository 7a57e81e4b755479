import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { PROJECT } from "./cli/project";
import { type Ran, run } from "./cli/run";
import { blocks } from "./stories";

const WRONG = "npx canary preview -s dev -c canaryWeight=ten";

describe("docs/tutorial.md", () => {
  const start = process.cwd();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "canary-hour-")));

  before(() => {
    process.chdir(folder);
    // What `npm install` would bring: this checkout in place of the package.
    const own = join(folder, "node_modules", "canary-traffic");
    mkdirSync(own, { recursive: true });
    const manifest = { name: "canary-traffic", main: "index.ts", dependencies: { "@pulumi/pulumi": "*" } };
    writeFileSync(join(own, "package.json"), JSON.stringify(manifest));
    writeFileSync(
      join(own, "index.ts"),
      `export { program } from ${JSON.stringify(join(PROJECT, "stacks", "program"))};\n`,
    );
    for (const name of readdirSync(join(PROJECT, "node_modules")).filter((each) => !each.startsWith(".")))
      symlinkSync(join(PROJECT, "node_modules", name), join(folder, "node_modules", name), "junction");
    writeFileSync("empty.json", JSON.stringify({ version: 3, deployment: {} }));
  });

  after(() => {
    process.chdir(start);
    rmSync(folder, { recursive: true });
  });

  it("shows what its commands print", async () => {
    let ran: Ran | undefined;
    for (const { language, text } of blocks(readFileSync(join(PROJECT, "docs/tutorial.md"), "utf8"))) {
      if (language === "yaml") writeFileSync("Pulumi.prod.yaml", JSON.stringify(parse(text)));
      if (language !== "console") continue;
      for (const line of text.split("\n")) {
        if (!line.startsWith("$ npx canary ")) {
          assert.ok(ran?.stdout.split("\n").includes(line), `${line}\n${ran?.stdout}`);
          continue;
        }
        ran = await run(...line.slice("$ npx canary ".length).split(" "));
        assert.equal(ran.code, line.slice(2) === WRONG ? 2 : 0, ran.stderr);
      }
    }
  }).timeout(60_000);
});

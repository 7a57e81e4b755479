import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { rules } from "../../policy/rules";
import { run } from "../cli/run";

const ROOT = resolve(__dirname, "../..");
const text = readFileSync(resolve(ROOT, "docs/policies.md"), "utf8");

/** Rules that hold in the cluster, too, by a ValidatingAdmissionPolicy. */
const IN_CLUSTER = ["privileged-pods"];

describe("policies, as documented", () => {
  it("lists every rule, its default severity and where it runs", () => {
    const rows = Object.entries(rules).map(([name, { description, severity, needs }]) => {
      const runs = [
        needs === "departures" ? "offline with `--live`" : "offline",
        ...(needs === "resources" ? ["engine"] : []),
        ...(IN_CLUSTER.includes(name) ? ["cluster"] : []),
      ];
      return `| \`${name}\` | ${description} | ${severity} | ${runs.join(", ")} |`;
    });
    assert.deepEqual(
      text.split("\n").filter((line) => /^\| `[a-z-]+` \|.*(offline)/.test(line)),
      rows,
    );
  });

  it("comes with a pack of the project's own version", () => {
    const versionIn = (file: string): string => JSON.parse(readFileSync(resolve(ROOT, file), "utf8")).version;
    assert.equal(versionIn("policy/package.json"), versionIn("package.json"));
  });

  it("shows what canary check prints", async () => {
    const [, words = "", shown] = /\$ npx canary (.*)\n([\s\S]*?)```/.exec(text) ?? [];
    const here = process.cwd();
    process.chdir(ROOT);
    try {
      assert.equal((await run(...words.split(" "))).stdout, shown);
    } finally {
      process.chdir(here);
    }
  });
});

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { demo } from "../cli/demo";
import { settingsPages } from "../packaging/settings-pages";
import { schema } from "../stacks/schema";
import { captured, run } from "./cli/run";
import { hasty } from "./embedded/hasty";

const ROOT = resolve(__dirname, "..");
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

interface Node {
  readonly properties?: Record<string, Node>;
  readonly additionalProperties?: Node | boolean;
}

/** Every key of the schema, below maps too. */
function keys(node: Node): string[] {
  const below = typeof node.additionalProperties === "object" ? keys(node.additionalProperties) : [];
  return Object.entries(node.properties ?? {})
    .flatMap(([key, child]) => [key, ...keys(child)])
    .concat(below);
}

describe("the documents", () => {
  it("name every setting", () => {
    const text = [...settingsPages().map((page) => page.text), read("docs/routers.md")].join("\n");
    const all = keys(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Node);
    assert.ok(all.length > 40);
    for (const key of all) assert.match(text, new RegExp(`\`([a-zA-Z.]*\\.)?${key}(\\.[a-zA-Z]+)?\``), key);
  });

  it("show the settings as the schema has them; npm run docs writes them", () => {
    for (const { file, text } of settingsPages()) assert.equal(readFileSync(file, "utf8"), text, file);
  });

  it("declare every top-level setting in Pulumi.yaml, with a description and a default", () => {
    const declared: Record<string, { description?: string; default?: unknown }> = parse(
      read("Pulumi.yaml"),
    ).config;
    assert.deepEqual(
      Object.keys(declared)
        .map((key) => key.replace("canary-traffic:", ""))
        .sort(),
      Object.keys(schema.shape).sort(),
    );
    for (const { description, default: fallback } of Object.values(declared)) {
      assert.ok(description !== undefined && fallback !== undefined);
    }
  });

  it("show what the commands print", async () => {
    const text = read("README.md");
    const before = process.cwd();
    process.chdir(ROOT);
    try {
      const { stdout } = await run("preview", "-s", "prod", "-c", "canaryWeight=25");
      assert.ok(text.includes(stdout.trim()), `README.md does not show this output of preview:\n${stdout}`);
    } finally {
      process.chdir(before);
    }
  });

  it("show what the demo prints: the shift to the letter, the rollouts in excerpts but for their numbers", async () => {
    const { stdout } = await captured(() => demo({ router: "traefik", requests: 1000 }, hasty(8)));
    const rollouts = stdout.indexOf("Now a rollout");
    const text = read("docs/demo.md");
    const whole = stdout.slice(0, rollouts).trim();
    assert.ok(text.includes(whole), stdout);
    const [, excerpt = assert.fail("README.md shows no shift")] =
      /```text\n(Before the shift.*?)\n```/s.exec(read("README.md")) ?? [];
    assert.ok(whole.includes(excerpt), excerpt);
    const shown =
      /```text\n(Now a rollout.*?)```/s.exec(text)?.[1] ?? assert.fail("docs/demo.md shows no rollout");
    const numberless = (lines: string): string[] =>
      lines.split("\n").map((line) => line.replace(/\d[\d,:.]*/g, "#").replace(/ +/g, " "));
    const printed = numberless(stdout.slice(rollouts));
    for (const line of numberless(shown).filter((each) => each !== "...")) {
      const at = printed.indexOf(line);
      assert.ok(at >= 0, `the demo does not print, or not there: ${line}\n${stdout}`);
      printed.splice(0, at + 1);
    }
  }).timeout(120_000);

  it("explain messages that there are", () => {
    const sources = ["base", "cli", "rollout", "stacks", "components"].flatMap((room) =>
      readdirSync(join(ROOT, room), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => read(join(room, file))),
    );
    // Parts of a message may be of several texts.
    const code = sources.join("\n").replace(/\$\{[^}]*\}/g, "...");
    const messages = [...read("docs/troubleshooting.md").matchAll(/^\| `([^`]+)` \|/gm)].map(
      ([, one = ""]) => one,
    );
    assert.ok(messages.length > 15);
    for (const message of messages)
      for (const part of message.split("...").map((each) => each.replace(/^[;:,. ]+|[;:,. ]+$/g, "")))
        assert.ok(code.includes(part), `no source says ${part}`);
  });

  it("have an example in their first screen, but for records that programs write", () => {
    const records = ["lab-runs.md", "routers.md", "speed.md", "verdict.md"];
    const pages = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" });
    for (const page of pages.filter((name) => name.endsWith(".md") && !records.includes(name)))
      assert.match(read(`docs/${page}`).split("\n").slice(0, 30).join("\n"), /^(```| {4}\S)/m, page);
  });

  it("are all on the map, or one page from it", () => {
    const linked = (file: string): string[] =>
      [...read(`docs/${file}`).matchAll(/\]\(([\w-]+\.md)[)#]/g)].map(([, page = ""]) => page);
    const near = linked("README.md");
    const far = new Set([...near, ...near.flatMap(linked)]);
    const pages = readdirSync(join(ROOT, "docs")).filter((name) => /^(?!README).*\.md$/.test(name));
    assert.deepEqual(
      pages.filter((page) => !far.has(page)),
      [],
    );
  });

  it("link to files and headings that are there", () => {
    const documents = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".md"),
    );
    for (const file of ["README.md", ...documents.map((name) => join("docs", name))]) {
      for (const [, target = "", heading] of read(file).matchAll(/\]\(([^)#\s]*)(?:#([^)\s]+))?\)/g)) {
        if (/^https?:/.test(target)) continue;
        const linked = target === "" ? file : join(dirname(file), target);
        assert.ok(existsSync(join(ROOT, linked)), `${file} links to ${target}`);
        if (heading !== undefined && linked.endsWith(".md"))
          assert.ok(headings(read(linked)).includes(heading), `${file} links to ${target}#${heading}`);
      }
    }
  });
});

/** As GitHub names them in addresses. */
const headings = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ICruiseResult } from "dependency-cruiser";

const ROOT = resolve(__dirname, "..");

/** The rooms of each floor, from the ground up. A file imports from its own room and from the floors below. */
const FLOORS = [
  ["base"],
  ["components"],
  ["lab"],
  ["analysis"],
  ["stacks"],
  ["index.ts", "offline"],
  ["policy"],
  ["reports"],
  ["status"],
  ["adoption"],
  ["rollout"],
  ["embedded"],
  ["cli"],
  ["bin"],
] as const;
/** Not part of the house: other people's, or for people alone. */
const OUTSIDE = [
  "test",
  "packaging",
  "plugin",
  "templates",
  "dist",
  "docs",
  "examples",
  "node_modules",
  "out",
];

const EXPORTED = /^export (?:async )?(?:abstract )?(?:class|interface|type|function|const|enum) (\w+)/gm;

const floorOf = (file: string): number =>
  FLOORS.findIndex((rooms) => (rooms as readonly string[]).includes(file.split("/")[0] ?? ""));
const roomOf = (file: string): string => file.split("/")[0] ?? "";

describe("the house", function () {
  this.timeout(120_000);
  let modules: ICruiseResult["modules"];

  before(async () => {
    const { cruise } = await import("dependency-cruiser");
    const rooms = FLOORS.flat().filter((room) => room !== "bin");
    const { output } = await cruise([...rooms], {
      baseDir: ROOT,
      tsPreCompilationDeps: true,
      doNotFollow: { path: "node_modules" },
      ruleSet: { forbidden: [{ name: "circle", from: {}, to: { circular: true } }] },
      validate: true,
    });
    if (typeof output === "string") throw new Error(output);
    ({ modules } = output);
  });

  const imports = (): { from: string; to: string; circular: boolean }[] =>
    modules.flatMap(({ source, dependencies }) =>
      dependencies
        .filter(({ resolved }) => !resolved.includes("node_modules") && floorOf(resolved) >= 0)
        .map(({ resolved, circular }) => ({ from: source, to: resolved, circular })),
    );

  it("has every folder on a floor", () => {
    const folders = readdirSync(ROOT).filter(
      (name) => !name.startsWith(".") && statSync(join(ROOT, name)).isDirectory() && !OUTSIDE.includes(name),
    );
    assert.deepEqual(
      folders.filter((name) => floorOf(name) < 0),
      [],
    );
    assert.ok(modules.length > 300, `${modules.length} modules were read`);
  });

  it("has no import upwards, nor from a room beside", () => {
    const wrong = imports().filter(
      ({ from, to }) => roomOf(from) !== roomOf(to) && floorOf(to) >= floorOf(from),
    );
    assert.deepEqual(
      wrong.map(({ from, to }) => `${from} -> ${to}`),
      [],
    );
  });

  it("has no circle", () => {
    const circles = imports().filter(({ circular }) => circular);
    assert.deepEqual(
      circles.map(({ from, to }) => `${from} -> ${to}`),
      [],
    );
  });

  it("judges canaries without Pulumi", () => {
    const pulumi = modules
      .filter(({ source }) => source.startsWith("analysis/"))
      .flatMap(({ source, dependencies }) =>
        dependencies
          .filter(({ module }) => module.startsWith("@pulumi/"))
          .map(({ module }) => `${source} -> ${module}`),
      );
    assert.deepEqual(pulumi, []);
  });

  it("imports zod as a namespace, so that scripts have those parts of it alone that they use", () => {
    const others = modules.filter(
      ({ source }) =>
        floorOf(source) >= 0 &&
        source.endsWith(".ts") &&
        /^import \{[^}]*\} from "zod";/m.test(readFileSync(join(ROOT, source), "utf8")),
    );
    assert.deepEqual(
      others.map(({ source }) => source),
      [],
    );
  });

  it("has no word that is exported with two meanings", () => {
    const files = new Map<string, Set<string>>();
    for (const { source } of modules) {
      if (floorOf(source) < 0 || !source.endsWith(".ts")) continue;
      for (const [, name = ""] of readFileSync(join(ROOT, source), "utf8").matchAll(EXPORTED))
        files.set(name, (files.get(name) ?? new Set()).add(source));
    }
    const twice = [...files].filter(([, sources]) => sources.size > 1);
    assert.deepEqual(
      twice.map(([name, sources]) => `${name}: ${[...sources].join(", ")}`),
      [],
    );
    assert.ok(files.size > 500, `${files.size} names were read`);
  });
});

/** The settings' schema with its doc comments as descriptions, and the file `schema.json` that is made of it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { compileFunction } from "node:vm";
import { build, type Plugin } from "esbuild";
import * as ts from "typescript";
import type { z } from "zod";
import { stackFileSchema } from "../../stacks/json-schema";

const ROOT = join(__dirname, "..", "..");

/** The schema that ships with the program, for editors. */
export const SCHEMA_FILE = join(ROOT, "schema.json");

/** Files with schemas of settings. */
const WITH_SCHEMAS = /[\\/](stacks[\\/]schema|analysis[\\/]sources)[\\/][^\\/]+\.ts$/;

const DESCRIBED = `const commented = (value, text) => typeof value?.describe === "function" ? value.describe(text) : value;`;

/** Doc comments of schemas, and of their keys, become their descriptions. */
const comments: Plugin = {
  name: "comments",
  setup(building) {
    building.onLoad({ filter: WITH_SCHEMAS }, ({ path }) => ({
      contents: `${DESCRIBED}\n${commented(path)}`,
      loader: "ts",
    }));
  },
};

function commented(path: string): string {
  const text = readFileSync(path, "utf8");
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const additions: [at: number, text: string][] = [];
  const visit = (node: ts.Node): void => {
    const comment = commentOf(node);
    if (comment !== undefined) additions.push(...around(node, JSON.stringify(comment)));
    ts.forEachChild(node, visit);
  };
  visit(source);
  let changed = text;
  for (const [at, added] of additions.sort(([a], [b]) => b - a))
    changed = changed.slice(0, at) + added + changed.slice(at);
  return changed;
}

function around(node: ts.Node, comment: string): [number, string][] {
  if (ts.isShorthandPropertyAssignment(node))
    return [[node.getEnd(), `: commented(${node.name.text}, ${comment})`]];
  const [declared] = ts.isVariableStatement(node) ? node.declarationList.declarations : [];
  const value = ts.isPropertyAssignment(node) ? node.initializer : declared?.initializer;
  if (value === undefined) return [];
  return [
    [value.getStart(), "commented("],
    [value.getEnd(), `, ${comment})`],
  ];
}

function commentOf(node: ts.Node): string | undefined {
  const comment = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).at(-1)?.comment;
  return ts.getTextOfJSDocComment(comment)?.replace(/\s+/g, " ").trim();
}

/** The text that `schema.json` should have. */
export async function schemaText(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, "stacks", "schema", "index.ts")],
    bundle: true,
    write: false,
    platform: "node",
    target: "node20",
    format: "cjs",
    packages: "external",
    plugins: [comments],
  });
  const module: { exports: { schema?: z.ZodType } } = { exports: {} };
  const run = compileFunction(outputFiles[0]?.text ?? "", ["module", "exports", "require"]);
  run(module, module.exports, createRequire(SCHEMA_FILE));
  if (module.exports.schema === undefined) throw new TypeError("stacks/schema exports no schema");
  return `${JSON.stringify(stackFileSchema(module.exports.schema), null, 2)}\n`;
}

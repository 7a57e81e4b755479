/** The tables of `docs/settings`, made of `schema.json`: between `<!-- keys PATH -->` and `<!-- end of keys -->`. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { JsonSchema } from "../stacks/json-schema";

const ROOT = resolve(__dirname, "..");
const FOLDER = join(ROOT, "docs", "settings");
/** The page of all topics, with a table of what no other page has. */
const INDEX = join(ROOT, "docs", "settings.md");

/** A key of a table, below that of the table. */
interface Row {
  readonly key: string;
  readonly schema: JsonSchema;
}

/** A page with its tables made anew. */
export interface SettingsPage {
  readonly file: string;
  readonly text: string;
}

export function settingsPages(): SettingsPage[] {
  const schema = shipped();
  return [INDEX, ...readdirSync(FOLDER).map((name) => join(FOLDER, name))].map((file) => {
    const text = readFileSync(file, "utf8").replace(REGION, (_, path: string, but?: string) => {
      const left = but?.split(", ") ?? [];
      const isHere = (key: string): boolean =>
        !left.some((one) => key === one || key.startsWith(one.replace(/\*?$/, one.endsWith("*") ? "" : ".")));
      const rows = rowsOf(nodeAt(schema, path)).filter(({ key }) => isHere(key));
      const begin = `<!-- keys ${path}${but === undefined ? "" : `; but ${but}`} -->`;
      return `${begin}\n${table(rows)}\n<!-- end of keys -->`;
    });
    return { file, text };
  });
}

const shipped = (): JsonSchema => JSON.parse(readFileSync(join(ROOT, "schema.json"), "utf8"));

/** In place of the path of a setting: all of them. */
const TOP = ".";

const REGION = /<!-- keys (\S+?)(?:; but (.*?))? -->\n.*?<!-- end of keys -->/gs;

const NAMESPACE = "canary-traffic:";
const topOf = ({ properties }: JsonSchema): JsonSchema => ({
  properties: Object.fromEntries(
    Object.entries(properties?.config?.properties ?? {}).map(([key, value]) => [
      key.slice(NAMESPACE.length),
      value,
    ]),
  ),
});

/** `apps.NAME.canaries.CANARY`: capitals stand for the keys of a map. */
function nodeAt(schema: JsonSchema, path: string): JsonSchema {
  const steps = path === TOP ? [] : path.split(".");
  const node = steps.reduce<JsonSchema | undefined>(
    (at, step) => (/^[A-Z]+$/.test(step) ? entriesOf(at) : shapeOf(at)?.properties?.[step]),
    topOf(schema),
  );
  if (node === undefined) throw new Error(`${path}: no such setting`);
  return node;
}

/** The one form of a value that is neither encrypted nor a text in place of something else. */
const formsOf = (node: JsonSchema | undefined): JsonSchema[] =>
  (node?.anyOf ?? (node === undefined ? [] : [node])).filter(
    ({ $ref, pattern, enum: words }) =>
      $ref !== "#/$defs/secure" &&
      !(typeof pattern === "string" && TEXTS.includes(pattern)) &&
      String(words) !== "true,false",
  );

/** Patterns of texts that stand for a number, or for a whole map or list. */
const TEXTS = ["^-?\\d+(\\.\\d+)?$", "^[\\[{]"];

const shapeOf = (node: JsonSchema | undefined): JsonSchema | undefined =>
  formsOf(node).find(({ properties }) => properties !== undefined) ?? formsOf(node)[0];

function entriesOf(node: JsonSchema | undefined): JsonSchema | undefined {
  const found = formsOf(node).find(({ additionalProperties }) => typeof additionalProperties === "object");
  return found?.additionalProperties as JsonSchema | undefined;
}

/** Keys below a setting; those of maps' entries and of lists' are written like a setting's own. */
function rowsOf(node: JsonSchema, depth = 0): Row[] {
  const shape = shapeOf(node);
  const items = shape?.items as JsonSchema | undefined;
  const below = shape?.properties ?? (items === undefined ? undefined : shapeOf(items)?.properties);
  if (below === undefined || depth > MOST_DEPTH) return [];
  return Object.entries(below).flatMap(([key, schema]) => {
    const inner = rowsOf(schema, depth + 1).map((row) => ({ ...row, key: `${key}.${row.key}` }));
    const own = schema.description === undefined ? [] : [{ key, schema }];
    return [...own, ...inner];
  });
}

/** A value in JSON has values in it. */
const MOST_DEPTH = 4;

function table(rows: readonly Row[]): string {
  const cells = rows.map(({ key, schema }) => {
    const { text, fallback } = said(schema);
    return `| \`${key}\` | ${allowed(schema)} | ${fallback} | ${text} |`;
  });
  return ["| key | value | default | |", "|---|---|---|---|", ...cells].join("\n");
}

/** A description without its default, and that. */
function said({ description = "", default: own }: JsonSchema): { text: string; fallback: string } {
  const [, text = description, words] = /^(?:(.*?)[;,.] )?[Dd]efault:? (.*?)\.?$/.exec(description) ?? [];
  const plain = own === undefined || typeof own === "object" ? "" : String(own);
  const fallback = words ?? plain;
  return { text: inTable(text.replace(/\.$/, "")), fallback: inTable(fallback) };
}

const inTable = (text: string): string => text.replaceAll("|", "\\|");

/** What a value may be, in a word or a few. */
function allowed(schema: JsonSchema): string {
  const words = formsOf(schema).map((form) => {
    const { type, enum: choices, const: only, minimum, maximum } = form as Record<string, unknown>;
    if (Array.isArray(choices))
      return choices.length > MOST_CHOICES ? "text" : choices.map((choice) => `\`${choice}\``).join(", ");
    if (only !== undefined) return `\`${only}\``;
    if (type === "integer" || type === "number") return numbers(minimum, maximum);
    if (type === "boolean") return "true, false";
    if (type === "array") return "list";
    if (type === "object") return "map";
    return "text";
  });
  return [...new Set(words)].join(", or ");
}

/** More are no help in a table: an error names them all. */
const MOST_CHOICES = 6;

const numbers = (least: unknown, most: unknown): string =>
  least === undefined ? "number" : most === undefined ? `${least} or more` : `${least} to ${most}`;

if (require.main === module) for (const { file, text } of settingsPages()) writeFileSync(file, text);

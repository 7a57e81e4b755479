/** YAML files as Pulumi's engine reads them. */
import { readFileSync } from "node:fs";
import * as yaml from "yaml";
import { repeatedKey } from "../base/repeated-key";
import { ConfigurationError } from "./errors";

export type Node = null | boolean | number | string | Node[] | { [key: string]: Node };

export const isMap = (node: Node | undefined): node is { [key: string]: Node } =>
  typeof node === "object" && node !== null && !Array.isArray(node);

/**
 * The content of a YAML file that is a map.
 *
 * @param text what the file would hold; default what it holds
 * @param kind in an environment dates are texts as they stand, and aliases and keys that are no texts are refused
 * @throws ConfigurationError when it can't be read, or is not one
 */
export function readYaml(
  file: string,
  text = textOf(file),
  kind: "configuration" | "environment" = "configuration",
): Record<string, Node> {
  refuseExcess(file, text);
  const lineCounter = new yaml.LineCounter();
  const document = yaml.parseDocument(text, {
    merge: true,
    uniqueKeys: false,
    lineCounter,
    customTags: (tags) => [plain(kind === "environment"), ...tags],
  });
  const [error] = document.errors;
  if (error?.code === "MULTIPLE_DOCS") {
    throw new ConfigurationError(`${file}: holds several YAML documents; allowed: one`);
  }
  if (error !== undefined) throw new ConfigurationError(`${file}: ${saidOf(error)}`);
  if (kind === "environment") refuseInEnvironment(file, document);
  const twice = repeatedKey(document, yaml.visit);
  if (twice !== undefined) {
    const { line, col } = lineCounter.linePos(twice);
    throw new ConfigurationError(`${file}: Map keys must be unique at line ${line}, column ${col}`);
  }
  let content: Node;
  try {
    content = document.toJS() as Node;
  } catch (unresolved) {
    throw new ConfigurationError(`${file}: ${saidOf(unresolved as Error)}`);
  }
  if (isCyclic(content)) throw new ConfigurationError(`${file}: an alias is inside what it stands for`);
  if (content === null) return {};
  if (!isMap(content)) throw new ConfigurationError(`${file}: is not a map`);
  return content;
}

/** More than any stack has: a thousand apps are half a MiB. The time for anchors grows by the square of their number. */
const MOST = { bytes: 4 * 2 ** 20, anchors: 500 };

function refuseExcess(file: string, text: string): void {
  if (text.length > MOST.bytes)
    throw new ConfigurationError(`${file}: is longer than ${MOST.bytes / 2 ** 20} MiB; allowed: no more`);
  let anchors = 0;
  for (const token of new yaml.Lexer().lex(text)) {
    if (/^[&*]/.test(token)) anchors++;
    if (anchors > MOST.anchors) {
      throw new ConfigurationError(
        `${file}: has more than ${MOST.anchors} anchors and aliases; allowed: no more`,
      );
    }
  }
}

/** ESC takes less than YAML has. */
function refuseInEnvironment(file: string, document: yaml.Document): void {
  const refuse = (what: string): never => {
    throw new ConfigurationError(`${file}: environment: ${what}: the engine refuses it`);
  };
  yaml.visit(document.get("environment", true) as yaml.Node | null, {
    Alias: (_, { source }) => refuse(`*${source} is an alias`),
    Pair: (_, { key }) => {
      if (yaml.isScalar(key) && typeof key.value !== "string") refuse(`the key ${key.value} is no text`);
    },
  });
}

function isCyclic(node: Node, above: readonly Node[] = []): boolean {
  if (typeof node !== "object" || node === null) return false;
  return above.includes(node) || Object.values(node).some((item) => isCyclic(item, [...above, node]));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "EISDIR" ? "is a directory" : code === "EACCES" ? "permission denied" : message;
    throw new ConfigurationError(`${file}: can't be read: ${reason}`);
  }
}

/** What is wrong and where; what comes after a colon is from the file, and may be secret. */
function saidOf(error: Error & { linePos?: yaml.YAMLParseError["linePos"] }): string {
  const [said = ""] = error.message.split(/:| at line /);
  const what = /call stack/.test(said) ? "is nested too deeply" : said;
  const [at] = error.linePos ?? [];
  return at === undefined ? what : `${what} at line ${at.line}, column ${at.col}`;
}

const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const TIME =
  /^\d{4}-\d{1,2}-\d{1,2}([Tt]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[-+]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?)$/;
const NOT_FINITE = /^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/;
const DECIMAL = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/;

/**
 * Numbers and dates without quotes as yaml.v3 takes them, which the engine reads with: `010` is 8 and a date becomes a text
 * of Go's. https://github.com/go-yaml/yaml/blob/v3.0.1/resolve.go
 */
const plain = (keepsDates: boolean): yaml.ScalarTag => ({
  default: true,
  tag: "tag:yaml.org,2002:int",
  test: /^[-+.\d]/,
  resolve: (text, onError) => {
    if (NOT_FINITE.test(text)) onError("Pulumi takes no such number, quote it to make it a text");
    if (TIME.test(text) && !keepsDates) onError("A time needs quotes, as Pulumi makes another text of it");
    return (keepsDates ? undefined : dateOf(text)) ?? numberOf(text) ?? text;
  },
});

/** Go's text for a date. */
function dateOf(text: string): string | undefined {
  const [, year = "", month = "", day = ""] = text.match(DATE) ?? [];
  const date = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  const time = new Date(date);
  const exists = !Number.isNaN(time.getTime()) && time.toISOString().startsWith(date);
  return exists ? `${date} 00:00:00 +0000 UTC` : undefined;
}

function numberOf(text: string): number | undefined {
  const plain = text.replaceAll("_", "");
  const octal = plain.replace(/^([-+]?)0(?=[0-7]+$)/, "$10o");
  const [, sign = "", literal = ""] = octal.match(/^([-+]?)(0[xXoObB].*)$/) ?? [];
  if (literal === "" && !DECIMAL.test(plain)) return undefined;
  const value = literal === "" ? Number(plain) : Number(literal) * (sign === "-" ? -1 : 1);
  return Number.isFinite(value) ? value : undefined;
}

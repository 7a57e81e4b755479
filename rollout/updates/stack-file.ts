/** Changes to a stack's file: a few values, and every other byte as it was. */

import { isDeepStrictEqual } from "node:util";
import { type Document, isMap, isNode, isScalar, parseDocument, stringify, type YAMLMap } from "yaml";
import type { Target } from "../../analysis/plan";
import { isMove, targetKey, type Weights } from "../../analysis/plan";
import { UserError } from "../../base/user-error";
import { fullKey } from "../../offline/overrides";
import { isMap as isRecord, type Node, readYaml } from "../../offline/yaml";
import { DEBUG_VARIANT } from "../../stacks/apps";

/**
 * The stack file's text with the canaries' weights.
 *
 * @param namespace of the settings
 * @throws UserError
 */
export function withWeights(text: string, namespace: string, weights: Weights): string {
  return Object.entries(weights).reduce((edited, [key, weight]) => {
    const [app = "", canary = ""] = key.split("/");
    const path = weightPath(edited, namespace, { app, canary });
    // As `pulumi config set` writes numbers: the engine's configuration has integers and texts.
    return withValue(edited, path, Number.isInteger(weight) ? weight : String(weight));
  }, text);
}

/**
 * A text that says what the stack file does, with the canaries' weights, and looks like nothing that anybody wrote: for an
 * update that goes back, whatever the file is like.
 *
 * @throws UserError if the file has no such canary
 */
export function rewrittenWithWeights(text: string, namespace: string, weights: Weights): string {
  const content = readYaml("the stack file", text);
  const config = isRecord(content.config) ? content.config : {};
  const keyOf = (setting: string): string =>
    Object.keys(config).find((each) => fullKey(each, namespace) === `${namespace}:${setting}`) ?? "";
  const [key, dns] = [keyOf("apps"), keyOf("dns")];
  const structured = (filed: Node | undefined): Node | undefined =>
    typeof filed === "string" ? JSON.parse(filed) : filed;
  if (dns !== "") config[dns] = structured(config[dns]) ?? {};
  const apps = structured(config[key]);
  if (!isRecord(apps)) throw new UserError("apps: is not in the stack file; add it to the file itself");
  config[key] = Object.fromEntries(Object.entries(apps).map(([app, node]) => [app, node ?? {}]));
  const plainText = stringify(content, { lineWidth: 0, aliasDuplicateObjects: false });
  return withWeights(plainText, namespace, weights);
}

/** The stack file's text with another image for the app's primary. @throws UserError */
export const withImage = (text: string, namespace: string, app: string, image: string): string =>
  withValue(text, [...appPath(text, namespace, app), "image"], image);

/**
 * The stack file's text with another machine image for the primaries.
 *
 * @param app the one whose own it is; default that of all that have none of their own
 * @throws UserError
 */
export const withMachineImage = (text: string, namespace: string, amiId: string, app?: string): string =>
  withValue(
    text,
    app === undefined
      ? [...settingPath(text, namespace, "aws"), "amiId"]
      : [...appPath(text, namespace, app), "aws", "amiId"],
    amiId,
  );

/** The stack file's text with another image for a canary. @throws UserError */
export function withCanaryImage(text: string, namespace: string, target: Target, image: string): string {
  const path = appPath(text, namespace, target.app);
  const own = [...path, "canaries", target.canary];
  if (parseDocument(text).hasIn(own)) return withValue(text, [...own, "image"], image);
  if (target.canary === "canary") return withValue(text, [...path, "canaryImage"], image);
  throw new UserError(`${targetKey(target)}: the stack file has no canary with an image of that name`);
}

/** Where the file has the weight of a canary. */
function weightPath(text: string, namespace: string, target: Target): string[] {
  const { app, canary } = target;
  if (isMove(target)) return movePath(text, namespace);
  const path = appPath(text, namespace, app);
  if (parseDocument(text).hasIn([...path, "canaries", canary]))
    return [...path, "canaries", canary, "weight"];
  if (canary === "canary") return [...path, "canaryWeight"];
  if (canary === DEBUG_VARIANT) return [...path, canary, "weight"];
  throw new UserError(`${targetKey(target)}: the stack file has no canary with a weight of that name`);
}

/** Where the file has the share of users on Kubernetes. */
function movePath(text: string, namespace: string): string[] {
  const path = settingPath(text, namespace, "dns");
  if (isMap(parseDocument(text).getIn(path, true))) return [...path, "kubernetesWeight"];
  throw new UserError("dns.kubernetesWeight: is not in the stack file; add it to the file itself");
}

/** Where the file has a setting of the top. */
function settingPath(text: string, namespace: string, setting: string): string[] {
  const config = parseDocument(text).get("config", true);
  const keys = isMap(config) ? config.items.map(({ key }) => String(key)) : [];
  return ["config", keys.find((key) => fullKey(key, namespace) === `${namespace}:${setting}`) ?? ""];
}

function appPath(text: string, namespace: string, app: string): string[] {
  const path = [...settingPath(text, namespace, "apps"), app];
  if (isMap(parseDocument(text).getIn(path, true))) return path;
  throw new UserError(`apps.${app}: is not in the stack file; add it to the file itself`);
}

/** @throws UserError if the text would mean anything else than that, with the line */
function withValue(text: string, path: readonly string[], value: string | number): string {
  const document = parseDocument(text);
  const [written, key] = [stringify(value, { lineWidth: 0 }).trimEnd(), path.at(-1) ?? ""];
  const shown = path.slice(2).join(".");
  const node = document.getIn(path, true);
  const meant = withPlain(document, path, value);
  if (isScalar(node) && node.range) {
    const [from, to] = node.range;
    const edited = `${text.slice(0, from)}${written}${text.slice(to)}`;
    return asMeant(edited, meant, shown, lineOf(text, from));
  }
  const parent = document.getIn(path.slice(0, -1), true);
  const at = isMap(parent) && node === undefined ? afterLastScalar(parent, text) : undefined;
  if (at === undefined) {
    const from = isNode(node) ? node.range?.[0] : undefined;
    throw new UserError(`${shown}: ${unsafe(from === undefined ? "" : ` in line ${lineOf(text, from)}`)}`);
  }
  const edited = `${text.slice(0, at.place)}${at.separator}${key}: ${written}${text.slice(at.place)}`;
  return asMeant(edited, meant, shown, lineOf(text, at.place));
}

const unsafe = (where: string): string =>
  `can't be written safely to the stack file${where}; write the value on one line, without anchor or alias`;

const lineOf = (text: string, place: number): number => text.slice(0, place).split("\n").length;

/** The text, if it says what is meant and nothing else: an anchor would change other values, a block take in what follows. */
function asMeant(edited: string, meant: unknown, shown: string, line: number): string {
  const document = parseDocument(edited);
  if (document.errors.length === 0 && isDeepStrictEqual(plain(document), meant)) return edited;
  throw new UserError(`${shown}: ${unsafe(` in line ${line}`)}`);
}

/** What a document says, each alias with a copy of its own. */
const plain = (document: Document): unknown => JSON.parse(JSON.stringify(document.toJS()));

/** The same with another value at a path, below maps that are there. */
function withPlain(document: Document, path: readonly string[], value: string | number): unknown {
  const whole = plain(document);
  const above = path.slice(0, -1).reduce((node, key) => (node as Record<string, unknown>)[key], whole);
  (above as Record<string, unknown>)[path.at(-1) ?? ""] = value;
  return whole;
}

/** Where a map takes a further key: after one whose value is of one line. */
function afterLastScalar(map: YAMLMap, text: string): { place: number; separator: string } | undefined {
  const pairs = map.items.filter(
    ({ value }) => isScalar(value) && value.type !== "BLOCK_LITERAL" && value.type !== "BLOCK_FOLDED",
  );
  const last = pairs.at(-1);
  if (!isScalar(last?.key) || !isScalar(last.value) || !last.key.range || !last.value.range) return undefined;
  const end = last.value.range[1];
  if (map.flow) return { place: end, separator: ", " };
  const [start] = last.key.range;
  const column = start - (text.lastIndexOf("\n", start - 1) + 1);
  const lineEnd = text.slice(end).search(/\r?\n|$/);
  const ending = text.includes("\r\n") ? "\r\n" : "\n";
  return { place: end + lineEnd, separator: `${ending}${" ".repeat(column)}` };
}

/** The lines that differ, with `-` and `+` before them, and the others between them; for files of a page or a few. */
export function lineDiff(before: string, after: string): string[] {
  const [old, fresh] = [before.split("\n"), after.split("\n")];
  const common = old.map(() => new Array<number>(fresh.length + 1).fill(0));
  common.push(new Array<number>(fresh.length + 1).fill(0));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = fresh.length - 1; j >= 0; j--) {
      const row = common[i];
      if (row) row[j] = old[i] === fresh[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: string[] = [];
  for (let i = 0, j = 0; i < old.length || j < fresh.length; ) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) {
      lines.push(`  ${old[i]}`);
      i++;
      j++;
    } else if (j >= fresh.length || (i < old.length && at(i + 1, j) >= at(i, j + 1)))
      lines.push(`- ${old[i++]}`);
    else lines.push(`+ ${fresh[j++]}`);
  }
  return changedParts(lines);
}

const CONTEXT = 2;

/** Without the lines that are further from a change than the context. */
const changedParts = (lines: readonly string[]): string[] =>
  lines.filter((_, i) =>
    lines.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1).some((line) => /^[-+]/.test(line)),
  );

/** A stack's configuration as the engine would hand it to the program: project defaults, stack file, command line. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as yaml from "yaml";
import { parsePath, unreadable } from "./values";

export interface StackConfiguration {
  readonly project: string;
  readonly stack: string;
  /** The program's entry, relative to the project's folder. */
  readonly main: string;
  /** Full key to value; objects and lists as JSON. */
  readonly values: Readonly<Record<string, string>>;
  /** Keys whose values are secret, or hold a secret. */
  readonly secretKeys: readonly string[];
}

/** `key=value` as given to `-c`. */
export interface Override {
  readonly key: string;
  readonly value: string;
  /** Whether the key is a path, as with `--config-path`. */
  readonly path: boolean;
}

/** A file or an argument that can't be used; the message names it. */
export class ConfigurationError extends Error {}

type Node = null | boolean | number | string | Node[] | { [key: string]: Node };

/** The folder of the project that `start` lies in. */
export function findProject(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
    if (dirname(folder) === folder) {
      throw new ConfigurationError(`${start}: no Pulumi.yaml here or in a folder above`);
    }
  }
}

/** The stacks that have a file, by name. */
export function stackNames(folder: string): string[] {
  const found = readdirSync(folder).map((file) => file.match(/^Pulumi\.([\w.-]+)\.yaml$/)?.[1]);
  return found.filter((name) => name !== undefined).sort();
}

/** A YAML file whose content is a map. */
export function readYaml(file: string): Record<string, Node> {
  const document = yaml.parseDocument(readFileSync(file, "utf8"));
  const [error] = document.errors;
  if (error !== undefined) throw new ConfigurationError(`${file}: ${error.message.split("\n")[0]}`);
  const content = document.toJS() as Node;
  if (content === null) return {};
  if (typeof content !== "object" || Array.isArray(content))
    throw new ConfigurationError(`${file}: is not a map`);
  return content;
}

/**
 * Reads a stack's configuration; nothing is ever written.
 *
 * @throws ConfigurationError when a file is missing or can't be read, or an override does not fit
 */
export function readConfiguration(
  folder: string,
  stack: string,
  overrides: readonly Override[] = [],
): StackConfiguration {
  const projectFile = join(folder, "Pulumi.yaml");
  const stackFile = join(folder, `Pulumi.${stack}.yaml`);
  if (!existsSync(stackFile)) {
    throw new ConfigurationError(`stack ${stack}: there is no ${stackFile}`);
  }
  const declared = readYaml(projectFile);
  const project = String(declared.name);
  const main = typeof declared.main === "string" ? declared.main : "index.ts";
  const tree = new Map<string, Node>();
  for (const [key, declaration] of Object.entries(asMap(declared.config))) {
    const value = isMap(declaration) ? (declaration.value ?? declaration.default) : declaration;
    if (value !== undefined) tree.set(withNamespace(key, project), value);
  }
  for (const [key, value] of Object.entries(asMap(readYaml(stackFile).config)))
    tree.set(withNamespace(key, project), value);
  for (const override of overrides) apply(tree, override, project);

  const values: Record<string, string> = {};
  const secretKeys: string[] = [];
  for (const [key, node] of tree) {
    const opened = open(node);
    if (opened.secret) secretKeys.push(key);
    values[key] = typeof opened.value === "string" ? opened.value : JSON.stringify(opened.value);
  }
  return { project, stack, main, values, secretKeys };
}

/** Splits `key=value`. */
export function parseOverride(text: string, path: boolean): Override {
  const at = text.indexOf("=");
  if (at < 1) throw new ConfigurationError(`-c ${text}: allowed is key=value`);
  return { key: text.slice(0, at), value: text.slice(at + 1), path };
}

const isMap = (node: Node | undefined): node is { [key: string]: Node } =>
  typeof node === "object" && node !== null && !Array.isArray(node);
const asMap = (node: Node | undefined): { [key: string]: Node } => (isMap(node) ? node : {});

const withNamespace = (key: string, project: string): string =>
  key.includes(":") ? key : `${project}:${key}`;

function apply(tree: Map<string, Node>, { key, value, path }: Override, project: string): void {
  const named = withNamespace(key, project);
  if (!path) {
    tree.set(named, value);
    return;
  }
  const at = named.indexOf(":") + 1;
  const [top = "", ...steps] = parsePath(named.slice(at));
  const full = named.slice(0, at) + top;
  tree.set(full, withValue(tree.get(full), steps, typed(value), key));
}

/** `node` with the value at the path set, as `pulumi config set --path` merges it. */
function withValue(node: Node | undefined, [step, ...rest]: string[], value: Node, key: string): Node {
  if (step === undefined) return value;
  if (Array.isArray(node)) {
    const index = Number(step);
    if (!Number.isInteger(index) || index > node.length) {
      throw new ConfigurationError(`-c ${key}: [${step}] is not an index up to ${node.length}`);
    }
    return Object.assign([...node], { [index]: withValue(node[index], rest, value, key) });
  }
  if (node === undefined && /^\d+$/.test(step)) return [withValue(undefined, rest, value, key)];
  if (node !== undefined && !isMap(node)) {
    throw new ConfigurationError(`-c ${key}: ${step} is below ${JSON.stringify(node)}, which is no object`);
  }
  return { ...node, [step]: withValue(node?.[step], rest, value, key) };
}

/** `pulumi config set --path` stores `true`, `false` and integers as what they are. */
function typed(value: string): Node {
  if (value === "true" || value === "false") return value === "true";
  return /^(0|-?[1-9]\d*)$/.test(value) ? Number(value) : value;
}

/** A node with every encrypted value replaced by a stand-in, and whether there was one. */
function open(node: Node): { value: Node; secret: boolean } {
  if (Array.isArray(node)) {
    const items = node.map(open);
    return { value: items.map((item) => item.value), secret: items.some((item) => item.secret) };
  }
  if (!isMap(node)) return { value: node, secret: false };
  const [only, ...others] = Object.entries(node);
  if (only?.[0] === "secure" && others.length === 0 && typeof only[1] === "string") {
    return { value: unreadable(only[1]), secret: true };
  }
  const entries = Object.entries(node).map(([key, item]) => [key, open(item)] as const);
  return {
    value: Object.fromEntries(entries.map(([key, item]) => [key, item.value])),
    secret: entries.some(([, item]) => item.secret),
  };
}

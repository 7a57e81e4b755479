/** A stack's configuration as the engine would hand it to the program: project defaults, stack file, command line. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { keepSecret } from "../base/secrets";
import { isSecretKey } from "../stacks/secret-keys";
import { noSuchKey } from "../stacks/spelling";
import { ConfigurationError } from "./errors";
import { applyOverride, fullKey, type Override } from "./overrides";
import { unreadable } from "./values";
import { isMap, type Node, readYaml } from "./yaml";

export { ConfigurationError } from "./errors";
export { type Override, parseOverride } from "./overrides";

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

/**
 * Reads a stack's configuration; nothing is ever written.
 *
 * @param stackText what the stack's file would hold; default what it holds
 * @throws ConfigurationError when a file is missing or can't be read, or an override does not fit
 */
export function readConfiguration(
  folder: string,
  stack: string,
  overrides: readonly Override[] = [],
  stackText?: string,
): StackConfiguration {
  const projectFile = join(folder, "Pulumi.yaml");
  const stackFile = join(folder, `Pulumi.${stack}.yaml`);
  if (!existsSync(stackFile)) {
    throw new ConfigurationError(`stack ${stack}: there is no ${stackFile}`);
  }
  const declared = readYaml(projectFile);
  if (typeof declared.name !== "string") throw new ConfigurationError(`${projectFile}: name is missing`);
  const project = declared.name;
  const main = typeof declared.main === "string" ? declared.main : "index.ts";
  const tree = new Map<string, Node>();
  for (const [key, declaration] of Object.entries(configOf(declared, projectFile, project))) {
    const value = isMap(declaration) ? (declaration.value ?? declaration.default) : declaration;
    if (value !== undefined) tree.set(key, value);
  }
  for (const [key, value] of Object.entries(configOf(stackContent(stackFile, stackText), stackFile, project)))
    tree.set(key, value);
  for (const override of overrides) applyOverride(tree, override, project);

  const values: Record<string, string> = {};
  const secretKeys: string[] = [];
  for (const [key, node] of tree) {
    const opened = open(node);
    values[key] = textOf(opened.value);
    learn(node, key);
    if (opened.secret || (key.endsWith(":secrets") && values[key] !== "{}")) secretKeys.push(key);
  }
  return { project, stack, main, values, secretKeys };
}

/** An object or a list that a command line gave as text. */
function ifJson(text: string): Node {
  try {
    return JSON.parse(text) as Node;
  } catch {
    return null;
  }
}

/** Keeps what stands below a key of secrets out of all that is printed; a rollout's settings hold names of variables instead. */
function learn(node: Node, key: string): void {
  if (Array.isArray(node)) for (const [i, item] of node.entries()) learn(item, `${key}[${i}]`);
  else if (isMap(node)) for (const [name, item] of Object.entries(node)) learn(item, `${key}.${name}`);
  else if (typeof node === "string" && isSecretKey(key) && !key.includes(":rollout.")) {
    keepSecret(node);
    if (/^\s*[[{]/.test(node)) learn(ifJson(node), key);
  }
}

/** What a stack's file may hold: `ProjectStack` in sdk/go/common/workspace/project.go of pulumi/pulumi. */
const STACK_KEYS = ["config", "environment", "secretsprovider", "encryptedkey", "encryptionsalt"];

function stackContent(file: string, text?: string): Record<string, Node> {
  const content = readYaml(file, text);
  for (const key of Object.keys(content)) {
    if (!STACK_KEYS.includes(key))
      throw new ConfigurationError(`${file}: ${key}: ${noSuchKey(key, STACK_KEYS)}`);
  }
  return content;
}

/** The part `config` of a file, by full key. */
function configOf(content: Record<string, Node>, file: string, project: string): Record<string, Node> {
  const config = content.config ?? {};
  if (!isMap(config)) {
    const allowed = `a map from keys such as ${project}:platform to values`;
    throw new ConfigurationError(`${file}: config is ${JSON.stringify(config)}; allowed: ${allowed}`);
  }
  const named = Object.entries(config).map(([key, value]) => {
    const full = fullKey(key, project);
    if (full === undefined) {
      throw new ConfigurationError(`${file}: ${key || '""'} is no key; allowed: KEY or NAMESPACE:KEY`);
    }
    return [full, value] as const;
  });
  return Object.fromEntries(named);
}

/** As the engine hands a value to programs. */
function textOf(value: Node): string {
  if (typeof value === "string") return value;
  return value === null ? "" : JSON.stringify(value);
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

/** A stack's configuration as the engine would hand it to the program: project defaults, stack file, command line. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { quotedUnlessPlain } from "../base/escape";
import { keepSecret, unreadable } from "../base/secrets";
import { SETTINGS_NAMESPACE, settingsNamespace } from "../stacks/raw";
import { isSecretKey } from "../stacks/secret-keys";
import { noSuchKey } from "../stacks/spelling";
import { entryOf } from "./entry";
import { type Environment, environmentOf, overEnvironment } from "./environment";
import { ConfigurationError } from "./errors";
import { applyOverride, fullKey, type Override } from "./overrides";
import { shortName, stackFileName, stackFolder, stackNames } from "./stack-names";
import { isMap, type Node, readYaml } from "./yaml";

export { ConfigurationError } from "./errors";
export { type Override, parseOverride } from "./overrides";

export interface StackConfiguration {
  readonly project: string;
  /** What the settings' keys begin with: `canary-traffic`, or the project's name. */
  readonly namespace: string;
  /** Its name without organization and project. */
  readonly stack: string;
  /** As the engine is told: with organization and project, if `-s` had them; default the name alone. */
  readonly qualifiedStack?: string;
  /** The program's entry, relative to the project's folder. */
  readonly main: string;
  /** Full key to value; objects and lists as JSON. */
  readonly values: Readonly<Record<string, string>>;
  /** Keys whose values are secret, or hold a secret. */
  readonly secretKeys: readonly string[];
  /** What the engine has and can't be read here, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Reads a stack's configuration; nothing is ever written.
 *
 * @param qualifiedStack its name, with organization and project or without
 * @param stackText what the stack's file would hold; default what it holds
 * @throws ConfigurationError when a file is missing or can't be read, or an override does not fit
 */
export function readConfiguration(
  folder: string,
  qualifiedStack: string,
  overrides: readonly Override[] = [],
  stackText?: string,
): StackConfiguration {
  const projectFile = join(folder, "Pulumi.yaml");
  const declared = readYaml(projectFile);
  if (typeof declared.name !== "string") throw new ConfigurationError(`${projectFile}: name is missing`);
  const project = declared.name;
  const stackFile = join(stackFolder(folder, declared), stackFileName(qualifiedStack));
  if (!existsSync(stackFile)) throw new ConfigurationError(noStack(folder, qualifiedStack, stackFile));
  const [, ofProject = project] = qualifiedStack.split("/").reverse().slice(0, -1);
  if (ofProject !== project && qualifiedStack.split("/").length === 3)
    throw new ConfigurationError(`stack ${qualifiedStack}: is of project ${ofProject}; allowed: ${project}`);
  const main = entryOf(folder, declared.main);
  const content = stackContent(stackFile, stackText);
  const environment = environmentOf(content.environment);
  if (environment === undefined) {
    const allowed = "a list of names, or a map with imports and values";
    throw new ConfigurationError(
      `${stackFile}: environment is ${JSON.stringify(content.environment)}; allowed: ${allowed}`,
    );
  }
  if (environment.refused.length > 0) {
    const lines = environment.refused.map((one) => `${stackFile}: environment.${one}: the engine refuses it`);
    throw new ConfigurationError(lines.join("\n"));
  }
  const tree = new Map<string, Node>();
  for (const [key, declaration] of Object.entries(
    configOf(typeof declared.config === "string" ? {} : declared, projectFile, project),
  )) {
    const value = isMap(declaration) ? (declaration.value ?? declaration.default) : declaration;
    if (value !== undefined) tree.set(key, value);
  }
  const shared = configOf(environment, stackFile, project);
  // Unlike in a stack's own configuration, nothing is a text here.
  for (const [key, value] of Object.entries(shared)) tree.set(key, value ?? "null");
  for (const [key, value] of Object.entries(configOf(content, stackFile, project)))
    tree.set(key, overEnvironment(Object.hasOwn(shared, key) ? shared[key] : undefined, value));
  for (const override of overrides) applyOverride(tree, override, project);

  const values: Record<string, string> = {};
  const secretKeys: string[] = [];
  for (const [key, node] of tree) {
    const opened = open(node);
    values[key] = textOf(opened.value);
    learn(node, key);
    if (opened.secret || (key.endsWith(":secrets") && values[key] !== "{}")) secretKeys.push(key);
  }
  const stack = shortName(qualifiedStack);
  return {
    project,
    namespace: settingsNamespace(project, values),
    stack,
    qualifiedStack,
    main,
    values,
    secretKeys,
    warnings: [...warningsOf(environment), ...misnamed(tree, project)],
  };
}

/** Settings that stand under another project's name, as after a project was renamed or copied. */
const misnamed = (tree: ReadonlyMap<string, Node>, project: string): string[] =>
  [...tree.keys()]
    .filter(
      (key) => key.endsWith(":apps") && key !== `${project}:apps` && key !== `${SETTINGS_NAMESPACE}:apps`,
    )
    .map((key) => {
      const [other = ""] = key.split(":");
      const namespace = settingsNamespace(project, Object.fromEntries(tree));
      return `keys of ${quotedUnlessPlain(other)}: are not read in project ${project}: here they begin with ${namespace}:, as in ${namespace}:apps`;
    });

function noStack(folder: string, stack: string, file: string): string {
  const names = stackNames(folder);
  const allowed = names.length === 0 ? "a stack with a file; there is none" : names.join(", ");
  return `stack ${stack}: there is no ${file}; allowed: ${allowed}`;
}

function warningsOf({ imports, unread }: Environment): string[] {
  return [
    ...(imports.length === 0
      ? []
      : [
          `environment: ${imports.map(quotedUnlessPlain).join(", ")} can't be read here, and may set any key that this stack's file does not`,
        ]),
    ...unread.map((key) => `environment.values.${key} can't be read here`),
  ];
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
  const { environment, ...content } = readYaml(file, text);
  // Dates are texts of their own in an environment.
  if (environment !== undefined)
    content.environment = readYaml(file, text, "environment").environment ?? null;
  for (const key of Object.keys(content)) {
    if (!STACK_KEYS.includes(key))
      throw new ConfigurationError(`${file}: ${quotedUnlessPlain(key)}: ${noSuchKey(key, STACK_KEYS)}`);
  }
  return content;
}

/** The part `config` of a file, by full key. */
function configOf(
  content: { readonly config?: Node | Readonly<Record<string, Node>> },
  file: string,
  project: string,
): Record<string, Node> {
  const config = content.config ?? {};
  if (!isMap(config)) {
    const allowed = `a map from keys such as ${project}:platform to values`;
    throw new ConfigurationError(`${file}: config is ${JSON.stringify(config)}; allowed: ${allowed}`);
  }
  const named = Object.entries(config).map(([key, value]) => {
    const full = fullKey(key, project);
    if (full === undefined) {
      throw new ConfigurationError(
        `${file}: ${quotedUnlessPlain(key)} is no key; allowed: KEY or NAMESPACE:KEY`,
      );
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

/** What `-c` sets for one run: keys and values as `pulumi config set` takes them. */
import { redacted } from "../base/secrets";
import { isSetting, settingsNamespace } from "../stacks/raw";
import { isSecretKey, shownSetting } from "../stacks/secret-keys";
import { ConfigurationError } from "./errors";
import { MASK, parsePath } from "./values";
import { isMap, type Node } from "./yaml";

/** `key=value` as given to `-c`. */
export interface Override {
  readonly key: string;
  readonly value: string;
  /** Whether the key is a path, as with `--config-path`. */
  readonly path: boolean;
}

/** `key=value` as people may see it. */
export function shownOverride(text: string): string {
  const at = text.indexOf("=");
  if (at < 0) return [text, ...text.split(/[\s:]/)].some(isSecretKey) ? MASK : redacted(text);
  return `${text.slice(0, at)}=${shownSetting(text.slice(0, at).trim(), text.slice(at + 1))}`;
}

/** Splits `key=value`. */
export function parseOverride(text: string, path: boolean): Override {
  const at = text.indexOf("=");
  if (at < 1) throw new ConfigurationError(`-c ${shownOverride(text)}: allowed is key=value`);
  return { key: text.slice(0, at), value: text.slice(at + 1), path };
}

/** Namespaces that are Pulumi's own or that of a provider in use. */
const KNOWN_NAMESPACES = ["pulumi", "aws", "kubernetes"];

/**
 * Sets a value among full keys, as `pulumi config set` would in the stack's file.
 *
 * @throws ConfigurationError when the key is none or the value does not fit
 */
export function applyOverride(
  tree: Map<string, Node>,
  { key, value, path }: Override,
  project: string,
): void {
  const [top = "", ...steps] = path ? pathOf(key) : [key];
  const own = isSetting(top) ? settingsNamespace(project, Object.fromEntries(tree)) : project;
  const full = fullKey(top, own);
  if (full === undefined)
    throw new ConfigurationError(`-c ${key}: allowed is key=value or namespace:key=value`);
  const [namespace = ""] = full.split(":");
  const known = new Set([project, ...KNOWN_NAMESPACES, ...[...tree.keys()].map((set) => set.split(":")[0])]);
  if (!known.has(namespace)) {
    throw new ConfigurationError(`-c ${key}: no namespace ${namespace}; allowed: ${[...known].join(", ")}`);
  }
  tree.set(full, path ? withValue(tree.get(full), steps, typed(value), key) : value);
}

/**
 * The key with its namespace, the project's if it has none; undefined if it is no key.
 * Held to `ParseKey` in sdk/go/common/resource/config/key.go of pulumi/pulumi.
 */
export function fullKey(key: string, project: string): string | undefined {
  const [, namespace = project, name = ""] = key.match(/^(?:([^:]+):(?:config:)?)?([^:]+)$/) ?? [];
  return name === "" ? undefined : `${namespace}:${name}`;
}

const PATH = /^([^.[\]]+|\["([^"\\]|\\.)+"\])(\.[^.[\]]+|\[\d+\]|\["([^"\\]|\\.)+"\])*$/;

/** Steps of a path: more than any setting has, and few enough to walk. */
const DEEPEST = 100;

function pathOf(key: string): string[] {
  if (key.split(/[.[]/).length > DEEPEST) {
    throw new ConfigurationError(`-c ${key.slice(0, 40)}...: allowed are at most ${DEEPEST} steps`);
  }
  if (PATH.test(key)) return parsePath(key);
  throw new ConfigurationError(
    `-c ${key}: is no path; allowed: keys as in apps.myapp.canaryWeight or zones[0]`,
  );
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
  if (node === undefined && /^\d+$/.test(step)) {
    if (Number(step) > 0) throw new ConfigurationError(`-c ${key}: [${step}] is not an index up to 0`);
    return [withValue(undefined, rest, value, key)];
  }
  if (node !== undefined && !isMap(node)) {
    const shown = isSecretKey(key) ? MASK : JSON.stringify(node);
    throw new ConfigurationError(`-c ${key}: ${step} is below ${shown}, which is no object`);
  }
  const before = node !== undefined && Object.hasOwn(node, step) ? node[step] : undefined;
  return { ...node, [step]: withValue(before, rest, value, key) };
}

/** `pulumi config set --path` stores `true`, `false` and integers as what they are. */
function typed(value: string): Node {
  if (value === "true" || value === "false") return value === "true";
  return /^(0|[1-9]\d*|[-+]\d+)$/.test(value) ? Number(value) : value;
}

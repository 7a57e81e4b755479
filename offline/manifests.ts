/** The Kubernetes objects among a program's resources, ready for `kubectl apply --server-side`. */
import * as yaml from "yaml";
import { yamlVisible } from "../base/escape";
import { printable } from "../base/output";
import type { ResourceState } from "./state";
import { isObject, isSecret, joinPath, MASK, type Properties, reveal, UNKNOWN, type Value } from "./values";

/** Marks an object whose secrets were masked: applying it would write the masks. */
export const MASKED_ANNOTATION = "canary-traffic/secrets-masked";

export interface RenderedObjects {
  readonly objects: readonly Properties[];
  /** Resources that are no objects, such as Helm releases: a name each. */
  readonly leftOut: readonly string[];
  /** Values that only a provider could know, a line each. */
  readonly unknown: readonly string[];
  /** Objects whose secrets were masked. */
  readonly maskedAt: readonly Masked[];
}

export interface Masked {
  /** Kind, namespace and name: `Secret myapp/token`. */
  readonly object: string;
  /** Where the masks are. */
  readonly paths: readonly string[];
}

export function renderObjects(states: readonly ResourceState[]): RenderedObjects {
  const leftOut: string[] = [];
  const unknown: string[] = [];
  const maskedAt: Masked[] = [];
  const objects: Properties[] = [];
  for (const state of states) {
    if (!state.type.startsWith("kubernetes:")) continue;
    if (typeof state.inputs.kind !== "string" || typeof state.inputs.apiVersion !== "string") {
      leftOut.push(`${state.type} ${state.name}`);
      continue;
    }
    const { object, masks } = plain(state, unknown);
    objects.push(object);
    if (masks.length > 0) maskedAt.push({ object: titleOf(object), paths: masks });
  }
  return { objects, leftOut, unknown, maskedAt };
}

/** The object without Pulumi's marks: secrets masked leaf by leaf, what is not known noted. */
function plain(
  { type, name, inputs }: ResourceState,
  unknown: string[],
): { object: Properties; masks: readonly string[] } {
  const masks: string[] = [];
  const walk = (value: Value, path: string, mask: boolean): Value => {
    const hidden = mask || isSecret(value);
    const open = reveal(value);
    if (open === UNKNOWN) unknown.push(`${type} ${name}: ${path} is known to the provider alone`);
    if (Array.isArray(open)) return open.map((item, i) => walk(item, `${path}[${i}]`, hidden));
    if (isObject(open)) {
      return Object.fromEntries(
        Object.entries(open).map(([key, item]) => [key, walk(item, joinPath(path, key), hidden)]),
      );
    }
    if (!hidden) return open;
    masks.push(path);
    return inputs.kind === "Secret" && path.startsWith("data") ? Buffer.from(MASK).toString("base64") : MASK;
  };
  const object = walk(inputs, "", false) as Properties;
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const { "pulumi.com/autonamed": _, ...annotations } = isObject(metadata.annotations)
    ? metadata.annotations
    : {};
  if (masks.length > 0) annotations[MASKED_ANNOTATION] = "true";
  const { annotations: __, ...rest } = metadata;
  const open = Object.keys(annotations).length === 0 ? rest : { ...rest, annotations };
  return { object: { ...object, metadata: open }, masks };
}

function titleOf({ kind, metadata }: Properties): string {
  const { namespace, name } = metadata as Properties;
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/**
 * Texts that YAML 1.1, which kubectl reads, takes for a flag, a number, a time, nothing or a merge if they are not quoted. What
 * YAML 1.2 takes for one is quoted anyway. Underscores within numbers count for nothing.
 *
 * https://yaml.org/type/, and https://github.com/yaml/go-yaml/blob/v2.4.2/resolve.go
 */
const OTHER_IN_YAML_1_1 = new RegExp(
  `^(${[
    "y|n|yes|no|on|off|true|false|null|~|=|<<",
    "[-+]?\\.(inf|nan)|nan|inf",
    // Numbers of all bases, 0o7 among them, those to the base of 60, as 1:30, and all that looks like one.
    "[-+]?0[box][0-9a-f]*|[-+]?[0-9.][0-9.:]*|[-+]?[0-9.]*e[-+]?[0-9]*",
    "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([t \\t].*)?",
  ].join("|")})$`,
  "i",
);

/**
 * The object as YAML. A text that YAML 1.1 takes for something else is quoted. A text with characters that a terminal obeys, or with a line that a log's reader takes for a command, is quoted
 * with escapes: what it means stays the same.
 */
export function toYaml(object: Properties): string {
  const document = new yaml.Document(object, { aliasDuplicateObjects: false });
  yaml.visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value !== "string") return;
      if (printable(node.value) !== node.value || OTHER_IN_YAML_1_1.test(node.value.replaceAll("_", "")))
        node.type = "QUOTE_DOUBLE";
    },
  });
  const text = document.toString({ lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER });
  // Within quotes an escape stands for its character; YAML's own quoting leaves those beyond ASCII as they are.
  return yamlVisible(text);
}

/** A file name for each object, no two alike. */
export function fileNames(objects: readonly Properties[]): string[] {
  const taken = new Set<string>();
  return objects.map((object) => {
    const plain = fileName(object);
    let name = plain;
    for (let count = 2; taken.has(name); count++) name = plain.replace(/\.yaml$/, `-${count}.yaml`);
    taken.add(name);
    return name;
  });
}

/** `deployment-myapp-myapp-canary.yaml`: kind, namespace and name. */
function fileName(object: Properties): string {
  const metadata = object.metadata as Properties;
  return `${[object.kind, metadata.namespace, metadata.name]
    .filter((part) => part !== undefined)
    .join("-")
    .toLowerCase()}.yaml`;
}

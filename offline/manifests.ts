/** The Kubernetes objects among a program's resources, ready for `kubectl apply --server-side`. */
import * as yaml from "yaml";
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
}

export function renderObjects(states: readonly ResourceState[]): RenderedObjects {
  const leftOut: string[] = [];
  const unknown: string[] = [];
  const objects: Properties[] = [];
  for (const state of states) {
    if (!state.type.startsWith("kubernetes:")) continue;
    if (typeof state.inputs.kind !== "string" || typeof state.inputs.apiVersion !== "string") {
      leftOut.push(`${state.type} ${state.name}`);
      continue;
    }
    objects.push(plain(state, unknown));
  }
  return { objects, leftOut, unknown };
}

/** The object without Pulumi's marks: secrets masked leaf by leaf, what is not known noted. */
function plain({ type, name, inputs }: ResourceState, unknown: string[]): Properties {
  let maskedAny = false;
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
    maskedAny = true;
    return inputs.kind === "Secret" && path.startsWith("data") ? Buffer.from(MASK).toString("base64") : MASK;
  };
  const object = walk(inputs, "", false) as Properties;
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const { "pulumi.com/autonamed": _, ...annotations } = isObject(metadata.annotations)
    ? metadata.annotations
    : {};
  if (maskedAny) annotations[MASKED_ANNOTATION] = "true";
  const { annotations: __, ...rest } = metadata;
  return {
    ...object,
    metadata: Object.keys(annotations).length === 0 ? rest : { ...rest, annotations },
  };
}

export const toYaml = (object: Properties): string =>
  yaml.stringify(object, { lineWidth: 0, aliasDuplicateObjects: false });

/** `deployment-myapp-myapp-canary.yaml`: kind, namespace and name. */
export function fileName(object: Properties): string {
  const metadata = object.metadata as Properties;
  return `${[object.kind, metadata.namespace, metadata.name]
    .filter((part) => part !== undefined)
    .join("-")
    .toLowerCase()}.yaml`;
}

/**
 * What the Kubernetes provider 4.28 answers, offline: which names it makes up, what it takes for a change, and which
 * changes it makes by replacement. Held to provider/pkg/provider/diff.go and provider.go (`Diff`) in
 * pulumi/pulumi-kubernetes at v4.28.0.
 */
import { type Diff, diffProperties, isReplacing } from "../diff";
import type { ResourceState } from "../state";
import { hasUnknown, isObject, type Properties, parsePath, UNKNOWN, type Value, valueAt } from "../values";
import { forceNewPaths, immutablePaths, kindOf } from "./kubernetes-fields";
import { normalized, pruned, sameQuantity } from "./kubernetes-objects";
import { madeUpName, type ProviderModel, type Registration } from "./model";

const AUTONAMED = "pulumi.com/autonamed";
const HELM_RELEASE = "kubernetes:helm.sh/v3:Release";

export const kubernetesModel: ProviderModel = {
  check({ type, name, inputs, replaced }: Registration, old?: ResourceState): Properties {
    if (type === HELM_RELEASE) return helmName(name, inputs, old, replaced);
    const metadata = isObject(inputs.metadata) ? inputs.metadata : {};
    if (inputs.metadata === UNKNOWN || metadata.name !== undefined || metadata.generateName !== undefined)
      return inputs;
    const kept =
      old !== undefined && isAutonamed(old.inputs) ? valueAt(old.inputs, "metadata.name") : undefined;
    const annotations = isObject(metadata.annotations) ? metadata.annotations : {};
    return {
      ...inputs,
      metadata: {
        ...metadata,
        name: kept ?? madeUpName(name, inputs, 8, valueAt(replaced?.inputs, "metadata.name")),
        annotations: { ...annotations, [AUTONAMED]: "true" },
      },
    };
  },

  diff(old, inputs): Diff {
    const helm = old.type === HELM_RELEASE;
    const forceNew = helm ? ["name", "namespace"] : forceNewPaths(old.type);
    const [before, after] = helm
      ? [old.inputs, inputs]
      : [liveObject(old), withNamespace(normalized(inputs))];
    const detailed = diffProperties(before, after, {
      replaces: (path, fresh) => forceNew.some((forcing) => touches(path, fresh, forcing)),
      same: sameQuantity,
    });
    const replaces = Object.values(detailed).some(isReplacing);
    const immutable = immutablePaths(old.type).find((path) =>
      Object.keys(detailed).some((changed) => touches(changed, undefined, path)),
    );
    return {
      detailed,
      deleteBeforeReplace: replaces && !helm && !isAutonamed(inputs) && samePlace(before, after),
      ...(immutable !== undefined &&
        !replaces && {
          refused: `${immutable} of a ${kindOf(old.type)} is immutable, the API server will refuse the update`,
        }),
    };
  },

  created: made,

  updated: (old, inputs) => merged(old.outputs, inputs),

  placeholders: () => ({}),

  idOf(inputs): string {
    const namespace = valueAt(inputs, "metadata.namespace");
    const name = String(valueAt(inputs, "metadata.name") ?? inputs.name);
    return namespace === undefined ? name : `${namespace}/${name}`;
  },
};

/**
 * A new object: the API server, asked by a dry run, gives it a uid at once. It can't be asked while anything in the inputs
 * is unknown.
 */
function made(inputs: Properties): Properties {
  if (!isObject(inputs.metadata)) return inputs;
  const uid = hasUnknown(inputs) ? UNKNOWN : `<${String(inputs.metadata.name)}.uid>`;
  return {
    ...inputs,
    metadata: { uid, resourceVersion: UNKNOWN, creationTimestamp: UNKNOWN, ...inputs.metadata },
  };
}

/** A Helm release without a name of its own gets one made up. */
function helmName(
  name: string,
  inputs: Properties,
  old?: ResourceState,
  replaced?: ResourceState,
): Properties {
  if (inputs.name !== undefined) return inputs;
  return { ...inputs, name: old?.inputs.name ?? madeUpName(name, inputs, 8, replaced?.inputs.name) };
}

const isAutonamed = (inputs: Properties): boolean =>
  valueAt(inputs, `metadata.annotations["${AUTONAMED}"]`) === "true";

/** The deployed object as the provider compares it. */
const liveObject = ({ inputs, outputs }: ResourceState): Properties =>
  withNamespace(pruned(normalized(outputs), normalized(inputs)));

/** The object with the namespace that leaving it out stands for; objects without namespaces get it before and after. */
function withNamespace(object: Properties): Properties {
  if (!isObject(object.metadata) || object.metadata.namespace !== undefined) return object;
  return { ...object, metadata: { ...object.metadata, namespace: "default" } };
}

const samePlace = (before: Properties, after: Properties): boolean =>
  ["metadata.name", "metadata.namespace"].every((path) => valueAt(before, path) === valueAt(after, path));

/** Outputs after an update: new inputs within what the cluster adds to them. */
function merged(outputs: Properties, inputs: Properties): Properties {
  const entries = Object.entries(inputs).map(([key, input]): [string, Value] => {
    const output = outputs[key];
    return [key, isObject(output) && isObject(input) ? merged(output, input) : input];
  });
  return { ...outputs, ...Object.fromEntries(entries) };
}

/**
 * Whether a change at `path` counts as one at `forcing`: the same place, one below it, or one above it whose new value
 * holds it or is unknown.
 */
function touches(path: string, fresh: Value | undefined, forcing: string): boolean {
  const steps = parsePath(path);
  const forced = parsePath(forcing);
  const agree = (i: number): boolean =>
    steps[i] === forced[i] || (forced[i] === "*" && /^\d+$/.test(steps[i] ?? ""));
  const shared = Math.min(steps.length, forced.length);
  for (let i = 0; i < shared; i++) if (!agree(i)) return false;
  if (steps.length >= forced.length || fresh === UNKNOWN) return true;
  return valueAt(fresh, forced.slice(shared).join(".")) !== undefined;
}

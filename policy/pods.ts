/** The pods that Kubernetes objects make. */
import { CONTAINER_LISTS } from "../components/kubernetes/pod-security";
import { isObject, type Properties, type Value, valueAt } from "../offline/values";
import { type Graph, type GraphResource, objectKindOf } from "./graph";

/** A pod, or the template of many. */
export interface Pod {
  readonly owner: GraphResource;
  readonly labels: Properties;
  readonly annotations: Properties;
  readonly spec: Properties;
  /** Containers that run as long as the pod does. */
  readonly containers: readonly Properties[];
  /** These, those that run before them, and those that a person adds later. */
  readonly allContainers: readonly Properties[];
  /** Whether it serves until it is replaced, by a kind of Kubernetes's own, and is known whole: no patch of another's. */
  readonly serves: boolean;
}

/** Kinds of Kubernetes's own whose pods serve. */
const SERVING = ["Pod", "Deployment", "DaemonSet", "ReplicaSet", "StatefulSet"];

/**
 * Every pod of the objects, whatever their kind: an object that is a Pod, the `spec` of a `template`, at whatever depth (a CronJob's,
 * a List's, a custom resource's), and any other `spec` with containers. Patches of objects are read as objects.
 */
export function pods({ resources }: Graph): Pod[] {
  return resources
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .flatMap((owner) => {
      const kind = objectKindOf(owner);
      const isPod = /^Pod(Patch)?$/.test(kind) || owner.props.kind === "Pod";
      return templates(owner.props, isPod).map((template) => podOf(owner, template, SERVING.includes(kind)));
    });
}

/** The objects with a pod's metadata and spec. */
function templates(value: Value, isPod: boolean): Properties[] {
  if (Array.isArray(value)) return value.flatMap((item) => templates(item, isKind(item)));
  if (!isObject(value)) return [];
  const { spec } = value;
  const own = isObject(spec) && (isPod || CONTAINER_LISTS.some((list) => Array.isArray(spec[list])));
  const below = Object.entries(value).flatMap(([key, item]) =>
    templates(item, /template$/i.test(key) || isKind(item)),
  );
  return own ? [value, ...below] : below;
}

const isKind = (value: Value): boolean => isObject(value) && value.kind === "Pod";

function podOf(owner: GraphResource, template: Properties, serves: boolean): Pod {
  const spec = asObject(template.spec);
  const containers = objects(spec.containers);
  return {
    owner,
    labels: asObject(valueAt(template, "metadata.labels")),
    annotations: asObject(valueAt(template, "metadata.annotations")),
    spec,
    containers,
    allContainers: CONTAINER_LISTS.flatMap((list) => objects(spec[list])),
    serves,
  };
}

const objects = (value: Value | undefined): Properties[] =>
  Array.isArray(value) ? value.filter((item) => isObject(item)) : [];
const asObject = (value: Value | undefined): Properties => (isObject(value) ? value : {});

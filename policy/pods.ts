/** The pods that Kubernetes objects make. */
import { isObject, type Properties, type Value, valueAt } from "../offline/values";
import { type Graph, type GraphResource, objectKindOf } from "./graph";

/** A pod, or the template of many. */
export interface Pod {
  readonly owner: GraphResource;
  readonly labels: Properties;
  readonly spec: Properties;
  /** Containers that run as long as the pod does. */
  readonly containers: readonly Properties[];
  /** These, those that run before them, and those that a person adds later. */
  readonly allContainers: readonly Properties[];
}

/** Where each kind keeps its pod. */
const POD_PATHS: Readonly<Record<string, string>> = {
  Pod: "",
  Deployment: "spec.template",
  DaemonSet: "spec.template",
  ReplicaSet: "spec.template",
  StatefulSet: "spec.template",
  Job: "spec.template",
  CronJob: "spec.jobTemplate.spec.template",
};

export function pods({ resources }: Graph): Pod[] {
  return resources.flatMap((owner) => {
    const path = owner.type.startsWith("kubernetes:") ? POD_PATHS[objectKindOf(owner)] : undefined;
    if (path === undefined) return [];
    const template = path === "" ? owner.props : valueAt(owner.props, path);
    const spec = valueAt(template, "spec");
    if (!isObject(spec)) return [];
    const containers = objects(spec.containers);
    return {
      owner,
      labels: asObject(valueAt(template, "metadata.labels")),
      spec,
      containers,
      allContainers: [...objects(spec.initContainers), ...containers, ...objects(spec.ephemeralContainers)],
    };
  });
}

const objects = (value: Value | undefined): Properties[] =>
  Array.isArray(value) ? value.filter((item) => isObject(item)) : [];
const asObject = (value: Value | undefined): Properties => (isObject(value) ? value : {});

/**
 * What the Kubernetes provider 4.28 answers, offline: which names it makes up, what it takes for a change, and which
 * changes it makes by replacement. Held to provider/pkg/provider/diff.go and provider.go (`Diff`) in
 * pulumi/pulumi-kubernetes at v4.28.0.
 */
import { type Diff, diffProperties, isReplacing } from "../diff";
import type { ResourceState } from "../state";
import { isObject, type Properties, parsePath, UNKNOWN, type Value, valueAt } from "../values";
import { contentHash, type ProviderModel, type Registration } from "./model";

const AUTONAMED = "pulumi.com/autonamed";
const HELM_RELEASE = "kubernetes:helm.sh/v3:Release";

export const kubernetes: ProviderModel = {
  check({ type, name, inputs }: Registration, old?: ResourceState): Properties {
    if (type === HELM_RELEASE) return helmName(name, inputs, old);
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
        name: kept ?? `${name}-${contentHash(inputs, 8)}`,
        annotations: { ...annotations, [AUTONAMED]: "true" },
      },
    };
  },

  diff(old, inputs): Diff {
    const helm = old.type === HELM_RELEASE;
    const forceNew = helm ? ["name", "namespace"] : [...METADATA, ...forceNewPaths(old.type)];
    const detailed = diffProperties(helm ? old.inputs : liveInputs(old), inputs, {
      replaces: (path, fresh) => forceNew.some((forcing) => touches(path, fresh, forcing)),
      same: sameQuantity,
    });
    const sameName = valueAt(inputs, "metadata.name") === valueAt(old.inputs, "metadata.name");
    const sameNamespace = namespaceOf(inputs) === namespaceOf(old.inputs);
    const immutable = (IMMUTABLE[kindOf(old.type)] ?? []).find((path) =>
      Object.keys(detailed).some((changed) => touches(changed, undefined, path)),
    );
    return {
      detailed,
      deleteBeforeReplace:
        Object.values(detailed).some(isReplacing) && !isAutonamed(inputs) && sameName && sameNamespace,
      ...(immutable !== undefined &&
        !Object.values(detailed).some(isReplacing) && {
          refused: `${immutable} of a ${kindOf(old.type)} is immutable, the API server will refuse the update`,
        }),
    };
  },

  updated: (old, inputs) => ({ ...old.outputs, ...inputs }),

  placeholders: () => ({}),

  idOf(inputs): string {
    const namespace = valueAt(inputs, "metadata.namespace");
    const name = String(valueAt(inputs, "metadata.name") ?? inputs.name);
    return namespace === undefined ? name : `${namespace}/${name}`;
  },
};

/** A Helm release without a name of its own gets one made up. */
function helmName(name: string, inputs: Properties, old?: ResourceState): Properties {
  if (inputs.name !== undefined) return inputs;
  return { ...inputs, name: old?.inputs.name ?? `${name}-${contentHash(inputs, 8)}` };
}

const isAutonamed = (inputs: Properties): boolean =>
  valueAt(inputs, `metadata.annotations["${AUTONAMED}"]`) === "true";

const namespaceOf = (inputs: Properties): Value => valueAt(inputs, "metadata.namespace") ?? "default";

/** What the cluster holds of the old inputs: the checkpoint's outputs, pruned to what the program had set. */
function liveInputs({ inputs, outputs }: ResourceState): Properties {
  const prune = (input: Value, live: Value | undefined): Value => {
    if (live === undefined) return input;
    if (isObject(input) && isObject(live)) {
      return Object.fromEntries(
        Object.entries(input)
          .filter(([key]) => live[key] !== undefined)
          .map(([key, value]) => [key, prune(value, live[key])]),
      );
    }
    if (Array.isArray(input) && Array.isArray(live))
      return live.map((item, i) => prune(input[i] ?? item, item));
    return live;
  };
  return Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, prune(value, outputs[key])]));
}

/**
 * Whether a change at `path` counts as one at `forcing`: the same place, one below it, or one above it whose new value
 * holds it or can't be looked into.
 */
function touches(path: string, fresh: Value | undefined, forcing: string): boolean {
  const steps = parsePath(path);
  const forced = parsePath(forcing);
  const agree = (i: number): boolean =>
    steps[i] === forced[i] || (forced[i] === "*" && /^\d+$/.test(steps[i] ?? ""));
  const shared = Math.min(steps.length, forced.length);
  for (let i = 0; i < shared; i++) if (!agree(i)) return false;
  if (steps.length >= forced.length) return true;
  return (
    fresh === undefined || fresh === UNKNOWN || valueAt(fresh, forced.slice(shared).join(".")) !== undefined
  );
}

/** `2000m` and `2`, `1024Mi` and `1Gi` are the same where Kubernetes reads quantities. */
function sameQuantity(path: string, old: Value, fresh: Value): boolean {
  if (/(^|\.)(requests|limits|capacity|hard|sizeLimit)(\.|\[|$)/.test(path)) {
    return quantity(old) === quantity(fresh) && quantity(old) !== undefined;
  }
  return false;
}

const UNITS: Record<string, number> = {
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

function quantity(value: Value): number | undefined {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([a-zA-Z]*)$/.exec(String(value)) ?? [];
  const factor = UNITS[unit];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

const METADATA = ["metadata.name", "metadata.namespace"];

/** `kubernetes:apps/v1:Deployment` -> `Deployment`. */
const kindOf = (type: string): string => type.split(":").at(-1) ?? "";

/** Fields whose change replaces an object, beside its name and namespace: `forceNew` in diff.go. */
function forceNewPaths(type: string): readonly string[] {
  const [, groupVersion = "", kind = ""] = type.split(":");
  const group = groupVersion.split("/")[0] ?? "";
  return FORCE_NEW[`${group}:${kind}`] ?? [];
}

const CONTAINER_FIELDS = [
  "args",
  "command",
  "env",
  "image",
  "imagePullPolicy",
  "lifecycle",
  "livenessProbe",
  "ports",
  "readinessProbe",
  "resources",
  "securityContext",
  "stdin",
  "stdinOnce",
  "terminationMessagePath",
  "terminationMessagePolicy",
  "tty",
  "volumeDevices",
  "volumeMounts",
  "workingDir",
];
const POD_FIELDS = [
  "affinity",
  "automountServiceAccountToken",
  "dnsConfig",
  "dnsPolicy",
  "enableServiceLinks",
  "hostAliases",
  "hostIPC",
  "hostNetwork",
  "hostPID",
  "hostname",
  "imagePullSecrets",
  "nodeName",
  "nodeSelector",
  "overhead",
  "preemptionPolicy",
  "priority",
  "priorityClassName",
  "readinessGates",
  "restartPolicy",
  "runtimeClassName",
  "schedulerName",
  "securityContext",
  "serviceAccount",
  "serviceAccountName",
  "shareProcessNamespace",
  "subdomain",
  "terminationGracePeriodSeconds",
  "volumes",
];
const VOLUME_SOURCES = [
  "awsElasticBlockStore",
  "azureDisk",
  "azureFile",
  "cephfs",
  "cinder",
  "csi",
  "fc",
  "flexVolume",
  "flocker",
  "gcePersistentDisk",
  "glusterfs",
  "hostPath",
  "iscsi",
  "local",
  "nfs",
  "photonPersistentDisk",
  "portworxVolume",
  "quobyte",
  "rbd",
  "scaleIO",
  "storageos",
  "vsphereVolume",
];
const spec = (...fields: string[]): string[] => fields.map((field) => `spec.${field}`);
const containers = (list: string): string[] => CONTAINER_FIELDS.map((field) => `spec.${list}[*].${field}`);

const FORCE_NEW: Record<string, readonly string[]> = {
  "apps:DaemonSet": spec("selector"),
  "apps:Deployment": spec("selector"),
  "apps:StatefulSet": spec(
    "podManagementPolicy",
    "revisionHistoryLimit",
    "selector",
    "serviceName",
    "volumeClaimTemplates",
  ),
  "batch:Job": spec("completions", "parallelism", "selector", "template"),
  "core:ConfigMap": ["binaryData", "data"],
  "core:PersistentVolume": spec(...VOLUME_SOURCES),
  "core:PersistentVolumeClaim": spec("accessModes", "selector", "storageClassName", "volumeName"),
  "core:Pod": [...spec(...POD_FIELDS), ...containers("containers"), ...containers("initContainers")],
  "core:ResourceQuota": spec("scopes"),
  "core:Secret": ["type", "stringData", "data"],
  "core:Service": spec("clusterIP"),
  "rbac.authorization.k8s.io:ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io:RoleBinding": ["roleRef"],
  "storage.k8s.io:StorageClass": ["parameters", "provisioner"],
};

/** Fields that the API server refuses to change, and that the provider does not replace for: pkg/apis in kubernetes. */
const IMMUTABLE: Record<string, readonly string[]> = {
  EndpointSlice: ["addressType"],
  IngressClass: ["spec.controller"],
  PriorityClass: ["value", "preemptionPolicy"],
  RuntimeClass: ["handler"],
  StatefulSet: ["spec.volumeClaimTemplates"],
  StorageClass: ["reclaimPolicy", "volumeBindingMode"],
};

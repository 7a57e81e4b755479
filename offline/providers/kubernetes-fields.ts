/** Fields of Kubernetes objects that can't be updated: `forceNew` in diff.go of pulumi-kubernetes v4.28.0, and what is missing there. */

const METADATA = ["metadata.name", "metadata.namespace"];

/** `kubernetes:apps/v1:Deployment` -> `Deployment`. */
export const kindOf = (type: string): string => type.split(":").at(-1) ?? "";

/** Fields whose change replaces an object. */
export function forceNewPaths(type: string): readonly string[] {
  const [, groupVersion = "", kind = ""] = type.split(":");
  const group = groupVersion.split("/")[0] ?? "";
  return [...METADATA, ...(FORCE_NEW[`${group}:${kind}`] ?? [])];
}

/** Fields that the API server refuses to change, and that the provider does not replace for. */
export const immutablePaths = (type: string): readonly string[] => IMMUTABLE[kindOf(type)] ?? [];

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

/** Validation in pkg/apis of kubernetes. */
const IMMUTABLE: Record<string, readonly string[]> = {
  EndpointSlice: ["addressType"],
  IngressClass: ["spec.controller"],
  PriorityClass: ["value", "preemptionPolicy"],
  RuntimeClass: ["handler"],
  StatefulSet: ["spec.volumeClaimTemplates"],
  StorageClass: ["reclaimPolicy", "volumeBindingMode"],
};

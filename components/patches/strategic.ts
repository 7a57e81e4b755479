/** Merges a change into a resource's inputs, with Kubernetes' rules for lists if it has any. */
import { output } from "@pulumi/pulumi";
import { edited, isKnownMap, isLazy, type Json, type LazyMap } from "./lazy";

/** The key by which a list's items are told apart; undefined for a list that is replaced as a whole. */
export type MergeKeys = (path: readonly string[]) => string | undefined;

/** Of lists in pods, by name: `patchMergeKey` in k8s.io/api v0.35.4, core/v1/types.go. All others, tolerations too, are replaced. */
const IN_PODS: Readonly<Record<string, string>> = {
  containers: "name",
  initContainers: "name",
  ephemeralContainers: "name",
  volumes: "name",
  env: "name",
  imagePullSecrets: "name",
  schedulingGates: "name",
  resourceClaims: "name",
  hostAliases: "ip",
  volumeMounts: "mountPath",
  volumeDevices: "devicePath",
  topologySpreadConstraints: "topologyKey",
};
/** Of other kinds: core/v1/types.go and admissionregistration/v1/types.go there. */
const IN_OTHERS: Readonly<Record<string, string>> = {
  "Service/spec.ports": "port",
  "ServiceAccount/secrets": "name",
  "ValidatingAdmissionPolicy/spec.variables": "name",
  "MutatingWebhookConfiguration/webhooks": "name",
  "ValidatingWebhookConfiguration/webhooks": "name",
};
/** Groups whose types have such rules; of a custom resource every list is replaced, as kubectl does. */
const BUILT_IN =
  /^(core|apps|batch|policy|autoscaling|networking\.k8s\.io|rbac\.authorization\.k8s\.io|admissionregistration\.k8s\.io)$/;

/** Those of a resource by its type, such as `kubernetes:apps/v1:Deployment`. */
export function mergeKeysOf(type: string): MergeKeys {
  const [, group = "", kind = ""] = /^kubernetes:([^/]+)\/[^:]+:(.+)$/.exec(type) ?? [];
  if (!BUILT_IN.test(group)) return () => undefined;
  return (path) => {
    const name = path.at(-1) ?? "";
    const other = IN_OTHERS[`${kind}/${path.join(".")}`];
    if (other !== undefined) return other;
    const inPod = path[0] === "spec" && (kind === "Pod" || path.includes("template"));
    if (!inPod) return undefined;
    if (name === "ports") return path.some((step) => /ontainers$/.test(step)) ? "containerPort" : undefined;
    return Object.hasOwn(IN_PODS, name) ? IN_PODS[name] : undefined;
  };
}

/** A list's item that is a kind of thing by which key it has: another kind takes the place of the one before. */
const ONE_OF_A_KIND = ["volumes", "resourceClaims"];

/**
 * The value with a change merged into it: maps key by key, null takes a key away, lists by their key or as a whole.
 * `$patch: replace` puts a map in the place of one, `$patch: delete` takes a list's item away.
 *
 * https://github.com/kubernetes/community/blob/main/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
export function strategicMerge(
  value: unknown,
  change: Json,
  keys: MergeKeys,
  path: readonly string[] = [],
): unknown {
  if (isLazy(value)) return edited(value, (known) => strategicMerge(known, change, keys, path));
  if (Array.isArray(change)) {
    const key = keys(path);
    const isKeyed = key !== undefined && change.every((item) => isKnownMap(item) && Object.hasOwn(item, key));
    return isKeyed && Array.isArray(value)
      ? mergedList(value, change as LazyMap[], key, keys, path)
      : plain(change);
  }
  if (typeof change !== "object" || change === null) return change;
  if ((change as LazyMap).$patch === "replace" || !isKnownMap(value)) return plain(change);
  // A key may be `__proto__`.
  const result = new Map<string, unknown>(Object.entries(value));
  for (const [key, below] of Object.entries(change as LazyMap)) {
    if (below === null) result.delete(key);
    else result.set(key, strategicMerge(result.get(key), below as Json, keys, [...path, key]));
  }
  return Object.fromEntries(result);
}

/** Without directives, which say what to do with what is there. */
function plain(change: unknown): unknown {
  if (Array.isArray(change))
    return change.filter((item) => !(isKnownMap(item) && item.$patch === "delete")).map(plain);
  if (!isKnownMap(change)) return change;
  return Object.fromEntries(
    Object.entries(change)
      .filter(([key, below]) => key !== "$patch" && below !== null)
      .map(([key, below]) => [key, plain(below)]),
  );
}

function mergedList(
  value: readonly unknown[],
  change: readonly LazyMap[],
  key: string,
  keys: MergeKeys,
  path: readonly string[],
): unknown {
  const names = value.map((item) => edited(item, (known) => (isKnownMap(known) ? known[key] : undefined)));
  const merge = (known: readonly unknown[]): unknown[] => {
    const items = value.map((item, i) => ({ name: known[i], item }));
    for (const each of change) {
      const at = items.findIndex(({ name }) => name === each[key]);
      if (each.$patch === "delete") {
        if (at >= 0) items.splice(at, 1);
      } else if (at < 0) items.push({ name: each[key], item: plain(each) });
      else {
        const before = items[at]?.item;
        const kept = ONE_OF_A_KIND.includes(path.at(-1) ?? "")
          ? edited(before, (item) => onlyKeys(item, Object.keys(each)))
          : before;
        items[at] = { name: each[key], item: strategicMerge(kept, each as Json, keys, path) };
      }
    }
    return items.map(({ item }) => item);
  };
  return names.some(isLazy) ? output(names).apply((known) => merge(known as unknown[])) : merge(names);
}

const onlyKeys = (item: unknown, kept: readonly string[]): unknown =>
  isKnownMap(item) ? Object.fromEntries(Object.entries(item).filter(([key]) => kept.includes(key))) : item;

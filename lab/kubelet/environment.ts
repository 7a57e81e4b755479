/** The environment of a container: its own variables, and those out of ConfigMaps, Secrets and the pod itself. */
import type { CoreV1Api, V1Container, V1EnvVarSource, V1Pod } from "@kubernetes/client-node";
import { ApiException } from "@kubernetes/client-node";

/** What is read of the API server. */
export type Configuration = Pick<CoreV1Api, "readNamespacedConfigMap" | "readNamespacedSecret">;

type Texts = Record<string, string>;

/**
 * https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 *
 * @param address of the pod
 * @throws Error that names what is missing
 */
export async function containerEnvironment(
  core: Configuration,
  pod: V1Pod,
  container: V1Container,
  address: string,
): Promise<Texts> {
  const namespace = pod.metadata?.namespace ?? "";
  const found: Texts = {};
  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    const texts =
      configMapRef !== undefined
        ? await textsOf(core, "ConfigMap", configMapRef.name ?? "", namespace, configMapRef.optional)
        : await textsOf(core, "Secret", secretRef?.name ?? "", namespace, secretRef?.optional);
    for (const [key, text] of Object.entries(texts)) found[`${prefix}${key}`] = text;
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const text =
      valueFrom === undefined
        ? expanded(value ?? "", found)
        : await fromSource(core, valueFrom, pod, address);
    if (text !== undefined) found[name] = text;
  }
  return found;
}

/** `$(NAME)` is a variable that stands before; `$$(NAME)` is the text `$(NAME)`. */
export const expanded = (text: string, known: Texts): string =>
  text.replace(/\$(\$?)\((\w[\w.-]*)\)/g, (whole, doubled: string, name: string) =>
    doubled !== "" ? `$(${name})` : Object.hasOwn(known, name) ? (known[name] ?? "") : whole,
  );

async function fromSource(
  core: Configuration,
  { configMapKeyRef, secretKeyRef, fieldRef, ...others }: V1EnvVarSource,
  pod: V1Pod,
  address: string,
): Promise<string | undefined> {
  if (fieldRef !== undefined) return podField(pod, fieldRef.fieldPath, address);
  const [kind, ref] = configMapKeyRef
    ? (["ConfigMap", configMapKeyRef] as const)
    : (["Secret", secretKeyRef] as const);
  if (ref === undefined) throw new Error(`the lab ignores env.valueFrom.${Object.keys(others).join(", ")}`);
  const texts = await textsOf(core, kind, ref.name ?? "", pod.metadata?.namespace ?? "", ref.optional);
  if (Object.hasOwn(texts, ref.key)) return texts[ref.key];
  if (ref.optional) return undefined;
  throw new Error(`${kind} ${ref.name} has no key ${ref.key}`);
}

async function textsOf(
  core: Configuration,
  kind: "ConfigMap" | "Secret",
  name: string,
  namespace: string,
  optional = false,
): Promise<Texts> {
  try {
    if (kind === "ConfigMap") return (await core.readNamespacedConfigMap({ name, namespace })).data ?? {};
    const { data = {} } = await core.readNamespacedSecret({ name, namespace });
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
    );
  } catch (error) {
    if (!(error instanceof ApiException && error.code === 404)) throw error;
    if (optional) return {};
    throw new Error(`${kind} ${namespace}/${name} is missing`);
  }
}

/** A field of the pod as the downward API has it. @throws Error for one that the lab does not know */
export function podField({ metadata, spec, status }: V1Pod, path: string, address = ""): string {
  const [, kind, key = ""] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? [];
  if (kind === "labels" || kind === "annotations") return metadata?.[kind]?.[key] ?? "";
  const lines = (texts: Texts = {}): string =>
    Object.entries(texts)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${JSON.stringify(value)}\n`)
      .join("");
  const fields: Texts = {
    "metadata.name": metadata?.name ?? "",
    "metadata.namespace": metadata?.namespace ?? "",
    "metadata.uid": metadata?.uid ?? "",
    "metadata.labels": lines(metadata?.labels),
    "metadata.annotations": lines(metadata?.annotations),
    "spec.nodeName": spec?.nodeName ?? "",
    "spec.serviceAccountName": spec?.serviceAccountName ?? "default",
    "status.podIP": address || (status?.podIP ?? ""),
    "status.podIPs": address || (status?.podIP ?? ""),
    "status.hostIP": status?.hostIP ?? "",
  };
  const found = fields[path];
  if (found === undefined) throw new Error(`the lab ignores fieldRef ${path}`);
  return found;
}

/** Volumes of pods whose programs read files, as folders of the lab. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type {
  CoreV1Api,
  V1Container,
  V1KeyToPath,
  V1Pod,
  V1Volume,
  V1VolumeProjection,
} from "@kubernetes/client-node";

import { podField } from "./environment";

/** Where something of a container's file system is. */
export interface Mount {
  readonly mountPath: string;
  /** Folder or, with a subPath, file that stands for it. */
  readonly path: string;
}

/** File -> content. */
type Content = Record<string, string | Buffer>;

/**
 * Writes a container's volumes.
 *
 * @param folder the pod's own
 */
export async function mountVolumes(
  core: CoreV1Api,
  pod: V1Pod,
  container: V1Container,
  folder: string,
): Promise<Mount[]> {
  const mounts: Mount[] = [];
  for (const { name, mountPath, subPath = "" } of container.volumeMounts ?? []) {
    const volume = pod.spec?.volumes?.find((candidate) => candidate.name === name);
    if (volume === undefined) throw new Error(`volume ${name} is missing`);
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    for (const [file, content] of Object.entries(await contentOf(core, pod, volume))) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), content, { mode: 0o600 });
    }
    mounts.push({ mountPath: mountPath.replace(/\/$/, ""), path: join(path, subPath) });
  }
  return mounts;
}

/** Where Kubernetes mounts what a ServiceAccount's pods need to reach the API. */
export const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Writes a container's volumes but for its ServiceAccount's, which neither the demo app nor a command needs; the pod's containers share those of one name. */
export const mountOwnVolumes = (
  core: CoreV1Api,
  pod: V1Pod,
  container: V1Container,
  folder: string,
): Promise<Mount[]> => {
  const volumeMounts = (container.volumeMounts ?? []).filter(
    ({ mountPath }) => mountPath !== SERVICE_ACCOUNT,
  );
  return mountVolumes(core, pod, { ...container, volumeMounts }, folder);
};

async function contentOf(core: CoreV1Api, pod: V1Pod, volume: V1Volume): Promise<Content> {
  const { name, configMap, secret, projected, downwardAPI, emptyDir } = volume;
  if (configMap !== undefined) return projection(core, pod, { configMap });
  if (secret !== undefined) return projection(core, pod, { secret: { ...secret, name: secret.secretName } });
  if (downwardAPI !== undefined) return projection(core, pod, { downwardAPI });
  if (projected !== undefined) {
    const parts = await Promise.all((projected.sources ?? []).map((source) => projection(core, pod, source)));
    return Object.assign({}, ...parts) as Content;
  }
  if (emptyDir !== undefined) return {};
  throw new Error(
    `volume ${name}: the lab knows configMap, secret, projected, downwardAPI and emptyDir only`,
  );
}

async function projection(core: CoreV1Api, pod: V1Pod, source: V1VolumeProjection): Promise<Content> {
  const { name: podName = "", namespace = "", uid = "" } = pod.metadata ?? {};
  const { configMap, secret, serviceAccountToken, downwardAPI } = source;
  if (configMap !== undefined) {
    const { data, binaryData } = await core.readNamespacedConfigMap({
      name: configMap.name ?? "",
      namespace,
    });
    return selected({ ...data, ...decoded(binaryData) }, configMap.items);
  }
  if (secret !== undefined) {
    const { data } = await core.readNamespacedSecret({ name: secret.name ?? "", namespace });
    return selected(decoded(data), secret.items);
  }
  if (serviceAccountToken !== undefined) {
    const { path, audience, expirationSeconds } = serviceAccountToken;
    // The API server makes the usual hour (3607 s) a year, for clients that never read their token again: nothing to rotate.
    const { status } = await core.createNamespacedServiceAccountToken({
      name: pod.spec?.serviceAccountName ?? "default",
      namespace,
      body: {
        spec: {
          audiences: audience === undefined ? [] : [audience],
          expirationSeconds,
          boundObjectRef: { apiVersion: "v1", kind: "Pod", name: podName, uid },
        },
      },
    });
    return { [path]: status?.token ?? "" };
  }
  return Object.fromEntries(
    (downwardAPI?.items ?? []).map(({ path, fieldRef }) => [path, podField(pod, fieldRef?.fieldPath ?? "")]),
  );
}

function decoded(data: Record<string, string> = {}): Content {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64")]));
}

/** All keys, or those that are listed, each at its path. */
function selected(content: Content, items?: readonly V1KeyToPath[]): Content {
  return items === undefined
    ? content
    : Object.fromEntries(items.map(({ key, path }) => [path, content[key] ?? ""]));
}

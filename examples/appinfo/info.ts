/** What a pod knows of itself by the downward API. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

export type Variables = Readonly<Record<string, string | undefined>>;

/** The answer of `/v1/appinfo`. */
export interface Info {
  readonly PodName: string;
  /** The label `app`, else `app.kubernetes.io/name`. */
  readonly AppName: string;
  readonly Namespace: string;
  /** The label `release`, else `variant`. */
  readonly Release: string;
  readonly Version: string;
  /** The other labels. */
  readonly Labels: Readonly<Record<string, string>>;
}

/** @param labelsFile a file of labels, or the folder that a volume puts the file `labels` in */
export async function appInfo(env: Variables, labelsFile: string): Promise<Info> {
  const labels = await readLabels(labelsFile);
  const take = (...names: string[]): string => {
    const found = names.find((name) => labels.has(name));
    const value = found && labels.get(found);
    if (found) labels.delete(found);
    return value ?? "";
  };
  return {
    PodName: env.MY_POD_NAME ?? "",
    AppName: take("app", "app.kubernetes.io/name"),
    Namespace: env.MY_POD_NAMESPACE ?? "",
    Release: take("release", "variant"),
    Version: env.VERSION ?? "",
    Labels: Object.fromEntries(labels),
  };
}

/** Read anew each time: the kubelet rewrites the file when a label changes. Empty if there is no file. */
async function readLabels(file: string): Promise<Map<string, string>> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EISDIR") return readFile(join(file, "labels"), "utf8");
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const entries = [...text.matchAll(/^([^=\n]+)=(".*")$/gm)];
  return new Map(entries.map(([, name = "", value = '""']) => [name, JSON.parse(value) as string]));
}

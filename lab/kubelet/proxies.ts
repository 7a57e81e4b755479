/**
 * Runs this machine's HAProxy and nginx, and the lab's Envoy, for pods of these images. They see the lab's files and share its network, so
 * paths of mounts become those of the folders that stand for them, and they listen on the pod's address alone.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CoreV1Api } from "@kubernetes/client-node";
import { programsFolder } from "../build";
import { envoyPart } from "../parts";
import { plainEnv } from "./demo-app";
import { runProcess } from "./process";
import type { ContainerToRun, RunningContainer, Runtime } from "./runtime";
import { type Mount, mountVolumes } from "./volumes";

/** The signal that an image says it is to be ended by: all of them then finish the requests that they have. */
const STOP_SIGNALS: Readonly<Record<string, NodeJS.Signals>> = {
  haproxy: "SIGUSR1",
  nginx: "SIGQUIT",
  envoy: "SIGTERM",
};

const programOf = (image: string): string => /(?:^|\/)(haproxy|nginx|envoy):/.exec(image)?.[1] ?? "";

export const isProxy = (image: string): boolean => programOf(image) !== "";

export class ProxyRuntime implements Runtime {
  /**
   * @param folder for a folder of each pod
   * @param logs for a log of each pod
   */
  constructor(
    private readonly core: CoreV1Api,
    private readonly folder: string,
    private readonly logs: string,
  ) {}

  async start({ pod, container, address }: ContainerToRun): Promise<RunningContainer> {
    const { uid = "", namespace = "", name = "" } = pod.metadata ?? {};
    const folder = join(this.folder, uid, container.name);
    const mounts = await mountVolumes(this.core, pod, container, join(folder, "volumes"));
    const image = programOf(container.image ?? "");
    for (const { path } of mounts)
      placeFiles(path, (text) => placedProxyConfiguration(text, { address, mounts }));
    const words = [...(container.command ?? []), ...(container.args ?? [])];
    const { ended, stop } = runProcess({
      words: words.map((text) => placedPaths(text, mounts)),
      folder,
      log: join(this.logs, `${namespace}_${name}.log`),
      env: { PATH: pathOf(image), ...plainEnv(container) },
      stopSignal: STOP_SIGNALS[image],
    });
    return { ended: ended.finally(() => rmSync(folder, { recursive: true, force: true })), stop };
  }
}

/** @throws Error if it is neither on PATH nor among the lab's parts, which would say no more than that it can't be started */
function pathOf(image: string): string {
  const path = process.env.PATH ?? "";
  if (image !== "envoy") return path;
  const folder = programsFolder(envoyPart);
  if (folder !== undefined) return `${folder}:${path}`;
  if (path.split(":").some((entry) => existsSync(join(entry, "envoy")))) return path;
  throw new Error("Envoy is not here: end the lab, and start it by `canary lab up --with envoy`");
}

function placeFiles(folder: string, place: (text: string) => string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = join(folder, entry.name);
    if (entry.isFile()) writeFileSync(file, place(readFileSync(file, "utf8")));
  }
}

/** A configuration of any of them for one place. nginx, which is root in a lab, must not try to become somebody else. */
export function placedProxyConfiguration(
  text: string,
  { address, mounts }: { address: string; mounts: readonly Mount[] },
): string {
  return placedPaths(text, mounts)
    .replace(/^(\s*bind )(?=:)/gm, `$1${address}`)
    .replace(/^(\s*listen )(?=\d)/gm, `$1${address}:`)
    .replace(/^(?=worker_processes )/m, "user root;\n")
    .replaceAll('"0.0.0.0"', `"${address}"`);
}

function placedPaths(text: string, mounts: readonly Mount[]): string {
  return text.replace(/\/[\w./-]+/g, (path) => {
    const mount = mounts.find(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`));
    return mount === undefined ? path : mount.path + path.slice(mount.mountPath.length);
  });
}

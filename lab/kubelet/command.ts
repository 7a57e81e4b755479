/** Runs a container that has a command, as a process of this machine: in its words and variables, mounted folders are the lab's. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { CoreV1Api } from "@kubernetes/client-node";
import { containerEnvironment, expanded } from "./environment";
import { runProcess } from "./process";
import type { ContainerToRun, RunningContainer, Runtime } from "./runtime";
import { type Mount, mountOwnVolumes } from "./volumes";

export class CommandRuntime implements Runtime {
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
    mkdirSync(folder, { recursive: true });
    const mounts = await mountOwnVolumes(this.core, pod, container, join(this.folder, uid, "volumes"));
    const env = await containerEnvironment(this.core, pod, container, address);
    const place = (text: string): string => located(text, mounts);
    const words = [...(container.command ?? []), ...(container.args ?? [])];
    return runProcess({
      words: words.map((word) => place(expanded(word, env))),
      folder,
      log: join(this.logs, `${namespace}_${name}_${container.name}.log`),
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        ...Object.fromEntries(Object.entries(env).map(([key, value]) => [key, place(value)])),
      },
    });
  }
}

/** A text in which every path below a mount leads to the folder that stands for it. */
export function located(text: string, mounts: readonly Mount[]): string {
  const longest = [...mounts].sort((a, b) => b.mountPath.length - a.mountPath.length);
  return longest.reduce((changed, { mountPath, path }) => {
    const expression = mountPath.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
    return changed.replace(new RegExp(`(?<![\\w./-])${expression}(?![\\w.-])`, "g"), () => path);
  }, text);
}

/**
 * Runs a container that has a command, or whose image has a program here, as a process of this machine: in its words and variables,
 * mounted folders are the lab's.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { CoreV1Api } from "@kubernetes/client-node";
import { containerEnvironment, expanded } from "./environment";
import { hasProgram, layOut } from "./images";
import { PodNetworks } from "./pod-network";
import { runProcess, succeeds } from "./process";
import type { ContainerToRun, RunningContainer, Runtime } from "./runtime";
import { type Mount, mountOwnVolumes } from "./volumes";

export class CommandRuntime implements Runtime {
  readonly canExec = true;
  private readonly networks = new PodNetworks();

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
    const { image = "" } = container;
    const own = layOut(image, folder);
    const words = [...(container.command ?? own), ...(container.args ?? [])];
    const isOnHost = pod.spec?.hostNetwork === true || !hasProgram(image);
    const there = isOnHost ? [] : await this.networks.enter(uid, address, pod.spec?.hostname ?? name);
    const surroundings = {
      folder,
      env: {
        PATH: `${folder}:${process.env.PATH}`,
        HOME: folder,
        ...Object.fromEntries(Object.entries(env).map(([key, value]) => [key, place(value)])),
      },
    };
    const running = runProcess({
      ...surroundings,
      words: [...there, ...words.map((word) => place(expanded(word, env)))],
      log: join(this.logs, `${namespace}_${name}_${container.name}.log`),
    });
    if (!isOnHost) void running.ended.then(() => this.networks.leave(uid));
    return {
      ...running,
      exec: (command, timeoutMs) =>
        succeeds({ ...surroundings, words: [...there, ...command.map(place)] }, timeoutMs),
    };
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

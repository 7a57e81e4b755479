/**
 * Stands for a container of tools, such as perf, beside an app: it looks at the app of its pod and writes what it sees to the
 * folders of the node that are mounted. It is a part of the kubelet, which the node's folders belong to.
 */
import { appendFileSync, mkdirSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { portsOf } from "./demo-app";
import type { ContainerToRun, RunningContainer, Runtime } from "./runtime";

const INTERVAL_MS = 500;

export const isPerf = (image: string): boolean => /(?:^|\/)perf:/.test(image);

/** Where a lab keeps the files of a node. */
export const nodeFolder = (lab: string, node: string): string => join(lab, "nodes", node);

export class PerfRuntime implements Runtime {
  /** @param lab the lab's folder */
  constructor(private readonly lab: string) {}

  async start(what: ContainerToRun): Promise<RunningContainer> {
    const folders = this.hostFolders(what);
    for (const folder of folders) mkdirSync(folder, { recursive: true });
    let end: (reason: string) => void = () => {};
    const ended = new Promise<string>((resolve) => {
      end = resolve;
    });
    const timer = setInterval(() => {
      samples(what).then(
        (lines) => {
          for (const folder of folders) appendFileSync(join(folder, "perf.data"), lines);
        },
        () => {},
      );
    }, INTERVAL_MS);
    const stop = async (): Promise<void> => {
      clearInterval(timer);
      end("Completed");
    };
    return { ended, stop };
  }

  /** The node's folders that the container may write to. */
  private hostFolders({ pod, container }: ContainerToRun): string[] {
    const { nodeName = "", volumes = [] } = pod.spec ?? {};
    return (container.volumeMounts ?? []).flatMap(({ name }) => {
      const path = volumes.find((volume) => volume.name === name)?.hostPath?.path;
      return path === undefined ? [] : [join(nodeFolder(this.lab, nodeName), path)];
    });
  }
}

/** How many requests the app has answered by now. */
async function samples({ pod, container, address }: ContainerToRun): Promise<string> {
  const app = pod.spec?.containers.find(({ name }) => name !== container.name);
  const [port] = app === undefined ? [] : portsOf(app);
  const metrics = await new Promise<string>((resolve, reject) => {
    get({ host: address, port, path: "/metrics", agent: false }, (response) => {
      text(response).then(resolve, reject);
    }).once("error", reject);
  });
  return metrics.replace(/^(?!http_requests_total).*\n/gm, "");
}

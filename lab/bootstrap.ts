/**
 * Makes what every lab has, the routers' kinds and the Nodes, and waits until they are there. Prints a line for each thing that
 * took a while, and ends. It is a program of its own because the API's client takes 140 MB.
 *
 * Arguments: the kubeconfig, the lab's state as JSON, and files of custom resource definitions.
 */
import { LabCluster } from "./cluster";
import { nodeObjects } from "./nodes";
import type { LabState } from "./state";
import { untilReady } from "./wait";

async function bootstrap(kubeconfig: string, definitionFiles: string[], state: LabState): Promise<void> {
  const cluster = new LabCluster(kubeconfig);
  const definitions = definitionFiles.flatMap((file) => cluster.read(file));
  const nodes = nodeObjects(state);
  for (const object of [...definitions, ...nodes]) await cluster.apply(object);
  const step = <T>(name: string, attempt: () => Promise<T>) => untilReady(name, attempt, console.log);
  await step("custom resource definitions", () => cluster.allEstablished(definitions));
  await step("nodes", () => cluster.nodesReady(nodes.length));
  // Pods are refused before the controller manager has made it.
  await step("controllers", () => cluster.exists("v1", "ServiceAccount", "default", "default"));
}

const [, , kubeconfig = "", state = "{}", ...definitionFiles] = process.argv;
bootstrap(kubeconfig, definitionFiles, JSON.parse(state) as LabState).catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});

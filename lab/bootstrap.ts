/**
 * Makes what every lab has, Traefik's kinds and the Nodes, and waits until they are there. Prints a line for each thing that
 * took a while, and ends. It is a program of its own because the API's client takes 140 MB.
 *
 * Arguments: the kubeconfig, a file of custom resource definitions, and the lab's state as JSON.
 */
import { Cluster } from "./cluster";
import { nodeObjects } from "./nodes";
import type { LabState } from "./state";
import { untilReady } from "./wait";

async function bootstrap(kubeconfig: string, definitionsFile: string, state: LabState): Promise<void> {
  const cluster = new Cluster(kubeconfig);
  const definitions = cluster.read(definitionsFile);
  const nodes = nodeObjects(state);
  for (const object of [...definitions, ...nodes]) await cluster.apply(object);
  const step = <T>(name: string, attempt: () => Promise<T>) => untilReady(name, attempt, console.log);
  await step("custom resource definitions", () => cluster.allEstablished(definitions));
  await step("nodes", () => cluster.nodesReady(nodes.length));
  // Pods are refused before the controller manager has made it.
  await step("controllers", () => cluster.exists("v1", "ServiceAccount", "default", "default"));
}

const [, , kubeconfig = "", definitionsFile = "", state = "{}"] = process.argv;
bootstrap(kubeconfig, definitionsFile, JSON.parse(state) as LabState).catch((error: Error) => {
  console.error(error);
  process.exitCode = 1;
});

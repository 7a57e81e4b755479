/**
 * The kubelet of all nodes of a lab, which is started with KUBECONFIG and these variables:
 * LAB_FOLDER, the lab's folder; LAB_TRAEFIK, Traefik's program.
 *
 * kwok has stages for pods, too. They make pods ready at once, end them at once, and reuse an address at once; real pods
 * live longer and less simply, and a shift loses requests exactly where they do.
 */
import { join } from "node:path";
import { CoreV1Api, KubeConfig, makeInformer, type V1Container, type V1Pod } from "@kubernetes/client-node";
import { AddressPool } from "../network";
import { files } from "../state";
import { CommandRuntime } from "./command";
import { DemoAppRuntime } from "./demo-app";
import { hasProgram } from "./images";
import { isPerf, PerfRuntime } from "./perf";
import { PodWorker } from "./pod";
import { isProxy, ProxyRuntime } from "./proxies";
import type { Runtime } from "./runtime";
import { isTraefik, TraefikRuntime } from "./traefik";

const REWATCH_MS = 500;

function main(folder: string, traefikProgram: string): void {
  const config = new KubeConfig();
  config.loadFromDefault();
  const core = config.makeApiClient(CoreV1Api);
  const pool = new AddressPool();
  const nodes = new Map<string, string>();
  const workers = new Map<string, PodWorker>();
  const traefik = new TraefikRuntime(core, traefikProgram, join(folder, "pods"), files.logs(folder));
  // Once what an earlier kubelet left there is gone.
  const demoApp = new DemoAppRuntime(core, join(folder, "pods"));
  const commands = new CommandRuntime(core, join(folder, "pods"), files.logs(folder));
  const proxies = new ProxyRuntime(core, join(folder, "pods"), files.logs(folder));
  const perf = new PerfRuntime(folder);
  const runtimeOf = ({ image = "", command = [] }: V1Container): Runtime => {
    if (isTraefik(image)) return traefik;
    if (isProxy(image)) return proxies;
    if (isPerf(image)) return perf;
    return command.length > 0 || hasProgram(image) ? commands : demoApp;
  };

  const services = {
    core,
    runtimeOf,
    async addressFor({ spec, status }: V1Pod) {
      const nodeAddress = await addressOfNode(spec?.nodeName ?? "");
      if (spec?.hostNetwork) return { podAddress: nodeAddress, nodeAddress };
      return { podAddress: status?.podIP ?? pool.take(), nodeAddress };
    },
    log({ metadata }: V1Pod, message: string) {
      console.log(`${new Date().toISOString()} ${metadata?.namespace}/${metadata?.name} ${message}`);
    },
  };

  async function addressOfNode(name: string): Promise<string> {
    const known = nodes.get(name);
    if (known !== undefined) return known;
    const { status } = await core.readNode({ name });
    const address = status?.addresses?.find(({ type }) => type === "InternalIP")?.address;
    if (address === undefined) throw new Error(`node ${name} has no address yet`);
    nodes.set(name, address);
    return address;
  }

  const informer = makeInformer(config, "/api/v1/pods", () => core.listPodForAllNamespaces());

  function reconcile(): void {
    const pods = informer.list().filter(({ spec }) => spec?.nodeName !== undefined);
    // A kubelet that was started again finds pods with addresses.
    for (const { spec, status } of pods) {
      if (!spec?.hostNetwork && status?.podIP !== undefined) pool.keep(status.podIP);
    }
    for (const pod of pods) {
      const uid = pod.metadata?.uid ?? "";
      const worker = workers.get(uid) ?? new PodWorker(pod, services);
      workers.set(uid, worker);
      worker.update(pod);
    }
    const there = new Set(pods.map(({ metadata }) => metadata?.uid));
    for (const [uid, worker] of workers) {
      if (there.has(uid)) continue;
      worker.vanish();
      workers.delete(uid);
      if (worker.ownAddress !== undefined) pool.release(worker.ownAddress);
    }
  }

  informer.on("change", () => setImmediate(reconcile));
  // The API server was away: go on where the watch ended or, should that be too long ago, from a new list.
  informer.on("error", () => setTimeout(() => informer.start(), REWATCH_MS));
  void informer.start();
}

main(process.env.LAB_FOLDER ?? "", process.env.LAB_TRAEFIK ?? "");

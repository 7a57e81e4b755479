/** What tests see of a lab, or of a cluster that takes its place. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { type Agent, type IncomingHttpHeaders, request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api, type V1Node, type V1Pod } from "@kubernetes/client-node";
import { EDGE_NODE_LABEL } from "../components/kubernetes/traefik-pod";
import type { Switches } from "../examples/appinfo/switches";
import { ADMIN_PORT } from "./app/app";
import { type Applied, type KubernetesObject, LabCluster } from "./cluster";
import { LabAgent, processStatus, signalProcess } from "./dial";
import { type LaunchedLab, launch, nodeCommand } from "./launch";
import { signalInside, spawnInside } from "./namespace";
import type { ProcessStatus } from "./processes";
import { endLab, files, labFolder } from "./state";

export interface LabOptions {
  /** Default: one that no other process's lab has. */
  readonly name?: string;
  /** Nodes that take no outside traffic; default 3. */
  readonly nodes?: number;
  /** Default 2. */
  readonly edgeNodes?: number;
  /** Called with what is being done, where that takes a while. */
  readonly progress?: (message: string) => void;
}

/** What a command that has ended left. */
export interface CommandResult {
  /** Exit code; undefined where a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface EdgeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const REQUEST_TIMEOUT_MS = 10_000;
const POLL_MS = 100;

/**
 * A lab that lives as long as this process at most, or a cluster that is there already.
 *
 * @example
 * const lab = await Lab.open({ nodes: 3, edgeNodes: 2 });
 * await lab.apply(objects);
 * await lab.until("pods are ready", async () => (await lab.pods("track=canary")).every(isReady));
 * const [edge] = await lab.edgeAddresses();
 * const { status } = await lab.get(`http://${edge}/`, { host: "myapp.example.com" });
 * await lab.down();
 */
export class Lab {
  /** The API, for anything that this class has no method for: `lab.cluster.api(AppsV1Api)`. */
  readonly cluster: LabCluster;
  private readonly agent: Agent | undefined;
  private readonly applied: KubernetesObject[] = [];

  private constructor(
    /** File of the administrator's kubeconfig. A lab's own is of use inside of it alone, as in `exec`. */
    readonly kubeconfig: string,
    private readonly launched?: LaunchedLab,
  ) {
    const gateway = launched && files.gateway(labFolder(launched.state.name));
    this.cluster = new LabCluster(kubeconfig, gateway);
    this.agent = gateway === undefined ? undefined : new LabAgent(gateway);
  }

  /** The cluster of KUBECONFIG, which `npm run test:lab -- --kubeconfig FILE` sets; a lab if it is not set. */
  static open(options: LabOptions = {}): Promise<Lab> {
    const kubeconfig = process.env.KUBECONFIG;
    return kubeconfig ? Lab.attach(kubeconfig) : Lab.up(options);
  }

  /** A lab of this process's own. */
  static async up(options: LabOptions = {}): Promise<Lab> {
    const { name = `test-${process.pid}`, nodes = 3, edgeNodes = 2, progress = () => {} } = options;
    const launched = await launch({ name, nodes, edgeNodes, progress });
    return new Lab(files.kubeconfig(labFolder(name)), launched);
  }

  /** A cluster that has edge nodes and runs real pods. Its nodes must be reachable from here. */
  static async attach(kubeconfig: string): Promise<Lab> {
    return new Lab(kubeconfig);
  }

  /** Whether pods are real ones, in a cluster that is not a lab's. */
  get attached(): boolean {
    return this.launched === undefined;
  }

  /**
   * Applies objects in their order, server-side, with strict field validation.
   *
   * @throws Error with what the API server says of the first that it refuses
   */
  async apply(objects: readonly KubernetesObject[]): Promise<Applied[]> {
    const results: Applied[] = [];
    for (const object of objects) {
      const result = await this.cluster.apply(object);
      if (result.change === "created") this.applied.push(result.object);
      results.push(result);
    }
    return results;
  }

  /**
   * Pods, by labels.
   *
   * @param selector as in `app=web,track!=canary`
   * @param namespace default: all
   */
  async pods(selector: string, namespace?: string): Promise<V1Pod[]> {
    const core = this.cluster.api(CoreV1Api);
    const labelSelector = selector;
    const { items } =
      namespace === undefined
        ? await core.listPodForAllNamespaces({ labelSelector })
        : await core.listNamespacedPod({ namespace, labelSelector });
    return items;
  }

  /** Tells the demo app in a pod what to do wrong, until it is told otherwise. Returns all of its switches. */
  async setSwitches({ metadata }: V1Pod, changes: Partial<Switches>): Promise<Switches> {
    const path = `/api/v1/namespaces/${metadata?.namespace}/pods/${metadata?.name}:${ADMIN_PORT}/proxy/switches`;
    return JSON.parse(await this.cluster.request("PUT", path, changes)) as Switches;
  }

  /** Nodes that take outside traffic. */
  async edgeNodes(): Promise<V1Node[]> {
    return (await this.cluster.api(CoreV1Api).listNode({ labelSelector: EDGE_NODE_LABEL })).items;
  }

  /** Addresses of the edge nodes, by their names' order. Traefik listens on ports 80 and 443 there. */
  async edgeAddresses(): Promise<string[]> {
    return (await this.edgeNodes()).flatMap(({ status }) => {
      const addresses = status?.addresses ?? [];
      const of = (kind: string) => addresses.find(({ type }) => type === kind)?.address;
      return of("ExternalIP") ?? of("InternalIP") ?? [];
    });
  }

  /** Sends one request to an address of the lab. For load see `fork`: this way all goes through one more process. */
  get(
    url: string,
    options: {
      host?: string;
      headers?: Readonly<Record<string, string>>;
      timeoutMs?: number;
      /** Makes it a POST. */
      body?: string;
    } = {},
  ): Promise<EdgeAnswer> {
    const { host, timeoutMs = REQUEST_TIMEOUT_MS, body: sent } = options;
    const method = sent === undefined ? "GET" : "POST";
    const headers = { ...options.headers, ...(host !== undefined && { host }) };
    const signal = AbortSignal.timeout(timeoutMs);
    return new Promise((resolve, reject) => {
      request(url, { agent: this.agent, headers, method, signal }, (response) => {
        const answer = (body: string): EdgeAnswer => ({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body,
        });
        text(response).then((body) => resolve(answer(body)), reject);
      })
        .once("error", reject)
        .end(sent);
    });
  }

  /** Runs a command in the lab's network, with KUBECONFIG set, and waits for its end. Does not throw where it fails. */
  async exec(
    command: readonly string[],
    options: SpawnOptions & { input?: string } = {},
  ): Promise<CommandResult> {
    const child = this.spawn(command, { ...options, stdio: "pipe" });
    const { stdin, stdout, stderr } = child;
    if (stdin === null || stdout === null || stderr === null) throw new Error(`${command[0]}: no pipes`);
    // A command may end without reading its input: its own exit code tells how it went.
    stdin.on("error", () => {});
    stdin.end(options.input ?? "");
    const ended = once(child, "close") as Promise<[number | null]>;
    const [out, err, [code]] = await Promise.all([text(stdout), text(stderr), ended]);
    return { code: code ?? undefined, stdout: out, stderr: err };
  }

  /** Starts a command in the lab's network, with KUBECONFIG set. It ends with the lab; `signal` ends it before. */
  spawn(command: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const env = { ...process.env, ...options.env, KUBECONFIG: this.kubeconfig };
    if (this.launched !== undefined)
      return spawnInside(this.launched.state.pid, command, { ...options, env });
    const [program = "", ...args] = command;
    return spawn(program, args, { ...options, env });
  }

  /** Sends a signal to what `spawn` or `fork` started: its own `kill` would not reach it. */
  signal(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): void {
    if (this.launched === undefined) child.kill(signal);
    else signalInside(child, signal);
  }

  /**
   * Runs a TypeScript file in the lab's network as `child_process.fork` would: `send` and `message` work. The script should
   * end when it is disconnected.
   */
  fork(script: string, args: readonly string[] = []): ChildProcess {
    return this.spawn([...nodeCommand(script), ...args], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  }

  /** Waits until something is true. A failure counts as not yet. */
  async until(what: string, condition: () => Promise<boolean> | boolean, seconds = 60): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    let problem: unknown;
    while (Date.now() < deadline) {
      try {
        if (await condition()) return;
      } catch (error) {
        problem = error;
      }
      await sleep(POLL_MS);
    }
    throw new Error(`not in ${seconds} s: ${what}`, { cause: problem });
  }

  /** The lab's own processes: `etcd`, `kube-apiserver`, `kubelet` and so on. An attached cluster has none. */
  async processes(): Promise<ProcessStatus[]> {
    return this.launched === undefined ? [] : processStatus(this.gateway());
  }

  /** Sends a signal to one of the lab's own processes, which is then started again, and resolves once it has been. */
  async restart(name: string, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const restarts = async () =>
      (await this.processes()).find((process) => process.name === name)?.restarts ?? 0;
    const before = await restarts();
    await signalProcess(this.gateway(), name, signal);
    await this.until(`${name} is started again`, async () => (await restarts()) > before);
  }

  /** Ends the lab. In an attached cluster: deletes what `apply` created there. */
  async down(): Promise<void> {
    this.agent?.destroy();
    if (this.launched !== undefined) return endLab(this.launched.state);
    const objects = this.applied.splice(0).reverse();
    for (const object of objects) await this.cluster.delete(object);
    const gone = async (object: KubernetesObject) => (await this.cluster.find(object)) === undefined;
    await this.until(
      "all is deleted",
      async () => (await Promise.all(objects.map(gone))).every(Boolean),
      120,
    );
  }

  private gateway(): string {
    if (this.launched === undefined) throw new Error("an attached cluster has no processes of the lab's");
    return files.gateway(labFolder(this.launched.state.name));
  }
}

/** Whether a pod is ready and not about to end. */
export function isReady({ metadata, status }: V1Pod): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "True" && metadata?.deletionTimestamp === undefined;
}

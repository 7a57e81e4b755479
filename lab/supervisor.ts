/**
 * Runs a lab: the first program in its namespaces. It starts the others, and starts again those that end.
 *
 * Arguments: the lab's folder, and its state as JSON. The launching process hears of its progress by IPC; when that process
 * goes without having released the lab, the lab goes, too.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { UserError } from "../base/user-error";
import { build, type Programs } from "./build";
import {
  apiServer,
  apiServerReady,
  type ControlPlane,
  controllerManager,
  etcd,
  etcdReady,
  kubeProxy,
  kubeProxyReady,
  kwok,
  scheduler,
} from "./control-plane";
import { certificateFile, makeCredentials, writeKubeconfig } from "./credentials";
import { serveGateway } from "./gateway";
import { nodeCommand, type ReleaseMessage, type SupervisorMessage } from "./launch";
import { setUpNetwork } from "./network";
import { definitionFiles } from "./parts";
import { Processes } from "./processes";
import { searched } from "./requirements";
import { files, type LabState } from "./state";
import { untilReady } from "./wait";

async function supervise(folder: string, state: LabState): Promise<void> {
  const processes = new Processes(files.logs(folder));
  dieWithLauncher(folder);
  try {
    await Promise.race([bringUp(folder, state, processes), processes.failure]);
    processes.settled();
    tell({ type: "ready" });
  } catch (error) {
    const { message, stack } = error as Error;
    tell({ type: "failed", text: error instanceof UserError ? message : (stack ?? message) });
  }
}

async function bringUp(folder: string, state: LabState, processes: Processes): Promise<void> {
  setUpNetwork(folder);
  const controlPlane = await prepare(folder);
  const { kubeconfig, programs, credentials } = controlPlane;
  serveGateway(files.gateway(folder), {
    status: () => processes.status(),
    signal: (name, signal) => processes.signal(name, signal),
  });

  processes.start("etcd", etcd(controlPlane));
  await step("etcd", etcdReady);

  processes.start("kube-apiserver", apiServer(controlPlane));
  const certificate = await step("kube-apiserver's certificate", async () => certificateFile(credentials));
  writeKubeconfig(kubeconfig, certificate, credentials.token);
  await step("kube-apiserver", () => apiServerReady(certificate, credentials.token));

  processes.start("kube-controller-manager", controllerManager(controlPlane, certificate));
  processes.start("kube-scheduler", scheduler(controlPlane));
  processes.start("kwok", kwok(controlPlane));
  processes.start("kubelet", nodeCommand(join(__dirname, "kubelet", "main.ts")), {
    ...process.env,
    KUBECONFIG: kubeconfig,
    LAB_FOLDER: folder,
    LAB_TRAEFIK: programs.program("traefik"),
  });
  processes.start("dns", nodeCommand(join(__dirname, "dns", "main.ts")), {
    ...process.env,
    KUBECONFIG: kubeconfig,
  });
  await bootstrap(kubeconfig, programs, state);
  // It looks for its node once a second.
  const node = state.edgeNodes[0] ?? state.nodes[0] ?? "";
  processes.start("kube-proxy", kubeProxy(controlPlane, node), { ...process.env, PATH: searched() });
  await step("kube-proxy", kubeProxyReady);
}

async function bootstrap(kubeconfig: string, programs: Programs, state: LabState): Promise<void> {
  const script = nodeCommand(join(__dirname, "bootstrap.ts"));
  const definitions = definitionFiles.map((name) => programs.file(name));
  const [node = "", ...args] = [...script, kubeconfig, JSON.stringify(state), ...definitions];
  const child = spawn(node, args, { stdio: ["ignore", "pipe", "inherit"] });
  createInterface(child.stdout).on("line", progress);
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new UserError("lab: its nodes could not be made: see supervisor.log");
}

const step = <T>(name: string, attempt: () => Promise<T>): Promise<NonNullable<T>> =>
  untilReady(name, attempt, progress);

async function prepare(folder: string): Promise<ControlPlane> {
  const keys = join(folder, "keys");
  mkdirSync(keys, { mode: 0o700 });
  return {
    folder,
    kubeconfig: files.kubeconfig(folder),
    programs: await build(() => {}),
    credentials: makeCredentials(keys),
  };
}

/** The launching process may be killed outright: what is left for it to notice is that the channel closes. */
function dieWithLauncher(folder: string): void {
  let released = false;
  process.on("message", ({ type }: ReleaseMessage) => {
    released = type === "release";
  });
  process.once("disconnect", () => {
    if (released) return;
    // Everything in this PID namespace but its first process and the caller.
    process.kill(-1, "SIGKILL");
    rmSync(folder, { recursive: true, force: true });
    process.exit();
  });
}

const progress = (text: string): void => tell({ type: "progress", text });

function tell(message: SupervisorMessage): void {
  process.send?.(message, undefined, undefined, () => {});
}

const [, , folder = "", state = "{}"] = process.argv;
void supervise(folder, JSON.parse(state) as LabState);

/** Runs the demo app, whatever image a pod names: all instances in one process. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { CoreV1Api, V1Container, V1Pod } from "@kubernetes/client-node";
import { ADMIN_PORT, type AppOptions, type Identity } from "../app/app";
import type { ResponderAnswer, ResponderRequest } from "../responder";
import { containerEnvironment } from "./environment";
import { type ContainerToRun, type RunningContainer, type Runtime, stopWithin } from "./runtime";
import { mountOwnVolumes } from "./volumes";

/** Variable of a container: milliseconds between the start of its process and that it listens. */
const STARTUP_VARIABLE = "STARTUP_MS";
const DEFAULT_STARTUP_MS = 200;
/** An image of this tag is of a version that ends as soon as it is started. */
const CRASHES = /:crashes$/;
/** Port of a container that declares none. */
const DEFAULT_PORT = 8080;

/** A request to the responder, without the id. */
type Question = ResponderRequest extends infer R ? (R extends unknown ? Omit<R, "id"> : never) : never;

export class DemoAppRuntime implements Runtime {
  private process: ChildProcess | undefined;
  private readonly answers = new Map<number, (answer: ResponderAnswer) => void>();
  private lastId = 0;

  /** @param folder for the volumes of each pod */
  constructor(
    private readonly core: CoreV1Api,
    private readonly folder: string,
  ) {}

  async start({ pod, container, address, runsToItsEnd }: ContainerToRun): Promise<RunningContainer> {
    const id = `${pod.metadata?.uid}/${container.name}/${++this.lastId}`;
    const volumes = join(this.folder, pod.metadata?.uid ?? "", "volumes");
    const [env, mounts] = await Promise.all([
      containerEnvironment(this.core, pod, container, address),
      mountOwnVolumes(this.core, pod, container, volumes),
    ]);
    const options: AppOptions = {
      identity: identityOf(pod, container),
      address,
      ports: portsOf(container),
      grpcPorts: grpcPortsOf(container),
      adminPort: ADMIN_PORT,
      env,
      args: container.args ?? [],
      mounts,
    };
    const responder = this.responder();
    let end: (reason: string) => void = () => {};
    const ended = new Promise<string>((resolve) => {
      end = resolve;
    });
    responder.once("exit", () => end("Error"));
    const startup = setTimeout(
      () => {
        if (CRASHES.test(container.image ?? "")) return end("Error");
        if (runsToItsEnd) return end("Completed");
        const failed = (error: Error): void => end(error.message);
        this.ask({ type: "start", container: id, options }).catch(failed);
      },
      Number(env[STARTUP_VARIABLE] ?? DEFAULT_STARTUP_MS),
    );
    const finish = (): void => {
      clearTimeout(startup);
      this.ask({ type: "finish", container: id }).then(kill, kill);
    };
    const kill = (): void => {
      this.ask({ type: "kill", container: id }).then(
        () => end("Completed"),
        () => end("Error"),
      );
    };
    return { ended, stop: (seconds) => stopWithin(seconds, ended, finish, kill) };
  }

  private responder(): ChildProcess {
    if (this.process?.connected) return this.process;
    const responder = fork(join(__dirname, "..", "responder.ts"), { stdio: "inherit" });
    responder.setMaxListeners(0);
    responder.on("message", (answer: ResponderAnswer) => this.answers.get(answer.id)?.(answer));
    responder.once("exit", () => {
      for (const [id, answer] of this.answers) answer({ id, error: "the responder ended" });
    });
    this.process = responder;
    return responder;
  }

  private ask(question: Question): Promise<void> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.answers.set(id, ({ error }) => {
        this.answers.delete(id);
        if (error === undefined) resolve();
        else reject(new Error(error));
      });
      this.responder().send({ ...question, id });
    });
  }
}

/** The variables that have their value in the pod itself. */
export function plainEnv({ env = [] }: V1Container): Record<string, string> {
  return Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
}

/** The TCP ports that a container says it listens on, but for gRPC. */
export function portsOf({ ports = [] }: V1Container): number[] {
  const tcp = ports.filter(({ protocol = "TCP" }) => protocol === "TCP");
  if (tcp.length === 0) return [DEFAULT_PORT];
  return tcp.filter((port) => !isGrpc(port)).map(({ containerPort }) => containerPort);
}

/** Those of gRPC, by their names: `grpc`, or `grpc-SOMETHING`, as meshes have it. */
const grpcPortsOf = ({ ports = [] }: V1Container): number[] =>
  ports.filter(isGrpc).map(({ containerPort }) => containerPort);

const isGrpc = ({ name = "" }: { name?: string }): boolean => /^grpc(-|$)/.test(name);

/** Who an instance is, from its pod's labels and its image's tag. */
export function identityOf({ metadata }: V1Pod, { name, image = "" }: V1Container): Identity {
  const labels = metadata?.labels ?? {};
  return {
    podName: metadata?.name ?? "",
    namespace: metadata?.namespace ?? "",
    appName: labels["app.kubernetes.io/name"] ?? labels.app ?? name,
    release: labels["app.kubernetes.io/instance"] ?? labels.release ?? "",
    variant: labels.variant ?? labels.track ?? labels["canary-traffic/variant"] ?? "primary",
    version: /:([\w][\w.-]*)$/.exec(image)?.[1] ?? "latest",
    labels,
  };
}

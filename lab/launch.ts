/** Starts and ends labs, from outside of them. */

import type { ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../base/user-error";
import { build, unbuilt } from "./build";
import { spawnInNewNamespaces } from "./namespace";
import { type Part, parts } from "./parts";
import { checkRequirements } from "./requirements";
import { createState, endLab, files, handOver, type LabState, labFolder } from "./state";

export interface LaunchOptions {
  readonly name: string;
  /** Nodes that take no outside traffic. */
  readonly nodes: number;
  /** Nodes with the label of edge nodes, and the taint that keeps others off them. */
  readonly edgeNodes: number;
  /** Parts beside those of every lab, for pods that ask for them; default none. */
  readonly further?: readonly Part[];
  /** Called with what is being done, where that takes a while. */
  readonly progress: (message: string) => void;
  /** Called as parts are built, which takes minutes, in place of `progress`. */
  readonly building?: (message: string) => void;
  /** Ends the lab, if need be half-way up. */
  readonly signal?: AbortSignal;
}

/** A lab that is up. It ends with the process that launched it, however that ends, unless it is released. */
export interface LaunchedLab {
  readonly state: LabState;
  /** Lets the lab outlive this process. */
  release(): void;
  /** Resolves once the lab has ended, whoever ended it. */
  readonly ended: Promise<void>;
}

/** What the supervisor tells the process that launched it. */
export type SupervisorMessage =
  | { readonly type: "progress"; readonly text: string }
  | { readonly type: "ready" }
  | { readonly type: "failed"; readonly text: string };

/** What it is told: not to end with the process that launched it. */
export interface ReleaseMessage {
  readonly type: "release";
}

/** Builds what is missing and brings up a lab. */
export async function launch(options: LaunchOptions): Promise<LaunchedLab> {
  const { name, nodes, edgeNodes, further = [], progress, building = progress, signal } = options;
  const wanted = [...parts, ...further];
  checkRequirements(unbuilt(wanted));
  await build(building, signal, wanted);
  let state = createState({ name, nodes: named("node", nodes), edgeNodes: named("edge", edgeNodes) });
  try {
    const supervisor = spawnSupervisor(labFolder(name), state);
    const ended = new Promise<void>((resolve) => {
      supervisor.once("exit", () => resolve());
    });
    if (supervisor.pid !== undefined) state = handOver(state, supervisor.pid);
    await untilReady(supervisor, options);
    return { state, ended, release: () => release(supervisor) };
  } catch (error) {
    await endLab(state);
    throw error;
  }
}

const named = (kind: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${kind}-${index + 1}`);

/** In a session of its own, so that Ctrl-C reaches the launching process alone, which then ends the lab. */
function spawnSupervisor(folder: string, state: LabState): ChildProcess {
  const log = openSync(join(files.logs(folder), "supervisor.log"), "a");
  const script = [...nodeCommand(join(__dirname, "supervisor.ts")), folder, JSON.stringify(state)];
  const supervisor = spawnInNewNamespaces(script, { detached: true, stdio: ["ignore", log, log, "ipc"] });
  closeSync(log);
  return supervisor;
}

const TYPESCRIPT = join(__dirname, "../base/typescript.js");

/** Runs a TypeScript file in Node. */
export function nodeCommand(script: string): string[] {
  return [process.execPath, "--require", TYPESCRIPT, script];
}

function untilReady(supervisor: ChildProcess, { name, progress, signal }: LaunchOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    supervisor.on("message", (message: SupervisorMessage) => {
      if (message.type === "progress") progress(message.text);
      else if (message.type === "ready") resolve();
      else reject(new UserError(message.text));
    });
    supervisor.once("error", reject);
    supervisor.once("exit", (code, cause) => reject(new UserError(`lab ${name}: ended (${cause ?? code})`)));
    const abort = (): void => reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
  });
}

function release(supervisor: ChildProcess): void {
  const message: ReleaseMessage = { type: "release" };
  supervisor.send(message, () => supervisor.disconnect());
  supervisor.unref();
}

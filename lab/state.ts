/** Folders of running labs, by which commands find them. */

import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startTime } from "../base/process-start";
import { UserError } from "../base/user-error";
import { childrenOf, isRunning } from "./namespace";

/** Name of a lab for which none was given. */
export const DEFAULT_NAME = "default";

/** What is known of a lab from its folder. */
export interface LabState {
  readonly name: string;
  /** Process that the lab lives and dies with: that of its namespaces, or the command that is about to make them. */
  readonly pid: number;
  /** When that process was started: see `startTime`. */
  readonly started: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Names of the nodes that take no outside traffic. */
  readonly nodes: readonly string[];
  readonly edgeNodes: readonly string[];
}

/** Files of a lab. */
export const files = {
  kubeconfig: (folder: string): string => join(folder, "kubeconfig"),
  /** Unix socket by which other namespaces reach the lab. */
  gateway: (folder: string): string => join(folder, "lab.sock"),
  logs: (folder: string): string => join(folder, "log"),
};

/** A socket's path has room for 107 bytes, most of which may be the runtime folder's. */
const NAME = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/;
const STATE_FILE = "lab.json";
/** Longest that the kernel may take to end all processes of a namespace, in milliseconds. */
const END_TIMEOUT_MS = 10_000;

/** The folder of a lab, whether there is one or not. */
export function labFolder(name: string): string {
  if (!NAME.test(name)) {
    throw new UserError(`--name ${name}: allowed are up to 32 of a-z, 0-9 and, between them, -`);
  }
  return join(root(), name);
}

/** The folder of all this user's labs. A folder of that name that somebody else made is refused. */
function root(): string {
  const { uid } = userInfo();
  const runtime = process.env.XDG_RUNTIME_DIR;
  const folder = runtime ? join(runtime, "canary-traffic-lab") : join(tmpdir(), `canary-traffic-lab-${uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid: owner, mode } = lstatSync(folder);
  if (owner !== uid || (mode & 0o077) !== 0)
    throw new UserError(`${folder}: must be yours alone (mode 0700)`);
  return folder;
}

/** Labs that run. What is left of others is removed. */
export function runningLabs(): LabState[] {
  const folders = readdirSync(root()).filter((name) => NAME.test(name));
  return folders.map(runningLab).filter((lab) => lab !== undefined);
}

/** A lab that runs; what is left of one that crashed is removed. */
export function runningLab(name: string): LabState | undefined {
  const folder = labFolder(name);
  const state = readState(folder);
  if (state !== undefined && startTime(state.pid) === state.started) return state;
  if (state !== undefined) rmSync(folder, { recursive: true, force: true });
  return undefined;
}

function readState(folder: string): LabState | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, STATE_FILE), "utf8")) as LabState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** As `runningLab`, for a command that needs one. */
export function requireLab(name: string): LabState {
  const lab = runningLab(name);
  if (lab !== undefined) return lab;
  const others = runningLabs().map((other) => other.name);
  const hint = others.length > 0 ? `running: ${others.join(", ")}` : "none is: canary lab up";
  throw new UserError(`--name ${name}: no such lab is running (${hint})`);
}

/**
 * Makes the folder of a lab, at first the calling process's. It appears with its content in one step, so of two that ask for one
 * name at the same time only one gets it.
 */
export function createState(lab: Pick<LabState, "name" | "nodes" | "edgeNodes">): LabState {
  const folder = labFolder(lab.name);
  const taken = new UserError(`--name ${lab.name}: that lab is up already; allowed: another name`);
  if (runningLab(lab.name) !== undefined) throw taken;
  const state = ofProcess({ ...lab, createdAt: new Date().toISOString() }, process.pid);
  const unfinished = mkdtempSync(join(root(), ".new-"));
  try {
    writeFileSync(join(unfinished, STATE_FILE), JSON.stringify(state));
    mkdirSync(files.logs(unfinished));
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw (error as NodeJS.ErrnoException).code === "ENOTEMPTY" ? taken : error;
  }
  return state;
}

/** Hands a lab to the process that it is to live and die with. */
export function handOver(state: LabState, pid: number): LabState {
  const folder = labFolder(state.name);
  const next = ofProcess(state, pid);
  writeFileSync(join(folder, `.${STATE_FILE}`), JSON.stringify(next));
  renameSync(join(folder, `.${STATE_FILE}`), join(folder, STATE_FILE));
  return next;
}

function ofProcess(state: Omit<LabState, "pid" | "started">, pid: number): LabState {
  return { ...state, pid, started: startTime(pid) ?? "" };
}

/** Ends a lab at once: nothing in it outlives the first process of its namespaces. Then its folder goes, too. */
export async function endLab({ name, pid, started }: LabState): Promise<void> {
  const first = childrenOf(pid);
  if (pid !== process.pid && startTime(pid) === started) process.kill(pid, "SIGKILL");
  const deadline = Date.now() + END_TIMEOUT_MS;
  while (pid !== process.pid && [pid, ...first].some(isRunning)) {
    if (Date.now() > deadline) throw new UserError(`lab ${name}: process ${pid} does not end`);
    await sleep(10);
  }
  rmSync(labFolder(name), { recursive: true, force: true });
}

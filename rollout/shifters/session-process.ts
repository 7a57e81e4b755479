/** A process that was started in a session of its own, with all that it started there. */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export interface ProcessSession {
  /** Of its first process, which is the session's id, too. */
  readonly pid: number;
  /** `SESSION_VARIABLE` of its processes: their ids may be others' by now, after a reboot or in another container. */
  readonly mark: string;
}

/** What marks a session's processes, in their environment. */
export const SESSION_VARIABLE = "CANARY_SESSION";

/** A mark that no session has yet. */
export const newMark = (): string => randomUUID();

/** The session that a file names; undefined if there is none. */
export function readSession(file: string): ProcessSession | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ProcessSession;
  } catch {
    return undefined;
  }
}

const POLL_MS = 100;
const hasProc = process.platform === "linux";

/**
 * Ends a session: asks its first process, as Ctrl-C would, and ends by force what is left some seconds later. The language
 * host and the providers of an engine that was killed live on in its session, though in process groups of their own.
 */
export async function endSession(session: ProcessSession | undefined, graceSeconds: number): Promise<void> {
  if (session === undefined || session.pid === 0) return;
  const isFirstThere = (): boolean =>
    hasProc ? members(session).includes(session.pid) : isThere(session.pid);
  if (isFirstThere()) signalTo(session.pid, "SIGINT");
  const deadline = performance.now() + graceSeconds * 1000;
  while (isFirstThere() && performance.now() < deadline) await sleep(POLL_MS);
  for (const pid of members(session)) signalTo(pid, "SIGKILL");
  while (members(session).length > 0 && performance.now() < deadline + graceSeconds * 1000)
    await sleep(POLL_MS);
}

/** Ids of the session's processes, see proc_pid_stat(5); if there is no /proc, its first process group. */
function members({ pid: session, mark }: ProcessSession): number[] {
  if (!hasProc) return isThere(-session) ? [-session] : [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => sessionOf(pid) === session && isMarked(pid, mark));
}

function sessionOf(pid: number): number {
  const stat = readOf(pid, "stat");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3]);
}

/** See proc_pid_environ(5): others' can't be read, and that of a process that has ended is empty. */
const isMarked = (pid: number, mark: string): boolean =>
  readOf(pid, "environ").split("\0").includes(`${SESSION_VARIABLE}=${mark}`);

function readOf(pid: number, name: "stat" | "environ"): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}

/** Whether a process, or a group by its negative id, is there. */
export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** A process that was started in a session of its own, with all that it started there. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startTime } from "../../lab/namespace";

/** The session's first process. */
export class SessionProcess {
  /** When it was started: with its id it names a process for good. */
  readonly started: string;

  constructor(readonly pid: number) {
    this.started = startTime(pid) ?? "";
  }
}

/** The process that a file names; undefined where there is none. */
export function readProcess(file: string): SessionProcess | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as SessionProcess;
  } catch {
    return undefined;
  }
}

const POLL_MS = 100;

/**
 * Ends a session: asks its first process, as Ctrl-C would, and ends by force what is left some seconds later. The language
 * host and the providers of an engine that was killed live on in its session, though in process groups of their own.
 */
export async function endSession(first: SessionProcess | undefined, graceSeconds: number): Promise<void> {
  if (first === undefined || first.pid === 0) return;
  const now = startTime(first.pid);
  // Its id is another process's by now, which the kernel allows once the whole session is gone.
  if (now !== undefined && now !== first.started) return;
  if (now !== undefined) signalTo(first.pid, "SIGINT");
  const deadline = Date.now() + graceSeconds * 1000;
  while (startTime(first.pid) === first.started && Date.now() < deadline) await sleep(POLL_MS);
  for (const pid of members(first.pid)) signalTo(pid, "SIGKILL");
  while (members(first.pid).length > 0 && Date.now() < deadline + graceSeconds * 1000) await sleep(POLL_MS);
}

/** Ids of the session's processes, see proc_pid_stat(5); where there is no /proc, its first process group. */
function members(session: number): number[] {
  if (process.platform !== "linux") return isThere(-session) ? [-session] : [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => sessionOf(pid) === session && startTime(pid) !== undefined);
}

function sessionOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3]);
  } catch {
    return undefined;
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

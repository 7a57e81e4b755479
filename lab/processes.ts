/** Long-running processes that are started again when they end. */

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../base/user-error";

/** One process, as `canary lab status` shows it. */
export interface ProcessStatus {
  readonly name: string;
  /** Process id in the lab's own PID namespace; undefined while it is about to be started again. */
  readonly pid: number | undefined;
  /** Resident memory in MiB. */
  readonly memory: number;
  readonly restarts: number;
}

const RESTART_DELAY_MS = 500;
/** How often a process may end before the lab is up, and that comes to nothing. */
const MOST_EARLY_ENDS = 3;

/** The processes of a lab, each with a log. */
export class Processes {
  private readonly entries = new Map<string, { process: ChildProcess; restarts: number }>();
  private reportFailure: (error: UserError) => void = () => {};
  /** Rejects when a process keeps ending; `settled` ends that. */
  readonly failure = new Promise<never>((_, reject) => {
    this.reportFailure = reject;
  });
  private starting = true;

  /** @param logs folder of the logs */
  constructor(private readonly logs: string) {
    this.failure.catch(() => {});
  }

  /** Starts a process, and again whenever it ends. */
  start(
    name: string,
    [program = "", ...args]: readonly string[],
    env: NodeJS.ProcessEnv = process.env,
  ): void {
    const log = openSync(this.logFile(name), "a");
    const child = spawn(program, args, { stdio: ["ignore", log, log], env });
    closeSync(log);
    const restarts = this.entries.has(name) ? (this.entries.get(name)?.restarts ?? 0) + 1 : 0;
    this.entries.set(name, { process: child, restarts });
    const again = async (): Promise<void> => {
      if (this.starting && restarts + 1 >= MOST_EARLY_ENDS) return this.reportFailure(this.failed(name));
      await sleep(RESTART_DELAY_MS);
      this.start(name, [program, ...args], env);
    };
    child.once("error", again).once("exit", again);
  }

  /** Says that the lab is up: from now on a process may end as often as it likes. */
  settled(): void {
    this.starting = false;
  }

  /** Sends a signal to a process. Returns false when there is none of that name. */
  signal(name: string, signal: NodeJS.Signals): boolean {
    return this.entries.get(name)?.process.kill(signal) ?? false;
  }

  status(): ProcessStatus[] {
    return [...this.entries].map(([name, { process, restarts }]) => {
      const pid = process.exitCode === null && process.signalCode === null ? process.pid : undefined;
      return { name, pid, memory: residentMemory(pid), restarts };
    });
  }

  private logFile = (name: string): string => join(this.logs, `${name}.log`);

  private failed(name: string): UserError {
    const lines = readFileSync(this.logFile(name), "utf8").trim().split("\n");
    return new UserError(`lab: ${name} does not start: ${lines.at(-1) || "it says nothing"}`);
  }
}

function residentMemory(pid: number | undefined): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Math.round(Number(kilobytes ?? 0) / 1024);
  } catch {
    return 0;
  }
}

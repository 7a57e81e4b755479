/** Linux namespaces of a lab's own: they need neither root nor Docker. See user_namespaces(7), pid_namespaces(7), nsenter(1). */

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { startTime } from "../base/process-start";

/**
 * Arguments of `unshare`. The user is root inside alone; the network has nothing but a loopback device; and when the first
 * process of the PID namespace ends, whatever ends it, the kernel kills all the others. `--kill-child` ties it to `unshare`.
 */
export const NEW_NAMESPACES = [
  "--user",
  "--map-root-user",
  "--net",
  "--pid",
  "--fork",
  "--kill-child",
  "--mount-proc",
];

/**
 * Runs a command in new namespaces.
 *
 * The first process is a shell, which waits for the command and for every orphan that it inherits.
 *
 * @returns the process of `unshare`, which lives as long as the namespaces do
 */
export function spawnInNewNamespaces(command: readonly string[], options: SpawnOptions): ChildProcess {
  const args = [...NEW_NAMESPACES, "sh", "-c", '"$@"; exit $?', "sh", ...command];
  return spawn("unshare", args, { ...options, env: withoutProxy(options.env) });
}

/** Arguments of `nsenter` that run a command in the namespaces of an `unshare`, in the same folder as here. */
function nsenterArguments(unsharePid: number, command: readonly string[]): string[] {
  return [
    ...["--target", String(unsharePid), "--user", "--preserve-credentials", "--net", "--mount"],
    // unshare itself stays where it was; its children don't.
    `--pid=/proc/${unsharePid}/ns/pid_for_children`,
    ...["--", "env", "--chdir", process.cwd(), ...command],
  ];
}

/**
 * Runs a command in the namespaces of an `unshare`. Its process is a child of the one returned: `signalInside` reaches it.
 */
export function spawnInside(
  unsharePid: number,
  command: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const args = nsenterArguments(unsharePid, command);
  return spawn("nsenter", args, { ...options, env: withoutProxy(options.env) });
}

/** No proxy can be reached from inside. */
function withoutProxy(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...env, NO_PROXY: "*", no_proxy: "*" };
}

/** Sends a signal to the command that `spawnInside` runs: to nsenter it would be the end of nsenter alone. */
export function signalInside(nsenter: ChildProcess, signal: NodeJS.Signals): void {
  for (const pid of childrenOf(nsenter.pid)) process.kill(pid, signal);
}

/** Process ids of a process's children; none when it is gone. */
export function childrenOf(pid: number | undefined): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      .trim()
      .split(" ")
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
}

/** Whether a process runs. One that has ended but was not waited for does not. */
export function isRunning(pid: number): boolean {
  return startTime(pid) !== undefined;
}

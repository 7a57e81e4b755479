/** A container that is a process of this machine. */
import { execFile, spawn } from "node:child_process";
import { openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RunningContainer, stopWithin } from "./runtime";

/** Holds the process's id, in its folder: a kubelet ends what the one before left behind. */
export const PID_FILE = "pid";

export interface ProcessOptions {
  /** The program, and its arguments. */
  readonly words: readonly string[];
  /** Where it works; it must exist. */
  readonly folder: string;
  /** File that its output is added to. */
  readonly log: string;
  readonly env: NodeJS.ProcessEnv;
  /** What it is asked to end by; default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals | undefined;
}

/** Whether a command ends well in its time. */
export function succeeds(
  { words: [program = "", ...args], folder, env }: Pick<ProcessOptions, "words" | "folder" | "env">,
  timeoutMs: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd: folder, env, timeout: timeoutMs, killSignal: "SIGKILL" }, (error) =>
      resolve(error === null),
    );
  });
}

export function runProcess({
  words: [program = "", ...args],
  folder,
  log,
  env,
  stopSignal = "SIGTERM",
}: ProcessOptions): RunningContainer {
  const output = openSync(log, "a");
  const child = spawn(program, args, { stdio: ["ignore", output, output], cwd: folder, env });
  writeFileSync(join(folder, PID_FILE), String(child.pid ?? ""));
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(code === 0 ? "Completed" : `ended (${signal ?? code})`));
    child.once("error", ({ message }) => resolve(message));
  });
  const terminate = (): void => void child.kill(stopSignal);
  const kill = (): void => void child.kill("SIGKILL");
  return { ended, stop: (seconds) => stopWithin(seconds, ended, terminate, kill) };
}

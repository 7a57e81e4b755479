/** Short commands of others, none of which outlives its time. */
import { spawn } from "node:child_process";

/** What a command answered. */
export interface CommandAnswer {
  /** Undefined if a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const MOST_BYTES = 4 * 2 ** 20;

/**
 * Runs a command to its end. Once the signal aborts, all processes go that it has started.
 *
 * @throws Error if it is not there, or the signal's reason
 */
export function said(
  [file = "", ...args]: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<CommandAnswer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(file, args, { cwd: folder, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const end = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended.
      }
    };
    const interrupt = (): void => {
      end();
      reject(signal.reason);
    };
    signal.addEventListener("abort", interrupt, { once: true });
    const texts = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const)
      child[name].setEncoding("utf8").on("data", (text: string) => {
        if (texts[name].length < MOST_BYTES) texts[name] += text;
      });
    child.once("error", reject);
    // What it left behind may hold on to its output.
    child.once("exit", (code) =>
      setTimeout(() => {
        signal.removeEventListener("abort", interrupt);
        end();
        resolve({ code: code ?? undefined, ...texts });
      }, DRAIN_MS),
    );
  });
}

/** Milliseconds for which output is read on once a command has ended. */
const DRAIN_MS = 50;

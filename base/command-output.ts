/** What commands of others print. None outlives its end or its time, nor does anything that it has started. */
import { spawn } from "node:child_process";

export interface CommandOutput {
  /** Undefined if a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  /** It may hold secrets. */
  readonly stderr: string;
  /** Whether stdout has more than was kept, for which the command was ended. */
  readonly isCut: boolean;
}

/** Milliseconds for which output is read on once a command has ended: what it left behind may hold on to it for good. */
const DRAIN_MS = 200;

interface Where {
  /** Default: this process's. */
  readonly folder?: string;
  /** Of each of the two outputs. */
  readonly mostBytes: number;
}

/**
 * Runs a program with its arguments, without a shell, in a process group of its own, which is ended as one.
 *
 * @throws Error with a `code` such as ENOENT if it can't be run; the signal's reason
 */
export function commandOutput(
  [file = "", ...args]: readonly string[],
  { folder, mostBytes }: Where,
  signal: AbortSignal,
): Promise<CommandOutput> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(file, args, { cwd: folder, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr] = [new Kept(mostBytes), new Kept(mostBytes)];
    const over = (settle: () => void): void => {
      signal.removeEventListener("abort", interrupt);
      endGroup(child.pid);
      child.stdout.destroy();
      child.stderr.destroy();
      settle();
    };
    const done = (code: number | undefined): void =>
      over(() => resolve({ code, stdout: stdout.text, stderr: stderr.text, isCut: stdout.isCut }));
    const interrupt = (): void => over(() => reject(signal.reason));
    signal.addEventListener("abort", interrupt);
    child.stdout.on("data", (chunk: Buffer) => {
      stdout.take(chunk);
      if (stdout.isCut) done(undefined);
    });
    child.stderr.on("data", (chunk: Buffer) => stderr.take(chunk));
    child.once("error", (error) => over(() => reject(error)));
    child.once("exit", (code) => {
      const ended = (): void => done(code ?? undefined);
      const drained = setTimeout(ended, DRAIN_MS);
      child.once("close", () => {
        clearTimeout(drained);
        ended();
      });
    });
  });
}

class Kept {
  isCut = false;
  private readonly chunks: Buffer[] = [];
  private bytes = 0;

  constructor(private readonly most: number) {}

  take(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.bytes > this.most) this.isCut = true;
    else this.chunks.push(chunk);
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // All of it has ended.
  }
}

/** What a command costs: its own process and all that it starts. Needs Bash, whose `time` counts them all. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MEASURED = join(__dirname, "measured.js");

export interface Subject {
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Whether it ends with its first line. */
  readonly isFirstLine?: boolean;
  /** Takes minutes: runs once. */
  readonly isLong?: boolean;
  /** Folders that are removed before each run. */
  readonly without?: readonly string[];
}

/** One run, or the medians of several. */
export interface Figures {
  /** Seconds of user and system. */
  readonly cpu: number;
  /** Seconds. */
  readonly wall: number;
  /** Peak resident memory of the largest Node.js process, in MB of 2^20 bytes. */
  readonly memory: number;
  /** Bytes that it printed. */
  readonly bytes: number;
}

/** Runs it once. @throws if it does not end well */
export async function measure(subject: Subject): Promise<Figures> {
  for (const folder of subject.without ?? []) rmSync(folder, { recursive: true, force: true });
  const folder = mkdtempSync(join(tmpdir(), "canary-measured-"));
  const env = {
    ...process.env,
    ...subject.env,
    NODE_OPTIONS: `--require ${MEASURED}`,
    MEASURED: folder,
    ...(subject.isFirstLine && { FIRST_LINE: "1" }),
  };
  // The times go to a channel of their own.
  const script = 'exec 4>&2; TIMEFORMAT="%R %U %S"; { time "$@" 2>&4 4>&-; } 2>&3';
  const child = spawn("bash", ["-c", script, "bash", ...subject.command], {
    cwd: subject.cwd,
    env,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let [bytes, said, times] = [0, "", ""];
  child.stdout?.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  child.stderr?.on("data", (chunk) => {
    said += chunk;
  });
  child.stdio[3]?.on("data", (chunk) => {
    times += chunk;
  });
  const code = await new Promise<number | null>((done, failed) =>
    child.on("error", failed).on("close", done),
  );
  const peaks = readdirSync(folder).map(
    (file): number => JSON.parse(readFileSync(join(folder, file), "utf8")).bytes,
  );
  rmSync(folder, { recursive: true });
  if (code !== 0) throw new Error(`${subject.command.join(" ")} ended with ${code}:\n${said}`);
  const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = times.trim().split(" ").map(Number);
  return { wall, cpu: user + system, memory: Math.max(...peaks) / 2 ** 20, bytes };
}

/** Each figure's own median. */
export function medians(runs: readonly Figures[]): Figures {
  const of = (key: keyof Figures): number => {
    const sorted = runs.map((run) => run[key]).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  };
  return { cpu: of("cpu"), wall: of("wall"), memory: of("memory"), bytes: of("bytes") };
}

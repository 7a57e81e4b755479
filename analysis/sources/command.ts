/** Metrics of a command. A metric's query is a JSONPath into the JSON that it prints; `$` for a number alone. */
import { type ChildProcess, spawn } from "node:child_process";
import type { JSONValue } from "json-p3";
import { z } from "zod";
import { integer, list, text } from "../../components/fields";
import { MetricError, type MetricSource, type SourceKind } from "../source";
import { measuredIn, notJsonPath } from "./json-values";
import { filled, ofWindow, unfilled, windowTexts } from "./placeholders";

const MOST_BYTES = 1_048_576;

const settings = z.strictObject({
  /** Program and arguments, without a shell; takes the placeholders of `http.url`. */
  argv: list(text(/\S/, "a word"), 1, "a list of a program and its arguments"),
  /** Seconds that it may take; default 10. */
  timeoutSeconds: integer(1, 300, "seconds").default(10),
});
type Settings = z.output<typeof settings>;

export const openCommand = ({ argv, timeoutSeconds }: Settings): MetricSource => ({
  timeoutSeconds,
  async read(metric, window, signal) {
    const [file = "", ...args] = argv.map((word) => filled(word, windowTexts(window)));
    const text = await output(file, args, timeoutSeconds, signal);
    return {
      ...measuredIn(metric, parsed(text, file), window),
      look: `${metric.query} of ${[file, ...args].join(" ")}`,
    };
  },
});

export const command: SourceKind<Settings> = {
  settings,
  side: undefined,
  variables: () => [],
  problems: ({ argv }) => unfilled("argv", argv, ofWindow),
  metricProblems: notJsonPath,
  handOver: undefined,
  open: openCommand,
};

/** Milliseconds for which output is read on once a command has ended: what it left behind may hold on to stdout for good. */
const DRAIN_MS = 200;

/**
 * What a command prints. What it says on stderr may hold secrets, and is no part of an error. At its end, or once its time is
 * over, all processes go that it has started.
 */
function output(file: string, args: string[], seconds: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    // In a process group of its own, which can be ended as one.
    const child = spawn(file, args, { detached: true, stdio: ["ignore", "pipe", "ignore"] });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const over = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", interrupt);
      endGroup(child);
      child.stdout.destroy();
      settle();
    };
    const fail = (why: string): void => over(() => reject(new MetricError(`${file} ${why}`)));
    const interrupt = (): void => over(() => reject(signal.reason));
    const timer = setTimeout(() => fail(`does not end within ${seconds} s`), seconds * 1000);
    signal.addEventListener("abort", interrupt);
    child.stdout.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) fail(`prints more than ${MOST_BYTES} bytes`);
      else chunks.push(chunk);
    });
    child.once("error", (error: NodeJS.ErrnoException) => fail(ended(error.code)));
    child.once("exit", (code) => {
      if (code !== 0) return fail(ended(code));
      const done = (): void => over(() => resolve(Buffer.concat(chunks).toString()));
      const drained = setTimeout(done, DRAIN_MS);
      child.once("close", () => {
        clearTimeout(drained);
        done();
      });
    });
  });
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // All of it has ended.
  }
}

function ended(code: string | number | null | undefined): string {
  if (code === "ENOENT") return "is not there";
  return typeof code === "number" ? `exits with ${code}` : "can't be run";
}

function parsed(text: string, file: string): JSONValue {
  try {
    return JSON.parse(text) as JSONValue;
  } catch {
    throw new MetricError(`${file} prints no JSON`);
  }
}

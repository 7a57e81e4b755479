/** Metrics of a command. A metric's query is a JSONPath into the JSON that it prints; `$` for a number alone. */
import { execFile } from "node:child_process";
import type { JSONValue } from "json-p3";
import type { CommandSettings } from "../../stacks/schema/rollout-sources";
import { MetricError, type MetricSource } from "../ports";
import { textsOf } from "./http";
import { samplesAt } from "./json-values";
import { filled } from "./placeholders";

const MOST_BYTES = 1_048_576;

export const command = ({ argv, timeoutSeconds }: CommandSettings): MetricSource => ({
  async read(metric, window, signal) {
    const [file = "", ...args] = argv.map((word) => filled(word, textsOf(window)));
    const text = await output(file, args, timeoutSeconds, signal);
    const samples = samplesAt(metric.query, parsed(text, file), window.to);
    return { samples, look: `${metric.query} of ${[file, ...args].join(" ")}` };
  },
});

/** What a command prints. What it says on stderr may hold secrets, and is no part of an error. */
function output(file: string, args: string[], seconds: number, signal: AbortSignal): Promise<string> {
  const timeout = AbortSignal.timeout(seconds * 1000);
  const options = {
    signal: AbortSignal.any([signal, timeout]),
    killSignal: "SIGKILL",
    maxBuffer: MOST_BYTES,
  } as const;
  return new Promise((resolve, reject) => {
    execFile(file, args, options, (error, stdout) => {
      if (error === null) return resolve(stdout);
      if (signal.aborted) return reject(signal.reason);
      const why = timeout.aborted ? `does not end within ${seconds} s` : ended(error.code);
      reject(new MetricError(`${file} ${why}`));
    });
  });
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

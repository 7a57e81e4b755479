/** Metrics of a command. A metric's query is a JSONPath into the JSON that it prints; `$` for a number alone. */
import { execFile } from "node:child_process";
import type { JSONValue } from "json-p3";
import * as z from "zod";
import { integer, list, text } from "../../components/fields";
import { MetricError, type MetricSource, type SourceKind } from "../source";
import { notJsonPath, samplesAt } from "./json-values";
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
  async read(metric, window, signal) {
    const [file = "", ...args] = argv.map((word) => filled(word, windowTexts(window)));
    const text = await output(file, args, timeoutSeconds, signal);
    const samples = samplesAt(metric.query, parsed(text, file), window.to);
    return { samples, look: `${metric.query} of ${[file, ...args].join(" ")}` };
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

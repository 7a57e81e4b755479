/** Metrics of a command. A metric's query is a JSONPath into the JSON that it prints; `$` for a number alone. */
import type { JSONValue } from "json-p3";
import * as z from "zod";
import { type CommandOutput, commandOutput } from "../../base/command-output";
import { DeadlineError, within } from "../../base/deadline";
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
    const words = argv.map((word) => filled(word, windowTexts(window)));
    const text = await output(words, timeoutSeconds, signal);
    return {
      ...measuredIn(metric, parsed(text, words[0] ?? ""), window),
      look: `${metric.query} of ${words.join(" ")}`,
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

/** What a command prints. What it says on stderr may hold secrets, and is no part of an error. */
async function output(argv: readonly string[], seconds: number, signal: AbortSignal): Promise<string> {
  const [file = ""] = argv;
  const failed = (why: string): MetricError => new MetricError(`${file} ${why}`);
  const run = (inner: AbortSignal): Promise<CommandOutput> =>
    commandOutput(argv, { mostBytes: MOST_BYTES }, inner);
  let answer: CommandOutput;
  try {
    answer = await within(seconds * 1000, file, run, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DeadlineError) throw failed(`does not end within ${seconds} s`);
    throw failed(ended((error as NodeJS.ErrnoException).code));
  }
  if (answer.isCut) throw failed(`prints more than ${MOST_BYTES} bytes`);
  if (answer.code !== 0) throw failed(ended(answer.code));
  return answer.stdout;
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

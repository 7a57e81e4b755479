/** Finds a metric's values in JSON. */
import { runInNewContext } from "node:vm";
import type { JSONValue } from "json-p3";
import type { Refusal } from "../../components/fields";
import type { MetricPlan } from "../plan";
import { MetricError, type Sample, type Series, type Window } from "../source";

/** The library is loaded once a source takes JSON: most stacks have none that does. */
const jsonPath = (): typeof import("json-p3") => require("json-p3");

/**
 * The numbers at a JSONPath (RFC 9535), each a sample of the window's end. An empty list and null are no samples.
 *
 * @throws MetricError if there is something else, or nothing
 */
export function samplesAt(path: string, json: JSONValue, time: number): Sample[] {
  const found = nodes(path, json);
  if (found.length === 0) throw new MetricError(`there is nothing at ${path}`);
  return found
    .flat()
    .filter((value) => value !== null)
    .map((value) => {
      if (typeof value !== "number") throw new MetricError(`there is no number at ${path}`);
      return { time, value };
    });
}

/**
 * What a metric comes to in JSON: plain numbers, or with `of` counts. Two numbers are counts of all since the window's start, two
 * lists those of one interval after the other.
 *
 * @throws MetricError if there is something else
 */
export function measuredIn(
  { query, of }: MetricPlan,
  json: JSONValue,
  { from, to }: Pick<Window, "from" | "to">,
): Pick<Series, "samples" | "counts" | "isMomentary"> {
  const samples = samplesAt(query, json, to);
  const isList = isListAt(query, json);
  if (of === undefined) return { samples, isMomentary: !isList };
  const all = samplesAt(of, json, to);
  if (isListAt(of, json) !== isList || all.length !== samples.length)
    throw new MetricError(
      `there are ${samples.length} values at ${query} and ${all.length} at ${of}; both need as many`,
    );
  const intervals = all.map(({ value }, i) => ({
    time: isList ? from + i + 1 : to,
    requests: value,
    bad: [samples[i]?.value ?? 0],
  }));
  return { samples: [], counts: { intervals, told: isList ? "list" : "total" } };
}

const isListAt = (path: string, json: JSONValue): boolean => {
  const found = nodes(path, json);
  return found.length > 1 || Array.isArray(found[0]);
};

/** Refuses a metric whose query is no JSONPath. */
export const notJsonPath = ({ query, of }: MetricPlan): Refusal[] => [
  ...pathProblems("query", query),
  ...(of === undefined ? [] : pathProblems("of", of)),
];

function pathProblems(key: string, path: string): Refusal[] {
  const { compile, JSONPathError } = jsonPath();
  try {
    compile(path);
    return [];
  } catch (error) {
    if (error instanceof JSONPathError) return [[key, path, "a JSONPath such as $.errors.rate"]];
    throw error;
  }
}

/** Milliseconds for a path: its `match` and `search` are regular expressions, which may take for ever on what a server answers. */
const LONGEST_MS = 1000;

function nodes(path: string, json: JSONValue): JSONValue[] {
  const { query, JSONPathError } = jsonPath();
  try {
    const run = (): unknown => query(path, json).values();
    return runInNewContext("run()", { run }, { timeout: LONGEST_MS }) as JSONValue[];
  } catch (error) {
    if (error instanceof JSONPathError) throw new MetricError(`no JSONPath: ${path}`);
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_SCRIPT_EXECUTION_TIMEOUT")
      throw new MetricError(`${path} takes longer than ${LONGEST_MS} ms on the answer`);
    throw error;
  }
}

/** Finds a metric's values in JSON. */
import { runInNewContext } from "node:vm";
import type { JSONValue } from "json-p3";
import type { Refusal } from "../../components/fields";
import type { MetricPlan } from "../plan";
import { MetricError, type Sample } from "../source";

/** The library is loaded once a source takes JSON: most stacks have none that does. */
const jsonPath = (): typeof import("json-p3") => require("json-p3");

/**
 * The numbers at a JSONPath (RFC 9535), each a sample of the window's end. An empty list and null are no samples.
 *
 * @throws MetricError where there is something else, or nothing
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

/** Refuses a metric whose query is no JSONPath. */
export function notJsonPath({ query }: MetricPlan): Refusal[] {
  const { compile, JSONPathError } = jsonPath();
  try {
    compile(query);
    return [];
  } catch (error) {
    if (error instanceof JSONPathError) return [["query", query, "a JSONPath such as $.errors.rate"]];
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

/** Finds a metric's values in JSON. */

import type { JSONValue } from "json-p3";
import { compile, JSONPathError, query } from "json-p3";
import { MetricError, type Sample } from "../ports";

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

export function isJsonPath(path: string): boolean {
  try {
    compile(path);
    return true;
  } catch (error) {
    if (error instanceof JSONPathError) return false;
    throw error;
  }
}

function nodes(path: string, json: JSONValue): JSONValue[] {
  try {
    return query(path, json).values() as JSONValue[];
  } catch (error) {
    if (error instanceof JSONPathError) throw new MetricError(`no JSONPath: ${path}`);
    throw error;
  }
}

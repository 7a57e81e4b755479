import { placeholdersIn, placeholdersOf, written } from "../../rollout/sources/placeholders";
import type { Problem } from "../problems";
import type { RolloutSettings } from "../schema";

/** Queries, addresses and arguments that no source could ever make sense of, which would hold every step. */
export function queryProblems({ analysis: { metrics }, sources }: RolloutSettings): Problem[] {
  return [
    ...metrics.flatMap(({ source, query }, i): Problem[] => {
      const key = `rollout.analysis.metrics[${i}].query`;
      if (source !== "http" && source !== "command") return unfilled(key, source, query);
      return isJsonPath(query) ? [] : [{ key, value: query, allowed: "a JSONPath such as $.errors.rate" }];
    }),
    ...(sources.http ? unfilled("rollout.sources.http.url", "http", sources.http.url) : []),
    ...(sources.command ? unfilled("rollout.sources.command.argv", "command", sources.command.argv) : []),
  ];
}

function unfilled(key: string, source: string, value: string | readonly string[]): Problem[] {
  const known = placeholdersOf[source];
  if (known === undefined) return [];
  const used = [value].flat().flatMap(placeholdersIn);
  return used.every((name) => known.includes(name))
    ? []
    : [{ key, value, allowed: `of placeholders ${written(known)}` }];
}

/** Only these sources take JSON, and its library. */
function isJsonPath(query: string): boolean {
  const values: typeof import("../../rollout/sources/json-values") = require("../../rollout/sources/json-values");
  return values.isJsonPath(query);
}

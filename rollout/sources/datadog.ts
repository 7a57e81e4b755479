/**
 * Metrics of Datadog by queries of its own, with placeholders.
 *
 * https://docs.datadoghq.com/api/latest/metrics/query-timeseries-points/
 */
import * as z from "zod";
import type { DatadogSettings } from "../../stacks/schema/rollout-sources";
import { MetricError, type MetricSource, type Sample, type Window } from "../ports";
import { textsOf } from "./http";
import { filled } from "./placeholders";
import { addressOf, ask } from "./request";

/** As Datadog's own tools name the variables. */
export const KEYS = { "DD-API-KEY": "DD_API_KEY", "DD-APPLICATION-KEY": "DD_APP_KEY" };

/** Points are the begin of the time that each is about, in milliseconds, and a value, null where there is none. */
const answer = z.object({
  status: z.string(),
  error: z.string().nullish(),
  series: z.array(z.object({ pointlist: z.array(z.tuple([z.number(), z.number().nullable()])) })).nullish(),
});
const refusal = z.object({ errors: z.array(z.string()) });

/** @param address where its API is */
export const datadog = (
  { site }: DatadogSettings,
  env: NodeJS.ProcessEnv,
  address = `https://api.${site}`,
): MetricSource => ({
  async read(metric, window, signal) {
    const { from = "", to = "", ...texts } = textsOf(window);
    const query = filled(metric.query, texts);
    const url = new URL("/api/v1/query", address);
    url.search = String(new URLSearchParams({ from, to, query }));
    const { ok, status, json } = await ask(url, KEYS, env, signal);
    if (!ok) throw new MetricError(`${addressOf(url)} answers with status ${status}${why(json)}`);
    const { data } = answer.safeParse(json);
    if (data === undefined) throw new MetricError(`${addressOf(url)} does not answer as Datadog does`);
    if (data.status !== "ok")
      throw new MetricError(`Datadog refuses the query: ${data.error ?? data.status}`);
    const [series, ...others] = data.series ?? [];
    if (others.length > 0)
      throw new MetricError(`the query has ${others.length + 1} series; allowed: one: ${query}`);
    return { samples: whole(series?.pointlist ?? [], window), look: `${query} at ${site}` };
  },
});

function why(json: unknown): string {
  const { data } = refusal.safeParse(json);
  return data === undefined ? "" : `: ${data.errors.join("; ")}`;
}

/** The points that are about no time outside the window; all are about the same length of time. */
function whole(points: readonly (readonly [number, number | null])[], { from, to }: Window): Sample[] {
  const [first, second] = points;
  const length = first === undefined || second === undefined ? 0 : second[0] - first[0];
  return points.flatMap(([time, value]) =>
    value === null || time < from || time + length > to ? [] : [{ time, value }],
  );
}

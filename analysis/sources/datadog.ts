/**
 * Metrics of Datadog by queries of its own, with placeholders.
 *
 * https://docs.datadoghq.com/api/latest/metrics/query-timeseries-points/
 */
import * as z from "zod";
import { oneOf, refusedIf } from "../../components/fields";
import { MetricError, type MetricSource, type Sample, type SourceKind, type Window } from "../source";
import { filled, ofVariant, unfilled, variantTexts, windowTexts } from "./placeholders";
import { addressOf, ask } from "./request";

/** As Datadog's own tools name the variables. */
const KEYS = { "DD-API-KEY": "DD_API_KEY", "DD-APPLICATION-KEY": "DD_APP_KEY" };

/** Points are the begin of the time that each is about, in milliseconds, and a value, null where there is none. */
const answer = z.object({
  status: z.string(),
  error: z.string().nullish(),
  series: z.array(z.object({ pointlist: z.array(z.tuple([z.number(), z.number().nullable()])) })).nullish(),
});
const refusal = z.object({ errors: z.array(z.string()) });

/** https://docs.datadoghq.com/getting_started/site/ */
const [SITE, ...SITES] = [
  "datadoghq.com",
  "us3.datadoghq.com",
  "us5.datadoghq.com",
  "datadoghq.eu",
  "ap1.datadoghq.com",
  "ap2.datadoghq.com",
  "ddog-gov.com",
  "us2.ddog-gov.com",
] as const;

const settings = z.strictObject({
  /** The site that the account is on; default datadoghq.com. */
  site: oneOf([SITE, ...SITES]).default(SITE),
});
type Settings = z.output<typeof settings>;

const apiOf = ({ site }: Settings): string => `https://api.${site}`;

/** The Secret with Datadog's keys, in the app's namespace. */
const SECRET = "datadog";

/** @param api where its API is */
export const openDatadog = (given: Settings, env: NodeJS.ProcessEnv, api = apiOf(given)): MetricSource => ({
  async read(metric, window, signal) {
    const { from, to, ...texts } = windowTexts(window);
    const query = filled(metric.query, texts);
    const url = new URL("/api/v1/query", api);
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
    return { samples: whole(series?.pointlist ?? [], window), look: `${query} at ${given.site}` };
  },
});

export const datadog: SourceKind<Settings> = {
  settings,
  side: undefined,
  variables: () => Object.values(KEYS),
  problems: () => [],
  metricProblems: ({ query }) => unfilled("query", query, ofVariant),
  handOver: {
    flagger: {
      problems: () => [],
      query: ({ query }, site, about) => ({
        provider: { type: "datadog", address: apiOf(site), secretRef: { name: SECRET } },
        query: filled(query, variantTexts(about)),
      }),
    },
    "argo-rollouts": {
      problems: ({ site }) =>
        refusedIf(site !== SITE, "site", site, `no such key: Secret ${SECRET} has the address`),
      query({ query }, _settings, about) {
        const secretRef = { name: SECRET, namespaced: true };
        const interval = `${about.seconds}s`;
        return {
          provider: { datadog: { interval, secretRef, query: filled(query, variantTexts(about)) } },
          result: "value or nothing",
        };
      },
    },
  },
  open: openDatadog,
};

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

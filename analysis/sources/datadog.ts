/**
 * Metrics of Datadog by queries of its own, with placeholders.
 *
 * https://docs.datadoghq.com/api/latest/metrics/query-timeseries-points/
 */
import * as z from "zod";
import { oneOf, refusedIf } from "../../components/fields";
import { countsOf } from "../counts";
import { MetricError, type MetricSource, type Sample, type SourceKind, type Window } from "../source";
import { filled, ofVariant, unfilled, variantTexts, windowTexts } from "./placeholders";
import { addressOf, ask } from "./request";

/** As Datadog's own tools name the variables. */
const KEYS = { "DD-API-KEY": "DD_API_KEY", "DD-APPLICATION-KEY": "DD_APP_KEY" };

/** Points are the start of the time that each is about, in milliseconds, and a value, null if there is none. */
const series = z.object({
  /** Seconds that each point is about. */
  interval: z.number().default(0),
  pointlist: z.array(z.tuple([z.number(), z.number().nullable()])),
});
type SeriesAnswer = z.output<typeof series>;
const answer = z.object({
  status: z.string(),
  error: z.string().nullish(),
  series: z.array(series).nullish(),
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
  /** The site that the account is on; the keys are in the variables DD_API_KEY and DD_APP_KEY; default datadoghq.com. */
  site: oneOf([SITE, ...SITES]).default(SITE),
});
type Settings = z.output<typeof settings>;

const apiOf = ({ site }: Settings): string => `https://api.${site}`;

/** The Secret with Datadog's keys, in the app's namespace. */
const SECRET = "datadog";

/** Seconds of one count if the query does not say: as long a time whenever it is asked. */
const COUNT_SECONDS = 30;

/** @param api where its API is */
export function openDatadog(given: Settings, env: NodeJS.ProcessEnv, api = apiOf(given)): MetricSource {
  async function points(query: string, window: Window, signal: AbortSignal): Promise<Sample[]> {
    const { from, to } = windowTexts(window);
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
      throw new MetricError(`the query has ${others.length + 1} series, and needs one: ${query}`);
    return series === undefined ? [] : whole(series, window);
  }
  return {
    async read({ query, of }, window, signal) {
      const { from: _from, to: _to, ...texts } = windowTexts(window);
      const asked = filled(query, texts);
      const look = `${asked} at ${given.site}`;
      if (of === undefined) return { samples: await points(asked, window, signal), look };
      const [bad, all] = await Promise.all(
        [asked, filled(of, texts)].map((each) => points(counted(each), window, signal)),
      );
      return { samples: [], counts: countsOf(bad ?? [], all ?? []), look };
    },
  };
}

const counted = (query: string): string =>
  query.includes(".rollup(") ? query : `${query}.rollup(sum, ${COUNT_SECONDS})`;

export const datadog: SourceKind<Settings> = {
  settings,
  side: undefined,
  variables: () => Object.values(KEYS),
  problems: () => [],
  metricProblems: ({ query, of }) => [
    ...unfilled("query", query, ofVariant),
    ...unfilled("of", of ?? "", ofVariant),
    ...(of === undefined
      ? []
      : Object.entries({ query, of }).flatMap(([key, text]) =>
          refusedIf(!text.includes(".as_count()"), key, text, "a count: a query with .as_count()"),
        )),
  ],
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
  open: (settings, env) => openDatadog(settings, env),
};

function why(json: unknown): string {
  const { data } = refusal.safeParse(json);
  return data === undefined ? "" : `: ${data.errors.join("; ")}`;
}

/** The points that are about no time outside the window; all are about the same length of time, which Datadog tells. */
function whole({ interval, pointlist }: SeriesAnswer, { from, to }: Window): Sample[] {
  return pointlist.flatMap(([time, value]) =>
    value === null || time < from || time + 1000 * interval > to ? [] : [{ time, value }],
  );
}

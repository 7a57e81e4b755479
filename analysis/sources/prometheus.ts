/** Metrics of a Prometheus server: built-in queries, or PromQL of one's own with placeholders. */
import * as z from "zod";
import { integer, oneOf, type Refusal, refusedIf } from "../../components/fields";
import type { MetricPlan } from "../plan";
import {
  type Asking,
  type HandedOver,
  MetricError,
  type MetricSource,
  type Sample,
  type SourceKind,
  type Window,
} from "../source";
import { filled, ofVariant, unfilled, variantTexts } from "./placeholders";
import { builtInQuery, isBuiltIn, measured, requestsQuery } from "./prometheus-queries";
import { address, addressOf, ask, headers, withoutHeaders } from "./request";

const settings = z.strictObject({
  /** Its address, with the path before `/api/v1` if there is one. */
  url: address,
  /** Headers of each question, such as Authorization; default none. */
  headers,
  /** The router whose metrics the built-in queries are about; default traefik. */
  metrics: oneOf(measured).default("traefik"),
  /** Seconds from one scrape to the next; default 15. */
  scrapeSeconds: integer(1, 300, "seconds").default(15),
});
type Settings = z.output<typeof settings>;

/** Times and values; the times in seconds, the values as texts such as `NaN`. */
const point = z.tuple([z.number(), z.string()]);
const answer = z.object({
  data: z.object({
    result: z.array(z.union([z.object({ values: z.array(point) }), z.object({ value: point })])),
  }),
});
const refusal = z.object({ error: z.string() });

export const openPrometheus = (settings: Settings, env: NodeJS.ProcessEnv): MetricSource =>
  new Prometheus(settings, env);

const handOver = {
  problems({ headers, metrics, scrapeSeconds }: Settings, asking: Asking): Refusal[] {
    const { by, router, seconds } = asking;
    const late = `at most half of the ${seconds} s that a judgement looks back over ${by}`;
    return [
      ...withoutHeaders(headers, asking),
      ...refusedIf(metrics !== router, "metrics", metrics, `${router} ${by}`),
      ...refusedIf(seconds < 2 * scrapeSeconds, "scrapeSeconds", scrapeSeconds, late),
    ];
  },
};

export const prometheus: SourceKind<Settings> = {
  settings,
  side: "kubernetes",
  variables: ({ headers }) => Object.values(headers),
  problems: () => [],
  metricProblems: ({ query }, { hasCluster }) => [
    ...unfilled("query", query, [...ofVariant, "window"]),
    ...refusedIf(!hasCluster && isBuiltIn(query), "query", query, NO_ROUTERS),
  ],
  handOver: {
    flagger: {
      ...handOver,
      query: (metric, settings, about) => ({
        provider: { type: "prometheus", address: settings.url },
        query: handedQuery(metric, settings, about),
      }),
    },
    "argo-rollouts": {
      ...handOver,
      query: (metric, settings, about) => ({
        provider: { prometheus: { address: settings.url, query: handedQuery(metric, settings, about) } },
        result: "list",
      }),
    },
  },
  open: openPrometheus,
};

const NO_ROUTERS = "a query of your own, as the built-in ones are about routers on Kubernetes";

/** Built-in queries have no series while there are fewer than `minRequests` requests. */
function handedQuery({ query }: MetricPlan, { metrics }: Settings, about: HandedOver): string {
  const { variant, minRequests, seconds } = about;
  const own = builtInQuery(query, metrics, variant);
  const enough = `${requestsQuery(metrics, variant)} >= ${minRequests}`;
  const asked = own === undefined || minRequests === 0 ? (own ?? query) : `(${own}) and (${enough})`;
  return filledOver(asked, seconds, about);
}

const filledOver = (query: string, seconds: number, of: Parameters<typeof variantTexts>[0]): string =>
  filled(query, { ...variantTexts(of), window: `${seconds}s` });

/** Samples of each variant that a judgement gets where the step is old enough. */
const SAMPLES = 5;

class Prometheus implements MetricSource {
  readonly windowSeconds: number;
  private readonly rateSeconds: number;

  constructor(
    private readonly settings: Settings,
    private readonly env: NodeJS.ProcessEnv,
  ) {
    // A rate is a difference: two scrapes at least.
    this.rateSeconds = 2 * settings.scrapeSeconds;
    this.windowSeconds = SAMPLES * this.rateSeconds;
  }

  async read(metric: MetricPlan, window: Window, signal: AbortSignal) {
    const own = builtInQuery(metric.query, this.settings.metrics, window.variant);
    const query = filledOver(own ?? metric.query, this.rateSeconds, window);
    const [samples, requests] = await Promise.all([
      this.samples(query, window, signal),
      own === undefined ? undefined : this.requests(window, signal),
    ]);
    return { samples, look: this.look(query, window), ...(requests !== undefined && { requests }) };
  }

  /** One sample for each time that a rate looks back over, so that none shares a request with the next. */
  private async samples(query: string, { from, to }: Window, signal: AbortSignal): Promise<Sample[]> {
    const count = Math.floor((to - from) / 1000 / this.rateSeconds);
    if (count === 0) return [];
    const start = to / 1000 - (count - 1) * this.rateSeconds;
    const range = { query, start: String(start), end: String(to / 1000), step: String(this.rateSeconds) };
    return this.asked("query_range", range, signal);
  }

  private async requests(window: Window, signal: AbortSignal): Promise<number> {
    const seconds = Math.max(this.rateSeconds, Math.floor((window.to - window.from) / 1000));
    const query = filledOver(requestsQuery(this.settings.metrics, window.variant), seconds, window);
    const [sample] = await this.asked("query", { query, time: String(window.to / 1000) }, signal);
    return sample?.value ?? 0;
  }

  private async asked(
    what: string,
    parameters: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Sample[]> {
    const { url, headers } = this.settings;
    const address = this.address(`/api/v1/${what}`);
    address.search = String(new URLSearchParams(parameters));
    const { ok, status, json } = await ask(address, headers, this.env, signal);
    if (!ok) {
      const { data } = refusal.safeParse(json);
      throw new MetricError(`${url} answers with status ${status}${data ? `: ${data.error}` : ""}`);
    }
    const { data: read } = answer.safeParse(json);
    if (read === undefined) throw new MetricError(`${addressOf(address)} does not answer as Prometheus does`);
    const [series, ...others] = read.data.result;
    if (others.length > 0) {
      throw new MetricError(`the query has ${others.length + 1} series; allowed: one: ${parameters.query}`);
    }
    if (series === undefined) return [];
    return ("values" in series ? series.values : [series.value])
      .map(([time, value]) => ({ time: time * 1000, value: Number(value) }))
      .filter(({ value }) => Number.isFinite(value));
  }

  /** The page of its own that shows the query over the window. */
  private look(query: string, { from, to }: Window): string {
    const page = this.address("/graph");
    const seconds = Math.max(1, Math.round((to - from) / 1000));
    const end = new Date(to).toISOString().slice(0, 19).replace("T", " ");
    page.search = String(
      new URLSearchParams({
        "g0.expr": query,
        "g0.tab": "0",
        "g0.range_input": `${seconds}s`,
        "g0.end_input": end,
      }),
    );
    return String(page);
  }

  private address(path: string): URL {
    const address = new URL(this.settings.url);
    address.pathname = `${address.pathname.replace(/\/$/, "")}${path}`;
    return address;
  }
}

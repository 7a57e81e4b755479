/** Metrics of a Prometheus server: built-in queries, or PromQL of one's own with placeholders. */
import * as z from "zod";
import { integer, oneOf, type Refusal, refusedIf } from "../../components/fields";
import { SERVICE_PORT } from "../../components/routers";
import type { MetricPlan } from "../plan";
import {
  type Asking,
  type HandedOver,
  MetricError,
  type MetricSource,
  type Sample,
  type Series,
  type SourceKind,
  type Window,
} from "../source";
import {
  type Counter,
  type Increment,
  intervalsOf,
  LATE_MS,
  nextScrape,
  ofBuckets,
  ofCounters,
  scrapeInterval,
  scrapesOf,
} from "./counters";
import { filled, ofVariant, unfilled, variantTexts } from "./placeholders";
import {
  type BuiltIn,
  builtInQuery,
  isBuiltIn,
  measured,
  rawQuery,
  requestsQuery,
} from "./prometheus-queries";
import { address, addressOf, ask, headers, withoutHeaders } from "./request";

const settings = z.strictObject({
  /** Its address, with the path before `/api/v1` if there is one. */
  url: address,
  /** Headers of each question, such as Authorization; default none. */
  headers,
  /** The router whose metrics the built-in queries are about; default traefik. */
  metrics: oneOf(measured).default("traefik"),
  /** Seconds from one scrape to the next, for queries of one's own without `of`; all others read it from the samples; default 15. */
  scrapeSeconds: integer(1, 300, "seconds").default(15),
});
type Settings = z.output<typeof settings>;

/** Times and values; the times in seconds, the values as texts such as `NaN`. */
const point = z.tuple([z.number(), z.string()]);
const answer = z.object({
  data: z.object({
    result: z.array(
      z.object({ metric: z.record(z.string(), z.string()).default({}), values: z.array(point) }),
    ),
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
  counts: isBuiltIn,
  variables: ({ headers }) => Object.values(headers),
  problems: () => [],
  metricProblems: ({ query, of }, { hasCluster }) => [
    ...unfilled("query", query, of === undefined ? [...ofVariant, "window"] : ofVariant),
    ...unfilled("of", of ?? "", ofVariant),
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

type Variant = Parameters<typeof variantTexts>[0] & Pick<Window, "port" | "portName" | "primary">;

/** A query about a time in seconds, with what the built-in ones know beside a variant: its Service's port, and the primary's Service. */
export function filledOver(query: string, seconds: number, of: Variant): string {
  const { port = SERVICE_PORT, portName = "http", primary = of.app } = of;
  const built = { port: String(port), portName, primary };
  return filled(query, { ...variantTexts(of), ...built, window: `${seconds}s` });
}

/** How far raw samples are asked for before a window, in milliseconds, until their interval is known: two of the longest. */
const UNKNOWN_MS = 750_000;
/** Ranges are whole multiples of it, so that both variants ask the same question. */
const RANGE_MS = 300_000;
/** Answers that are kept, as several metrics are made of the same samples. */
const MOST_ANSWERS = 16;

/** Seconds that the page of its own shows at least. */
const LOOK_SECONDS = 600;

class Prometheus implements MetricSource {
  private readonly rateSeconds: number;
  /** From one scrape to the next, in milliseconds, as the samples say. */
  private interval: number | undefined;
  private readonly answers = new Map<string, Promise<Counter[]>>();

  constructor(
    private readonly settings: Settings,
    private readonly env: NodeJS.ProcessEnv,
  ) {
    // A rate is a difference: two scrapes at least.
    this.rateSeconds = 2 * settings.scrapeSeconds;
  }

  async read(metric: MetricPlan, window: Window, signal: AbortSignal): Promise<Series> {
    const { query, of } = metric;
    if (isBuiltIn(query)) return this.builtIn(query, window, signal);
    if (of !== undefined) return this.ratio(query, of, window, signal);
    const filled = filledOver(query, this.rateSeconds, window);
    const samples = await this.samples(filled, window, signal);
    const hint = `scrapeSeconds is ${this.settings.scrapeSeconds}: are the scrapes no further apart?`;
    return { samples, look: this.look(filled, window), ...(samples.length === 0 && { hint }) };
  }

  /** Counts of what the router counts. */
  private async builtIn(query: BuiltIn, window: Window, signal: AbortSignal): Promise<Series> {
    const { metrics } = this.settings;
    const raw = rawQuery(query, metrics, window.variant);
    const { beside } = window;
    const [own, others] = await Promise.all([
      this.raw(filledOver(raw.selector, 0, window), window, signal),
      beside === undefined
        ? []
        : this.raw(
            filledOver(rawQuery(query, metrics, beside.variant).selector, 0, { ...window, ...beside }),
            window,
            signal,
          ),
    ]);
    const scrapes = scrapesOf([...own, ...others]);
    const look = this.look(
      filledOver(builtInQuery(query, metrics, window.variant) ?? query, this.rateSeconds, window),
      window,
    );
    if (raw.millisecondsPerUnit === undefined) {
      const increments = ofCounters(own, scrapes, window.from, ({ labels }) => ({
        isRequest: true,
        isBad: raw.isBad(labels),
      }));
      return this.counted(increments, scrapes, window, look);
    }
    const { bounds, increments } = ofBuckets(own, scrapes, window.from);
    const milliseconds = bounds.map((bound) => bound * (raw.millisecondsPerUnit ?? 1));
    return this.counted(increments, scrapes, window, look, milliseconds);
  }

  /** Counts of one's own: of bad ones, and of all. */
  private async ratio(bad: string, all: string, window: Window, signal: AbortSignal): Promise<Series> {
    const [badOnes, allOnes] = [filledOver(bad, 0, window), filledOver(all, 0, window)];
    const [failed, asked] = await Promise.all([
      this.raw(badOnes, window, signal),
      this.raw(allOnes, window, signal),
    ]);
    const scrapes = scrapesOf([...failed, ...asked]);
    const increments = [
      ...ofCounters(asked, scrapes, window.from, () => ({ isRequest: true, isBad: false })),
      ...ofCounters(failed, scrapes, window.from, () => ({ isRequest: false, isBad: true })),
    ];
    return this.counted(increments, scrapes, window, this.look(`${badOnes} or ${allOnes}`, window));
  }

  private counted(
    increments: readonly Increment[],
    scrapes: ReadonlyMap<string, readonly number[]>,
    window: Window,
    look: string,
    bounds?: readonly number[],
  ): Series {
    this.interval = scrapeInterval(scrapes) ?? this.interval;
    const { interval } = this;
    return {
      samples: [],
      look,
      counts: {
        intervals: interval === undefined ? [] : intervalsOf(increments, interval),
        ...(bounds && { bounds }),
        ...(interval !== undefined && {
          length: interval,
          until: Math.floor((window.to - LATE_MS) / interval) * interval,
        }),
      },
      due: nextScrape(scrapes, interval, window.to),
    };
  }

  /** Raw samples of counters until the window's end, from some scrapes before it on. */
  private raw(selector: string, { from, to }: Window, signal: AbortSignal): Promise<Counter[]> {
    const before = this.interval === undefined ? UNKNOWN_MS : 3 * this.interval;
    const seconds = (Math.ceil((to - from + before) / RANGE_MS) * RANGE_MS) / 1000;
    const query = `${selector}[${seconds}s]`;
    const key = JSON.stringify([query, to]);
    const kept = this.answers.get(key);
    if (kept !== undefined) return kept;
    const asked = this.ask("query", { query, time: String(to / 1000) }, signal).then((series) =>
      series.map(({ metric, values }) => ({
        labels: metric,
        samples: values.map(([time, value]): [number, number] => [time * 1000, Number(value)]),
      })),
    );
    asked.catch(() => this.answers.delete(key));
    this.answers.set(key, asked);
    for (const old of [...this.answers.keys()].slice(0, -MOST_ANSWERS)) this.answers.delete(old);
    return asked;
  }

  /** One sample for each time that a rate looks back over since the window's start, so that none shares a request with the next. */
  private async samples(query: string, { from, to }: Window, signal: AbortSignal): Promise<Sample[]> {
    const [step, begin] = [this.rateSeconds, from / 1000];
    const count = Math.floor((to / 1000 - begin) / step);
    if (count === 0) return [];
    const range = {
      query,
      start: String(begin + step),
      end: String(begin + count * step),
      step: String(step),
    };
    const [series, ...others] = await this.ask("query_range", range, signal);
    if (others.length > 0)
      throw new MetricError(`the query has ${others.length + 1} series, and needs one: ${query}`);
    return (series?.values ?? [])
      .map(([time, value]) => ({ time: time * 1000, value: Number(value) }))
      .filter(({ value }) => Number.isFinite(value));
  }

  private async ask(
    what: string,
    parameters: Record<string, string>,
    signal: AbortSignal,
  ): Promise<z.output<typeof answer>["data"]["result"]> {
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
    return read.data.result;
  }

  /** The page of its own that shows the query over the window. */
  private look(query: string, { from, to }: Window): string {
    const page = this.address("/graph");
    const seconds = Math.max(LOOK_SECONDS, Math.round((to - from) / 1000));
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

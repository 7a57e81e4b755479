/** Users, two variants of an app, and a Prometheus that scrapes a Traefik between them. */
import type { Chance } from "./random";

/** How one variant answers; times in seconds since the rollout's begin, below 0 before it. */
export interface Behaviour {
  /** Share of requests that fail. */
  errors(time: number): number;
  /** Failures that come together; default 1. */
  readonly together?: number;
  /** Share of requests that are answered with 404; default none. */
  readonly missing?: number;
  /** What latency is multiplied by; default 1. */
  slow?(time: number): number;
  /** Share of requests that take ten times as long; default none. */
  readonly tail?: number;
}

export interface Scenario {
  /** Requests a second, of both variants together. */
  readonly rate: number;
  readonly primary: Behaviour;
  readonly canary: Behaviour;
  /** Seconds in which nothing changes; default a scrape. */
  readonly grain?: number;
  readonly scrapeSeconds?: number;
  /** Seconds between two restarts of the Traefik on average, whose counters then begin anew; default never. */
  readonly restarts?: number;
  /** Share of scrapes that are missed; default none. */
  readonly missed?: number;
  /** Whether each failure has a code of its own, so that series are ever new. */
  readonly isNewCode?: boolean;
}

/** Traefik's own bounds, in seconds. */
const BOUNDS = [0.1, 0.3, 1.2, 5];
/** Logarithm of the median latency in seconds, and how far latencies are spread. */
const [MEDIAN, SPREAD] = [Math.log(0.06), 0.7];
/** Seconds of traffic before the rollout. */
export const BEFORE = 3600;

type Variant = "primary" | "canary";
const SERVICES = { primary: "shop-myapp-80@kubernetescrd", canary: "shop-myapp-canary-80@kubernetescrd" };

interface Seen {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: [number, string][];
}

/** Milliseconds since the epoch at which rollouts begin. */
export const EPOCH = 1_700_000_000_000;

export class Traffic {
  /** Percent of requests for the canary. */
  weight = 0;
  /** Users who met a failure that the primary would not have given them. */
  harmed = 0;
  private time: number;
  private nextScrape: number;
  private counters = new Map<string, number>();
  private readonly seen = new Map<string, Seen>();
  private codes = 0;

  constructor(
    private readonly scenario: Scenario,
    private readonly chance: Chance,
    before = BEFORE,
  ) {
    this.time = -before;
    this.nextScrape = -before + chance.uniform() * this.interval;
  }

  private get interval(): number {
    return this.scenario.scrapeSeconds ?? 15;
  }

  /** What happens until a time, in seconds. */
  until(time: number): void {
    const { grain = Number.POSITIVE_INFINITY } = this.scenario;
    while (this.time < time) {
      const next = Math.min(
        time,
        this.nextScrape,
        Math.floor(this.time / grain + 1e-9) * grain + grain || time,
      );
      this.answer(next - this.time);
      this.time = next;
      if (next === this.nextScrape) this.scrape();
    }
  }

  private answer(seconds: number): void {
    const { rate, primary, canary } = this.scenario;
    const part = this.weight / 100;
    this.answerBy("primary", primary, rate * (1 - part) * seconds);
    this.answerBy("canary", canary, rate * part * seconds);
  }

  private answerBy(variant: Variant, behaviour: Behaviour, mean: number): void {
    const { chance, time } = this;
    const requests = chance.poisson(mean);
    if (requests === 0) return;
    const { together = 1, missing = 0, tail = 0 } = behaviour;
    const share = behaviour.errors(time);
    const failed = Math.min(requests, together * chance.binomial(requests, share / together));
    const own = variant === "canary" ? Math.max(0, share - this.scenario.primary.errors(time)) : 0;
    if (failed > 0 && own > 0) this.harmed += (failed * own) / share;
    const absent = chance.binomial(requests - failed, missing);
    if (variant === "canary")
      this.harmed += absent * (missing > (this.scenario.primary.missing ?? 0) ? 1 : 0);
    this.count(`requests|${variant}|200`, requests - failed - absent);
    if (absent > 0) this.count(`requests|${variant}|404`, absent);
    if (failed > 0) {
      const code = this.scenario.isNewCode ? 500 + (this.codes++ % 100) : 500;
      this.count(`requests|${variant}|${code}`, failed);
    }
    this.time_(variant, requests, Math.log(behaviour.slow?.(time) ?? 1), tail);
  }

  private time_(variant: Variant, requests: number, shift: number, tail: number): void {
    let [left, within] = [requests, 0];
    let before = 0;
    for (const bound of BOUNDS) {
      const below = (more: number): number => normal((Math.log(bound) - MEDIAN - shift - more) / SPREAD);
      const share = (1 - tail) * below(0) + tail * below(Math.log(10));
      const here = this.chance.binomial(left, Math.min(1, (share - before) / (1 - before)));
      left -= here;
      within += here;
      before = share;
      this.count(`bucket|${variant}|${bound}`, within);
    }
    this.count(`bucket|${variant}|+Inf`, requests);
  }

  private count(key: string, more: number): void {
    this.counters.set(key, (this.counters.get(key) ?? 0) + more);
  }

  private scrape(): void {
    const { restarts, missed = 0 } = this.scenario;
    if (restarts !== undefined && this.chance.uniform() < this.interval / restarts) this.counters = new Map();
    const at = this.nextScrape;
    this.nextScrape += this.interval;
    if (this.chance.uniform() < missed) return;
    for (const [key, value] of this.counters) {
      const seen = this.seen.get(key) ?? { labels: labelsOf(key), values: [] };
      this.seen.set(key, seen);
      seen.values.push([(EPOCH + Math.round(at * 1000)) / 1000, String(value)]);
    }
  }

  /** What Prometheus answers about raw samples: `metric{service=~"..."}[300s]` at a time in seconds since the epoch. */
  answerTo(query: string, time: number): object {
    const [, metric = "", services = "", range = "0"] =
      /^traefik_service_(requests_total|request_duration_seconds_bucket)\{service=~"([^"]*)"\}\[(\d+)s\]$/.exec(
        query,
      ) ?? [];
    const kind = metric === "requests_total" ? "requests" : "bucket";
    const isPicked = new RegExp(`^(?:${services})$`);
    const [from, to] = [time - Number(range), time];
    const result = [...this.seen]
      .filter(([key, { labels }]) => key.startsWith(kind) && isPicked.test(labels.service ?? ""))
      .map(([, { labels, values }]) => ({ metric: labels, values: between(values, from, to) }))
      .filter(({ values }) => values.length > 0);
    return { status: "success", data: { resultType: "matrix", result } };
  }

  /** Requests and failures of a variant since a time, for ways of judging that are not the product's. */
  totals(variant: Variant): { requests: number; failed: number } {
    let [requests, failed] = [0, 0];
    for (const [key, value] of this.counters) {
      const [kind, of, code = ""] = key.split("|");
      if (kind !== "requests" || of !== variant) continue;
      requests += value;
      if (code.startsWith("5")) failed += value;
    }
    return { requests, failed };
  }
}

/** The values of a time, of which there are many. */
function between(values: readonly [number, string][], from: number, to: number): [number, string][] {
  let begin = values.length;
  while (begin > 0 && (values[begin - 1]?.[0] ?? 0) > from) begin--;
  return values.slice(begin).filter(([time]) => time <= to);
}

function labelsOf(key: string): Record<string, string> {
  const [kind, variant, detail = ""] = key.split("|");
  const service = SERVICES[variant as Variant];
  const common = { service, method: "GET", protocol: "http", instance: "traefik:8080", job: "traefik" };
  return kind === "requests" ? { ...common, code: detail } : { ...common, code: "200", le: detail };
}

/** Standard normal distribution, to 7 digits: Abramowitz and Stegun 26.2.17. */
function normal(z: number): number {
  const t = 1 / (1 + 0.231_641_9 * Math.abs(z));
  const tail =
    0.398_942_280_4 *
    Math.exp((-z * z) / 2) *
    t *
    (0.319_381_53 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  return z > 0 ? 1 - tail : tail;
}

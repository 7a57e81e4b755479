/** What the embedded data plane knows of its requests, as a metric source. */
import type { Clock } from "../analysis/clock";
import type { MetricPlan } from "../analysis/plan";
import { MetricError, type MetricSource, type Series, type Window } from "../analysis/source";
import type { ProxyAnswer } from "./data-plane";

/** Milliseconds whose requests make a sample. */
const SAMPLE_MS = 250;

interface Answered {
  readonly time: number;
  readonly status: number;
  readonly milliseconds: number;
}

/** Milliseconds that requests are counted beyond: the steps are finer than any histogram's of a router. */
const BOUNDS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** What is bad of an answer: one count, or one for each bound. */
const QUERIES: Readonly<Record<string, (answer: Answered) => boolean[]>> = {
  "success-rate": ({ status }) => [status >= 500],
  "client-error-rate": ({ status }) => [status >= 400 && status < 500],
  "latency-p90": ({ milliseconds }) => BOUNDS.map((bound) => milliseconds > bound),
};

export class EmbeddedMetrics implements MetricSource {
  private readonly answers = new Map<string, Answered[]>();

  constructor(private readonly clock: Clock) {}

  /** CountSeries a request. */
  record({ service, status, milliseconds }: ProxyAnswer): void {
    const answers = this.answers.get(service) ?? [];
    if (answers.length === 0) this.answers.set(service, answers);
    answers.push({ time: this.clock.now(), status, milliseconds });
  }

  async read({ query }: MetricPlan, { service, from, to }: Window): Promise<Series> {
    const isBad = QUERIES[query];
    if (isBad === undefined) throw new MetricError(`${query}: allowed: ${Object.keys(QUERIES).join(", ")}`);
    const answers = (this.answers.get(service) ?? []).filter(({ time }) => time >= from && time < to);
    const intervals = new Map<number, { requests: number; bad: number[] }>();
    for (const answer of answers) {
      // The same pieces of time for every variant.
      const time = (Math.floor(answer.time / SAMPLE_MS) + 1) * SAMPLE_MS;
      const bad = isBad(answer);
      const sum = intervals.get(time) ?? { requests: 0, bad: bad.map(() => 0) };
      sum.requests += 1;
      bad.forEach((each, i) => {
        sum.bad[i] = (sum.bad[i] ?? 0) + Number(each);
      });
      intervals.set(time, sum);
    }
    return {
      samples: [],
      counts: {
        intervals: [...intervals].map(([time, sum]) => ({ time, ...sum })).sort((a, b) => a.time - b.time),
        ...(query.startsWith("latency-") && { bounds: BOUNDS }),
      },
      look: `${query} of Service ${service}`,
    };
  }
}

/** What the embedded data plane knows of its requests, as a metric source. */
import type { Clock } from "../analysis/clock";
import type { MetricPlan } from "../analysis/plan";
import { MetricError, type MetricSource, type Series, type Window } from "../analysis/source";
import type { ProxyAnswer } from "./data-plane";

/** Milliseconds whose requests make a sample. */
const SAMPLE_MS = 250;

interface Counted {
  readonly time: number;
  readonly status: number;
  readonly milliseconds: number;
}

const QUERIES: Readonly<Record<string, (answers: readonly Counted[]) => number>> = {
  "success-rate": (answers) => (answers.filter(({ status }) => status < 500).length / answers.length) * 100,
  "latency-p90": (answers) => {
    const sorted = answers.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
    return sorted[Math.ceil(sorted.length * 0.9) - 1] ?? 0;
  },
};

export class EmbeddedMetrics implements MetricSource {
  private readonly answers = new Map<string, Counted[]>();

  constructor(private readonly clock: Clock) {}

  /** Counts a request. */
  record({ service, status, milliseconds }: ProxyAnswer): void {
    const answers = this.answers.get(service) ?? [];
    if (answers.length === 0) this.answers.set(service, answers);
    answers.push({ time: this.clock.now(), status, milliseconds });
  }

  async read({ query }: MetricPlan, { service, from, to }: Window): Promise<Series> {
    const measure = QUERIES[query];
    if (measure === undefined) throw new MetricError(`${query}: allowed: ${Object.keys(QUERIES).join(", ")}`);
    const answers = (this.answers.get(service) ?? []).filter(({ time }) => time >= from && time < to);
    const samples = new Map<number, Counted[]>();
    for (const answer of answers) {
      const time = from + (Math.floor((answer.time - from) / SAMPLE_MS) + 1) * SAMPLE_MS;
      samples.set(time, [...(samples.get(time) ?? []), answer]);
    }
    return {
      samples: [...samples].map(([time, those]) => ({ time, value: measure(those) })),
      requests: answers.length,
      look: `${query} of Service ${service}`,
    };
  }
}

import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** Metrics of one instance, for Prometheus. */
export class AppMetrics {
  private readonly registry = new Registry();
  private readonly requests = new Counter({
    name: "http_requests_total",
    help: "Requests answered, by status code.",
    labelNames: ["code"],
    registers: [this.registry],
  });
  private readonly durations = new Histogram({
    name: "http_request_duration_seconds",
    help: "Time from a request's arrival to the end of its answer.",
    buckets: [0.005, 0.025, 0.1, 0.3, 1.2, 5],
    registers: [this.registry],
  });

  constructor({ appName, variant, version }: Readonly<Record<"appName" | "variant" | "version", string>>) {
    new Gauge({
      name: "app_info",
      help: "What answers, as labels of a constant 1.",
      labelNames: ["app", "variant", "version"],
      registers: [this.registry],
    }).set({ app: appName, variant, version }, 1);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  /** Begins a request; the function returned ends it. */
  begin(): (code: number) => void {
    const start = performance.now();
    return (code) => {
      this.requests.inc({ code });
      this.durations.observe((performance.now() - start) / 1000);
    };
  }
}

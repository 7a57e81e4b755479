/** Metrics in Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats */

const BUCKETS = [0.005, 0.025, 0.1, 0.3, 1.2, 5];

export class Metrics {
  private readonly requests = new Map<number, number>();
  private readonly buckets = BUCKETS.map(() => 0);
  private seconds = 0;
  private count = 0;

  observe(code: number, seconds: number): void {
    this.requests.set(code, (this.requests.get(code) ?? 0) + 1);
    BUCKETS.forEach((bound, i) => {
      if (seconds <= bound) this.buckets[i] = (this.buckets[i] ?? 0) + 1;
    });
    this.seconds += seconds;
    this.count++;
  }

  /** @param labels what answers, as labels of the constant `app_info` */
  text(labels: Readonly<Record<string, string>>): string {
    const info = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    const duration = "http_request_duration_seconds";
    return [
      "# HELP app_info What answers.",
      "# TYPE app_info gauge",
      `app_info{${info.join()}} 1`,
      "# HELP http_requests_total Requests answered, by status code.",
      "# TYPE http_requests_total counter",
      ...[...this.requests].map(([code, count]) => `http_requests_total{code="${code}"} ${count}`),
      `# HELP ${duration} Time from a request's arrival to the end of its answer.`,
      `# TYPE ${duration} histogram`,
      ...BUCKETS.map((bound, i) => `${duration}_bucket{le="${bound}"} ${this.buckets[i]}`),
      `${duration}_bucket{le="+Inf"} ${this.count}`,
      `${duration}_sum ${this.seconds}`,
      `${duration}_count ${this.count}`,
      "",
    ].join("\n");
  }
}

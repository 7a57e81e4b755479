/**
 * Sends requests over connections that are kept, as fast as they are answered or at a rate. Runs in the lab's network: a
 * process of its own, which is told by IPC what to do, one load after the other, and ends with the process that told it.
 */
import { Pool } from "undici";
import { type LoadReport, type RequestOutcome, Tally } from "./tally";

/** What to send, and how much. */
export interface Job {
  /** Where to send requests, in turn, such as `http://10.78.0.1`. */
  readonly origins: readonly string[];
  readonly host: string;
  readonly path: string;
  /** Header of the answer that says who gave it. */
  readonly by: string;
  /** Connections at most, and requests at the same time. */
  readonly connections: number;
  /** Requests a second; as fast as they are answered if there is none. */
  readonly rate?: number;
  /** The load ends after so many requests or so many seconds, whichever is first, or when it is told to stop. */
  readonly requests: number;
  readonly seconds: number;
  /** Seconds until a request without an answer has failed. */
  readonly timeoutSeconds: number;
}

/** What the process that started the generator tells it. */
export type GeneratorRequest = { readonly type: "start"; readonly job: Job } | { readonly type: "stop" };

/** What it is told: how many requests have ended, ten times a second, and the report at the end. */
export type GeneratorMessage =
  | { readonly type: "progress"; readonly ended: number }
  | { readonly type: "report"; readonly report: LoadReport };

const PROGRESS_MS = 100;

class Generator {
  private readonly tally = new Tally();
  private readonly pools: readonly Pool[];
  private sent = 0;
  private inFlight = 0;
  private ended = 0;
  private over = false;
  private finish: () => void = () => {};
  private readonly finished = new Promise<void>((resolve) => {
    this.finish = resolve;
  });

  constructor(private readonly job: Job) {
    const timeout = job.timeoutSeconds * 1000;
    this.pools = job.origins.map(
      (origin) =>
        new Pool(origin, {
          connections: Math.ceil(job.connections / job.origins.length),
          headersTimeout: timeout,
          bodyTimeout: timeout,
          connect: { timeout },
        }),
    );
  }

  async run(): Promise<LoadReport> {
    const end = setTimeout(() => this.stop(), this.job.seconds * 1000);
    const progress = setInterval(() => tell({ type: "progress", ended: this.ended }), PROGRESS_MS);
    const pace = this.job.rate === undefined ? undefined : this.keepRate(this.job.rate);
    if (pace === undefined) for (let i = 0; i < this.job.connections; i++) this.next();
    await this.finished;
    clearTimeout(end);
    clearInterval(progress);
    clearInterval(pace);
    await Promise.all(this.pools.map((pool) => pool.destroy()));
    return this.tally.report();
  }

  /** Sends no more; requests in flight are still waited for. */
  stop(): void {
    this.over = true;
    if (this.inFlight === 0) this.finish();
  }

  /** Sends what has come due by now. Requests for which no connection is free are sent late, never dropped. */
  private keepRate(rate: number): NodeJS.Timeout {
    const begun = performance.now();
    return setInterval(() => {
      const due = ((performance.now() - begun) / 1000) * rate;
      while (this.sent < due && this.inFlight < this.job.connections && !this.over) this.send();
    }, 5);
  }

  private next(): void {
    if (!this.over) this.send();
    else if (this.inFlight === 0) this.finish();
  }

  private send(): void {
    const { host, path, by, requests } = this.job;
    const pool = this.pools[this.sent % this.pools.length] as Pool;
    this.sent++;
    this.inFlight++;
    if (this.sent === requests) this.over = true;
    const begun = performance.now();
    let outcome: RequestOutcome = "";
    pool.dispatch(
      { path, method: "GET", headers: { host } },
      {
        onRequestStart() {},
        onResponseStart(_controller, status, headers) {
          outcome = headers[by] === undefined ? String(status) : `${status} ${headers[by]}`;
        },
        onResponseData() {},
        onResponseEnd: () => this.end(outcome, begun),
        onResponseError: (_controller, error) => this.end(codeOf(error), begun),
      },
    );
  }

  private end(outcome: RequestOutcome, begun: number): void {
    this.tally.add(outcome, Date.now(), performance.now() - begun);
    this.inFlight--;
    this.ended++;
    if (this.job.rate === undefined) this.next();
    else if (this.over && this.inFlight === 0) this.finish();
  }
}

/** The innermost error's code: undici's own is the same whatever happened to the connection. */
function codeOf(error: Error & { code?: string; cause?: unknown }): string {
  const { cause } = error;
  return cause instanceof Error ? codeOf(cause) : (error.code ?? error.message);
}

function tell(message: GeneratorMessage): void {
  // Whoever is gone needs no answer.
  process.send?.(message, undefined, undefined, () => {});
}

let generator: Generator | undefined;
process.on("message", (request: GeneratorRequest) => {
  if (request.type === "stop") generator?.stop();
  else {
    generator = new Generator(request.job);
    void generator.run().then((report) => tell({ type: "report", report }));
  }
});
process.once("disconnect", () => process.exit());

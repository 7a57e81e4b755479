/**
 * appinfo: says which pod of which release answered.
 *
 * `/v1/appinfo` JSON. `/healthz` and `/readyz` for probes, which no switch has an effect on. `/metrics` for Prometheus.
 * On the admin port, from within the pod alone, `GET` and `PUT /switches`.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { appInfo, type Variables } from "./info.ts";
import { Metrics } from "./metrics.ts";
import { type Switches, withChanges } from "./switches.ts";

/** How it ends. */
export interface Ending {
  /** Milliseconds for which it goes on serving, so that clients learn to go elsewhere before connections close. */
  readonly servesMs: number;
  /** Milliseconds that the requests under way then have: what is open after that is cut. */
  readonly finishesMs: number;
}

/** Half of the 30 seconds that Kubernetes leaves a pod by default. */
export const ENDING: Ending = { servesMs: 5_000, finishesMs: 10_000 };

export interface Options {
  readonly env: Variables;
  readonly labelsFile: string;
  /** Port for everybody; 0 for any that is free. */
  readonly port: number;
  /** Port that answers on the loopback interface alone. */
  readonly adminPort: number;
  readonly switches: Switches;
  readonly ending: Ending;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export class AppInfo {
  private readonly options: Options;
  private switches: Switches;
  private readonly metrics = new Metrics();
  private readonly server: Server;
  private readonly admin: Server;
  private stopping = false;
  /** Carries fractions of an error from one answer to the next. */
  private errorsDue = 0;

  constructor(options: Options) {
    this.options = options;
    this.switches = options.switches;
    this.server = createServer((request, response) => void this.serve(request, response));
    this.admin = createServer((request, response) => void this.administer(request, response));
    // A connection is the router's to close: a close from here may cross a request.
    this.server.keepAliveTimeout = 0;
  }

  get port(): number {
    return portOf(this.server);
  }

  get adminPort(): number {
    return portOf(this.admin);
  }

  /** Resolves once it listens. */
  async start(): Promise<void> {
    this.admin.listen(this.options.adminPort, "127.0.0.1");
    this.server.listen(this.options.port);
    await Promise.all([this.admin, this.server].map((server) => once(server, "listening")));
  }

  /** Serves on for a while, closing each connection with its answer; then finishes what it has. Resolves at the end. */
  async finish(): Promise<void> {
    this.stopping = true;
    const { servesMs, finishesMs } = this.options.ending;
    await sleep(servesMs);
    const servers = [this.admin, this.server];
    const closed = Promise.all(servers.map((server) => once(server, "close")));
    for (const server of servers) {
      server.close();
      // A connection without a whole request is not idle, and would stay.
      setTimeout(() => server.closeAllConnections(), finishesMs).unref();
    }
    await closed;
  }

  private async serve({ url = "/" }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path] = url.split("?");
    if (path === "/healthz") this.send(response, { status: 200, body: { ok: true } });
    else if (path === "/readyz")
      this.send(response, { status: this.stopping ? 503 : 200, body: { ok: !this.stopping } });
    else if (path === "/metrics") {
      const metrics = this.metrics.text(this.options.env.VERSION ?? "");
      this.write(response, 200, "text/plain; version=0.0.4", metrics);
    } else {
      const start = performance.now();
      const answer = await this.answer(path).catch(({ message }: Error) => ({
        status: 500,
        body: { error: message },
      }));
      this.send(response, answer);
      this.metrics.observe(answer.status, (performance.now() - start) / 1000);
    }
  }

  private async answer(path: string | undefined): Promise<Answer> {
    if (path !== "/v1/appinfo") return { status: 404, body: { error: "there is /v1/appinfo" } };
    const { errorRate, latencyMs, showNamespace } = this.switches;
    if (latencyMs > 0) await sleep(latencyMs);
    this.errorsDue += errorRate / 100;
    if (this.errorsDue >= 1) {
      this.errorsDue -= 1;
      return { status: 500, body: { error: "something went wrong" } };
    }
    const info = await appInfo(this.options.env, this.options.labelsFile);
    return { status: 200, body: showNamespace ? info : { ...info, Namespace: "" } };
  }

  private async administer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.method === "PUT")
        this.switches = withChanges(this.switches, JSON.parse(await text(request)));
      this.send(response, { status: 200, body: this.switches });
    } catch (error) {
      this.send(response, { status: 400, body: { error: (error as Error).message } });
    }
  }

  private send(response: ServerResponse, { status, body }: Answer): void {
    this.write(response, status, "application/json", `${JSON.stringify(body)}\n`);
  }

  private write(response: ServerResponse, status: number, type: string, content: string): void {
    if (this.stopping) response.setHeader("connection", "close");
    response.writeHead(status, { "content-type": type }).end(content);
  }
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

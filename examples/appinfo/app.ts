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

export interface Options {
  readonly env: Variables;
  readonly labelsFile: string;
  /** Port for everybody; 0 for any that is free. */
  readonly port: number;
  /** Port that answers on the loopback interface alone. */
  readonly adminPort: number;
  readonly switches: Switches;
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

  /** Takes no more connections and finishes the requests that it has. Resolves once they are done. */
  async finish(): Promise<void> {
    this.stopping = true;
    const closed = Promise.all([this.admin, this.server].map((server) => once(server, "close")));
    for (const server of [this.admin, this.server]) server.close();
    await closed;
  }

  private async serve({ url = "/" }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path] = url.split("?");
    if (path === "/healthz") this.send(response, { status: 200, body: { ok: true } });
    else if (path === "/readyz")
      this.send(response, { status: this.stopping ? 503 : 200, body: { ok: !this.stopping } });
    else if (path === "/metrics") {
      response.setHeader("content-type", "text/plain; version=0.0.4");
      response.end(this.metrics.text(this.options.env.VERSION ?? ""));
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
    if (this.stopping) response.setHeader("connection", "close");
    response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
  }
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

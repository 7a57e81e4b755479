/**
 * appinfo: says which pod of which release answered, and does wrong what it is told to.
 *
 * `/v1/appinfo` JSON. `/healthz` and `/readyz` for probes: only the switches `healthy` and `ready` have an effect on them. `/metrics`
 * for Prometheus. On the admin port `GET` and `PUT /switches`.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { Info } from "./info.ts";
import { Metrics } from "./metrics.ts";
import { type Switches, withChanges } from "./switches.ts";

/** How it ends. */
export interface Ending {
  /** Milliseconds for which it goes on serving, so that clients learn to go elsewhere before connections close. */
  readonly servesMs: number;
  /** Milliseconds that the requests under way then have: what is open after that is cut. Any time without it. */
  readonly finishesMs?: number;
}

/** Half of the 30 seconds that Kubernetes leaves a pod by default. */
export const ENDING: Ending = { servesMs: 5_000, finishesMs: 10_000 };

export interface Options {
  /** Read anew for each answer. */
  readonly info: () => Info | Promise<Info>;
  /** What else it answers with 200, undefined for paths that it does not have: text, or JSON of an object. */
  readonly page?: (path: string) => string | object | undefined;
  /** Headers of every answer, each name before its value. */
  readonly headers?: readonly string[];
  /** Labels of the metric `app_info`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Address for everybody; all of the pod's without it. */
  readonly address?: string;
  /** Ports for everybody; 0 for any that is free. */
  readonly ports: readonly number[];
  /** Address of the admin port: by default the loopback interface alone. */
  readonly adminAddress?: string;
  readonly adminPort: number;
  readonly switches: Switches;
  readonly ending: Ending;
}

interface Answer {
  readonly status: number;
  readonly body: string | object;
}

const SLOW_BODY_MS = 200;

export class AppInfo {
  readonly servers: readonly Server[];
  private readonly options: Options;
  private switches: Switches;
  private readonly metrics = new Metrics();
  private readonly admin: Server;
  private stopping = false;
  /** Requests that are being answered. */
  private atWork = 0;
  /** Carries fractions of an error from one answer to the next. */
  private errorsDue = 0;

  constructor(options: Options) {
    this.options = options;
    this.switches = options.switches;
    // A connection is the router's to close: a close from here may cross a request.
    const settings = { keepAliveTimeout: 0, noDelay: true };
    this.servers = options.ports.map(() =>
      tracked(createServer(settings, (request, response) => void this.serve(request, response))),
    );
    this.admin = tracked(
      createServer(settings, (request, response) => void this.administer(request, response)),
    );
  }

  /** The first one. */
  get port(): number {
    return portOf(this.servers[0] as Server);
  }

  get adminPort(): number {
    return portOf(this.admin);
  }

  /** Resolves once it listens. */
  async start(): Promise<void> {
    const { adminPort, adminAddress = "127.0.0.1" } = this.options;
    await listen(this.admin, adminPort, adminAddress);
    if (!this.switches.refuse) await this.open();
  }

  /** Serves on for a while, closing each connection with its answer; then finishes what it has. Resolves at the end. */
  async finish(): Promise<void> {
    this.stopping = true;
    const { servesMs, finishesMs } = this.options.ending;
    if (servesMs > 0) await sleep(servesMs);
    const open = [this.admin, ...this.servers].filter((server) => server.listening);
    const closed = Promise.all(open.map((server) => once(server, "close")));
    for (const server of open) {
      server.close();
      // A connection without a whole request is not idle, and would stay.
      if (finishesMs !== undefined) setTimeout(() => server.closeAllConnections(), finishesMs).unref();
    }
    await closed;
  }

  /** Resets every connection, as a process does that is killed amid requests. */
  kill(): void {
    this.stopping = true;
    for (const server of [this.admin, ...this.servers]) cut(server);
  }

  private async open(): Promise<void> {
    const { ports, address } = this.options;
    await Promise.all(this.servers.map((server, i) => listen(server, ports[i] ?? 0, address)));
  }

  private async serve({ url = "/" }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = ""] = url.split("?");
    const { healthy, ready } = this.switches;
    if (path === "/healthz") this.probe(response, healthy);
    else if (path === "/readyz") this.probe(response, ready && !this.stopping);
    else if (path === "/metrics")
      this.write(response, 200, "text/plain; version=0.0.4", this.metrics.text(this.options.labels));
    else await this.work(path, response);
  }

  private async work(path: string, response: ServerResponse): Promise<void> {
    const start = performance.now();
    response.once("close", () => {
      this.metrics.observe(response.statusCode, (performance.now() - start) / 1000);
      // A connection that was kept while it answered is idle now.
      if (this.stopping) for (const server of this.servers) server.closeIdleConnections();
    });
    const { capacity, latencyMs, errorRate } = this.switches;
    if (capacity > 0 && this.atWork >= capacity) return this.send(response, { status: 503, body: "busy\n" });
    this.atWork++;
    response.once("close", () => this.atWork--);
    if (latencyMs > 0) await sleep(latencyMs);
    if (this.switches.hang) return;
    this.errorsDue += errorRate / 100;
    if (this.errorsDue >= 1) {
      this.errorsDue -= 1;
      return this.fail(response);
    }
    const failed = ({ message }: Error): Answer => ({ status: 500, body: { error: message } });
    this.send(response, await this.answer(path).catch(failed));
  }

  private async answer(path: string): Promise<Answer> {
    if (path === "/v1/appinfo") {
      const info = await this.options.info();
      return { status: 200, body: this.switches.showNamespace ? info : { ...info, Namespace: "" } };
    }
    const page = this.options.page?.(path);
    return page === undefined
      ? { status: 404, body: { error: "there is /v1/appinfo" } }
      : { status: 200, body: page };
  }

  private fail(response: ServerResponse): void {
    const { errorStyle } = this.switches;
    const body = { error: "something went wrong" };
    const content = `${JSON.stringify(body)}\n`;
    const type = ["content-type", "application/json"];
    if (errorStyle === "plain") this.send(response, { status: 500, body });
    else if (errorStyle === "slow") {
      this.head(response, 500, [...type, "content-length", String(content.length)]);
      response.flushHeaders();
      setTimeout(() => response.end(content), SLOW_BODY_MS);
    } else {
      this.head(response, 500, type);
      for (const word of content.split(/(?<= )/)) response.write(word);
      response.end();
    }
  }

  private probe(response: ServerResponse, ok: boolean): void {
    this.send(response, { status: ok ? 200 : 503, body: { ok } });
  }

  private async administer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.method === "PUT") await this.change(JSON.parse(await text(request)));
      this.send(response, { status: 200, body: this.switches });
    } catch (error) {
      this.send(response, { status: 400, body: { error: (error as Error).message } });
    }
  }

  private async change(changes: object): Promise<void> {
    const { refuse } = this.switches;
    this.switches = withChanges(this.switches, changes);
    if (refuse && !this.switches.refuse) await this.open();
    if (!refuse && this.switches.refuse) for (const server of this.servers) cut(server);
  }

  private send(response: ServerResponse, { status, body }: Answer): void {
    if (typeof body === "string") this.write(response, status, "text/plain", body);
    else this.write(response, status, "application/json", `${JSON.stringify(body)}\n`);
  }

  private write(response: ServerResponse, status: number, type: string, content: string): void {
    this.head(response, status, ["content-type", type, "content-length", String(Buffer.byteLength(content))]);
    response.end(content);
  }

  private head(response: ServerResponse, status: number, headers: readonly string[]): void {
    if (this.stopping) response.shouldKeepAlive = false;
    response.writeHead(status, [...(this.options.headers ?? []), ...headers]);
  }
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function listen(server: Server, port: number, host?: string): Promise<void> {
  server.listen({ port, host, backlog: 4096 });
  await once(server, "listening");
}

const sockets = new WeakMap<Server, Set<Socket>>();

/** Keeps account of a server's connections, so that `cut` knows them. */
function tracked(server: Server): Server {
  const open = new Set<Socket>();
  sockets.set(server, open);
  return server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
}

/** Takes no more connections, and resets those that there are: the other end sees ECONNRESET. */
function cut(server: Server): void {
  server.close();
  for (const socket of sockets.get(server) ?? []) socket.resetAndDestroy();
}

/**
 * The demo app: says which version answered, and does wrong what it is told to.
 *
 * `/v1/appinfo` JSON about the instance. `/v1/config` JSON of its variables, its arguments and the files of its volumes. `/healthz` and `/readyz` for probes; no other switch has an effect on them.
 * `/metrics` for Prometheus. Any other path: a line of text. WebSockets, and gRPC on ports of its own, echo messages. Headers `x-pod`, `x-variant` and `x-version` on every answer.
 */
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import { AppMetrics } from "./metrics";
import { serveGrpc, takeWebSockets } from "./streams";
import { type Switches, switchesFrom, withSwitches } from "./switches";

/** Who an instance of the app is. */
export interface Identity {
  readonly podName: string;
  readonly namespace: string;
  readonly appName: string;
  readonly release: string;
  readonly variant: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface AppOptions {
  readonly identity: Identity;
  /** Address to listen on. */
  readonly address: string;
  readonly ports: readonly number[];
  /** Ports of its gRPC service. */
  readonly grpcPorts?: readonly number[];
  /** Port on which it takes its switches, whatever they are: `GET` and `PUT /switches`. */
  readonly adminPort: number;
  /** Switches to start with: see `switchesFrom`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Arguments that it was started with; it does nothing with them but say so. */
  readonly args?: readonly string[];
  /** Its volumes: where it would find them, and the folder that stands for each. */
  readonly mounts?: readonly { readonly mountPath: string; readonly path: string }[];
}

/** The usual `adminPort`. */
export const ADMIN_PORT = 15099;

const SLOW_BODY_MS = 200;
const ERROR_BODY = "internal server error\n";

/** One instance. */
export class App {
  private switches: Switches;
  private readonly servers: Server[];
  private readonly admin: Server;
  private readonly metrics: AppMetrics;
  private readonly headers: readonly string[];
  private readonly line: string;
  private grpc: Awaited<ReturnType<typeof serveGrpc>>[] = [];
  private stopping = false;
  /** Requests that are being answered. */
  private atWork = 0;
  /** Carries fractions of an error from request to request: a rate of 25 is exactly every fourth. */
  private errorsDue = 0;

  constructor(private readonly options: AppOptions) {
    const { identity, ports, env } = options;
    this.switches = switchesFrom(env);
    this.metrics = new AppMetrics(identity);
    this.headers = ["x-pod", identity.podName, "x-variant", identity.variant, "x-version", identity.version];
    this.line = `${identity.appName} ${identity.version} ${identity.variant} ${identity.podName}\n`;
    this.servers = ports.map(() => this.server((request, response) => this.answer(request, response)));
    for (const server of this.servers) takeWebSockets(server, identity.variant);
    this.admin = this.server((request, response) => this.administer(request, response));
  }

  /** Resolves once it listens. */
  async start(): Promise<void> {
    await listen(this.admin, this.options.adminPort, this.options.address);
    const { grpcPorts = [], address, identity } = this.options;
    this.grpc = await Promise.all(grpcPorts.map((port) => serveGrpc(address, port, identity.variant)));
    if (!this.switches.refuse) await this.open();
  }

  /** What SIGTERM does: takes no more connections, and finishes the requests that it has. Resolves once they are done. */
  async finish(): Promise<void> {
    this.stopping = true;
    const ofGrpc = this.grpc.map((server) => new Promise((resolve) => server.tryShutdown(resolve)));
    await Promise.all([...[this.admin, ...this.servers].map(close), ...ofGrpc]);
  }

  /** What SIGKILL does: resets every connection. */
  kill(): void {
    this.stopping = true;
    for (const server of this.grpc) server.forceShutdown();
    for (const server of [this.admin, ...this.servers]) {
      server.close();
      reset(server);
    }
  }

  private server(listener: (request: IncomingMessage, response: ServerResponse) => void): Server {
    // An idle connection is never closed from this side: a close that crosses the next request would fail that request.
    const server = createServer({ keepAliveTimeout: 0, noDelay: true }, listener);
    return trackConnections(server);
  }

  private async open(): Promise<void> {
    const { ports, address } = this.options;
    await Promise.all(this.servers.map((server, index) => listen(server, ports[index] ?? 0, address)));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const end = this.metrics.begin();
    response.once("close", () => {
      end(response.statusCode);
      if (this.stopping) for (const server of this.servers) server.closeIdleConnections();
    });
    const [path] = (request.url ?? "/").split("?");
    if (path === "/healthz") this.probe(response, this.switches.healthy);
    else if (path === "/readyz") this.probe(response, this.switches.ready && !this.stopping);
    else if (path === "/metrics") void this.sendMetrics(response);
    else this.work(path, response);
  }

  private work(path: string | undefined, response: ServerResponse): void {
    const { capacity, latencyMs } = this.switches;
    if (capacity > 0 && this.atWork >= capacity) {
      this.send(response, 503, "busy\n");
      return;
    }
    this.atWork++;
    response.once("close", () => this.atWork--);
    if (latencyMs > 0) setTimeout(() => this.respond(path, response), latencyMs);
    else this.respond(path, response);
  }

  private respond(path: string | undefined, response: ServerResponse): void {
    if (this.switches.hang) return;
    this.errorsDue += this.switches.errorRate / 100;
    if (this.errorsDue >= 1) {
      this.errorsDue -= 1;
      this.fail(response);
    } else if (path === "/v1/config")
      this.send(response, 200, `${JSON.stringify(this.config())}\n`, "application/json");
    else if (path === "/v1/appinfo")
      this.send(response, 200, `${JSON.stringify(this.appInfo())}\n`, "application/json");
    else this.send(response, 200, this.line);
  }

  private appInfo() {
    const { podName, appName, namespace, release, labels, version, variant } = this.options.identity;
    return {
      PodName: podName,
      AppName: appName,
      Namespace: namespace,
      Release: release,
      Labels: labels,
      Version: version,
      Variant: variant,
    };
  }

  /** As it is at the time of asking. */
  private config() {
    const { env, args = [], mounts = [] } = this.options;
    const files = mounts.flatMap(({ mountPath, path }) =>
      !existsSync(path)
        ? []
        : statSync(path).isFile()
          ? [[mountPath, path]]
          : readdirSync(path, { recursive: true, encoding: "utf8" }).map((file) => [
              `${mountPath}/${file}`,
              join(path, file),
            ]),
    );
    const isFile = ([, path = ""]: readonly string[]): boolean => statSync(path).isFile();
    return {
      env,
      args,
      files: Object.fromEntries(
        files.filter(isFile).map(([name, path = ""]) => [name, readFileSync(path, "utf8")]),
      ),
    };
  }

  private fail(response: ServerResponse): void {
    const { errorStyle } = this.switches;
    if (errorStyle === "plain") {
      this.send(response, 500, ERROR_BODY);
      return;
    }
    const length = errorStyle === "slow" ? ["content-length", String(ERROR_BODY.length)] : [];
    this.head(response, 500, ["content-type", "text/plain", ...length]);
    response.flushHeaders();
    if (errorStyle === "slow") {
      setTimeout(() => response.end(ERROR_BODY), SLOW_BODY_MS);
    } else {
      for (const word of ERROR_BODY.split(/(?<= )/)) response.write(word);
      response.end();
    }
  }

  private probe(response: ServerResponse, good: boolean): void {
    this.send(response, good ? 200 : 503, good ? "ok\n" : "not ok\n");
  }

  private async sendMetrics(response: ServerResponse): Promise<void> {
    this.send(response, 200, await this.metrics.text(), this.metrics.contentType);
  }

  private send(response: ServerResponse, status: number, body: string, type = "text/plain"): void {
    this.head(response, status, ["content-type", type, "content-length", String(Buffer.byteLength(body))]);
    response.end(body);
  }

  private head(response: ServerResponse, status: number, headers: readonly string[]): void {
    if (this.stopping) response.shouldKeepAlive = false;
    response.writeHead(status, [...this.headers, ...headers]);
  }

  private async administer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.method === "PUT") await this.change(await json(request));
      this.send(response, 200, `${JSON.stringify(this.switches)}\n`, "application/json");
    } catch (error) {
      this.send(response, 400, `${(error as Error).message}\n`);
    }
  }

  private async change(changes: Record<string, unknown>): Promise<void> {
    const refused = this.switches.refuse;
    this.switches = withSwitches(this.switches, changes);
    if (refused && !this.switches.refuse) await this.open();
    if (!refused && this.switches.refuse) {
      for (const server of this.servers) {
        server.close();
        reset(server);
      }
    }
  }
}

async function json(request: IncomingMessage): Promise<Record<string, unknown>> {
  let body = "";
  for await (const chunk of request) body += chunk;
  return JSON.parse(body) as Record<string, unknown>;
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  server.listen({ port, host, backlog: 4096 });
  await once(server, "listening");
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  await closed;
}

const connections = new WeakMap<Server, Set<Socket>>();

/** Keeps account of a server's connections, so that `reset` knows them. */
function trackConnections(server: Server): Server {
  const open = new Set<Socket>();
  connections.set(server, open);
  return server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
}

/** Resets a server's connections: the other end sees ECONNRESET, as when a process is killed amid requests. */
function reset(server: Server): void {
  for (const socket of connections.get(server) ?? []) socket.resetAndDestroy();
}

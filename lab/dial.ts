/** Connections into a lab's network from outside, through its gateway. */
import { Agent, type ClientRequestArgs, request } from "node:http";
import { type AgentOptions, Agent as HttpsAgent, type RequestOptions } from "node:https";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { ProcessStatus } from "./processes";

/** As Node's agents have it, although there is no stream when there is an error. */
type Connected = (error: Error | null, stream: Duplex) => void;

/** Agent for HTTP requests to addresses of the lab. */
export class LabAgent extends Agent {
  constructor(private readonly gateway: string) {
    super({ keepAlive: true });
  }

  override createConnection(target: ClientRequestArgs, connected: Connected = () => {}): undefined {
    connectThrough(this.gateway, target).then(
      (socket) => connected(null, socket),
      connected as (error: Error) => void,
    );
  }
}

/** Agent for HTTPS requests to addresses of the lab. */
export class LabHttpsAgent extends HttpsAgent {
  constructor(
    private readonly gateway: string,
    options: AgentOptions,
  ) {
    super({ keepAlive: true, ...options });
  }

  override createConnection(target: RequestOptions, connected: Connected = () => {}): undefined {
    connectThrough(this.gateway, target).then(
      (socket) => {
        connected(null, connectTls({ ...(target as ConnectionOptions), socket }));
      },
      connected as (error: Error) => void,
    );
  }
}

function connectThrough(socketPath: string, { host, port }: ClientRequestArgs): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const path = `${host}:${port}`;
    request({ socketPath, method: "CONNECT", path })
      .once("connect", (_response, socket) => resolve(socket))
      .once("error", () =>
        reject(Object.assign(new Error(`connect ECONNREFUSED ${path}`), { code: "ECONNREFUSED" })),
      )
      .end();
  });
}

/** What the lab's processes are doing. */
export async function processStatus(gateway: string): Promise<ProcessStatus[]> {
  return JSON.parse(await ask(gateway, "GET", "/status")) as ProcessStatus[];
}

/** Sends a signal to one of the lab's processes. */
export async function signalProcess(gateway: string, name: string, signal: NodeJS.Signals): Promise<void> {
  await ask(gateway, "POST", `/signal/${name}/${signal}`);
}

function ask(socketPath: string, method: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath, method, path }, (response) => {
      const ok = (response.statusCode ?? 500) < 300;
      text(response).then(
        (body) =>
          ok ? resolve(body) : reject(new Error(`${method} ${path}: status ${response.statusCode}`)),
        reject,
      );
    })
      .once("error", reject)
      .end();
  });
}

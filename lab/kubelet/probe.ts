/** Probes, as https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/ describes them. */
import { request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import type { V1Container, V1HTTPGetAction, V1Probe } from "@kubernetes/client-node";

/** Asks once; resolves with whether the answer is a good one. Never rejects. */
export type Check = () => Promise<boolean>;

/** Repeats a check and says when the outcome has changed, as the probe's thresholds have it. */
export class Probe {
  private timer: NodeJS.Timeout | undefined;
  private successes = 0;
  private failures = 0;
  private stopped = false;

  constructor(
    private readonly spec: V1Probe,
    private readonly check: Check,
    /** Called each time that a threshold is reached. */
    private readonly report: (good: boolean) => void,
  ) {}

  start(): this {
    this.timer = setTimeout(() => this.run(), (this.spec.initialDelaySeconds ?? 0) * 1000);
    return this;
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    const begun = Date.now();
    const good = await this.check();
    if (this.stopped) return;
    this.successes = good ? this.successes + 1 : 0;
    this.failures = good ? 0 : this.failures + 1;
    if (this.successes === (this.spec.successThreshold ?? 1)) this.report(true);
    if (this.failures === (this.spec.failureThreshold ?? 3)) this.report(false);
    const rest = (this.spec.periodSeconds ?? 10) * 1000 - (Date.now() - begun);
    if (!this.stopped) this.timer = setTimeout(() => this.run(), Math.max(0, rest));
  }
}

/** The check that a probe asks for. */
export function checkOf(
  spec: V1Probe,
  container: V1Container,
  address: string,
  run: (command: readonly string[], timeoutMs: number) => Promise<boolean> = async () => false,
): Check {
  const timeout = (spec.timeoutSeconds ?? 1) * 1000;
  const { httpGet, tcpSocket } = spec;
  if (httpGet !== undefined) return () => getSucceeds(httpGet, container, address, timeout);
  const { exec } = spec;
  if (exec !== undefined) return () => run(exec.command ?? [], timeout);
  if (tcpSocket === undefined) return async () => false;
  const port = portNumber(tcpSocket.port, container);
  return () =>
    new Promise((resolve) => {
      const socket = connect({ host: tcpSocket.host ?? address, port, timeout });
      const done = (good: boolean) => (): void => {
        socket.destroy();
        resolve(good);
      };
      socket.once("connect", done(true)).once("timeout", done(false)).once("error", done(false));
    });
}

/** Sends the request of an action. Statuses from 200 to 399 are good ones. */
export function getSucceeds(
  action: V1HTTPGetAction,
  container: V1Container,
  address: string,
  timeoutMs: number,
): Promise<boolean> {
  const headers = Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name, value]));
  const options: RequestOptions & { rejectUnauthorized: boolean } = {
    host: action.host ?? address,
    port: portNumber(action.port, container),
    path: action.path ?? "/",
    headers: { "user-agent": "kube-probe/1.35", ...headers },
    // A new connection each time, as the kubelet makes one.
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
    rejectUnauthorized: false,
  };
  const send = action.scheme === "HTTPS" ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    send(options, (response) => {
      const { statusCode = 500 } = response;
      response.destroy();
      resolve(statusCode >= 200 && statusCode < 400);
    })
      .on("error", () => resolve(false))
      .end();
  });
}

/** Number of a port that is given by number or by a name of the container's. */
export function portNumber(port: number | string, { ports = [] }: V1Container): number {
  const named = ports.find(({ name }) => name === port);
  return named?.containerPort ?? Number(port);
}

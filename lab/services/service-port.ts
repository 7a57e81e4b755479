import { connect, createServer, type Server, type Socket } from "node:net";

/** Where a connection goes. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/**
 * One port of a Service's address: connections go to its endpoints in turn, as with kube-proxy, and are refused while there
 * are none. Unlike there, one to an endpoint that refuses is made first and reset then.
 */
export class ServicePort {
  private endpoints: readonly Endpoint[] = [];
  private turn = 0;
  private server: Server | undefined;

  constructor(
    private readonly address: string,
    private readonly port: number,
  ) {}

  /** Connections that there are stay. */
  update(endpoints: readonly Endpoint[]): void {
    this.endpoints = endpoints;
    if (endpoints.length > 0) this.open();
    else this.close();
  }

  close(): void {
    this.server?.close();
    this.server = undefined;
  }

  private open(): void {
    if (this.server !== undefined) return;
    this.server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.forward(client));
    this.server.on("error", ({ message }) => console.log(message));
    this.server.listen({ host: this.address, port: this.port, backlog: 4096 });
  }

  private forward(client: Socket): void {
    const endpoint = this.endpoints[this.turn++ % this.endpoints.length];
    if (endpoint === undefined) {
      client.resetAndDestroy();
      return;
    }
    const { address: host, port } = endpoint;
    const upstream = connect({ host, port, allowHalfOpen: true, noDelay: true });
    client.pipe(upstream).pipe(client);
    client.once("error", () => upstream.resetAndDestroy());
    upstream.once("error", () => client.resetAndDestroy());
  }
}

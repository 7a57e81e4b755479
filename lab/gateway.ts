/**
 * The lab's door: HTTP on a unix socket, which, being a file, other network namespaces reach. `CONNECT host:port` is a
 * connection to an address of the lab, as with any HTTP proxy.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { ProcessStatus } from "./processes";

/** What the gateway offers beside connections. */
export interface GatewayHandlers {
  /** Answer to `GET /status`. */
  status(): readonly ProcessStatus[];
  /** `POST /signal/<process>/<signal>`: returns false when there is no such process. */
  signal(name: string, signal: NodeJS.Signals): boolean;
}

/** Serves the gateway on a unix socket. */
export function serveGateway(socketPath: string, handlers: GatewayHandlers): Server {
  const server = createServer((request, response) => {
    const [, resource, name = "", signal] = (request.url ?? "").split("/");
    if (request.method === "GET" && resource === "status") {
      response.end(JSON.stringify(handlers.status()));
    } else if (request.method === "POST" && resource === "signal") {
      response.writeHead(handlers.signal(name, signal as NodeJS.Signals) ? 204 : 404).end();
    } else {
      response.writeHead(404).end();
    }
  });
  server.on("connect", (request, client) => tunnel(request, client));
  return server.listen(socketPath);
}

function tunnel({ url = "" }: IncomingMessage, client: Duplex): void {
  const [host, port] = url.split(":");
  const target = connect({ host, port: Number(port), noDelay: true });
  target.once("connect", () => {
    client.write("HTTP/1.1 200 Connected\r\n\r\n");
    target.pipe(client).pipe(target);
  });
  // An error at one end ends the other; the client sees a connection that was refused or reset.
  target.once("error", () => client.destroy());
  client.once("error", () => target.destroy());
  target.once("close", () => client.destroy());
  client.once("close", () => target.destroy());
}

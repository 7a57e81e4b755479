import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** An HTTP server of this process. */
export interface LoopbackServer {
  readonly url: URL;
  /** Ends it at once, open connections included. */
  close(): Promise<void>;
}

/** Serves HTTP on a free port of the loopback address. */
export async function serveLoopback(listener: RequestListener): Promise<LoopbackServer> {
  // An idle connection is never closed from this side: a close that crosses the next request would fail that request.
  const server = createServer({ keepAliveTimeout: 0 }, listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

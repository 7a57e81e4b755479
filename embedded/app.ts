import { type LoopbackServer, serveLoopback } from "./loopback";

/** Starts an app that answers every request with its version. */
export function startApp(version: string): Promise<LoopbackServer> {
  return serveLoopback((_request, response) => {
    response.setHeader("content-type", "text/plain");
    response.end(version);
  });
}

/** Starts a version that was never any good: it answers every request with an error. */
export function startBrokenApp(): Promise<LoopbackServer> {
  return serveLoopback((_request, response) => {
    response.writeHead(500, { "content-type": "application/json" });
    response.end('{"error": "something went wrong"}');
  });
}

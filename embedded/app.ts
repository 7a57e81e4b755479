import { type LoopbackServer, serveLoopback } from "./loopback";

/** Starts an app that answers every request with its version. */
export function startApp(version: string): Promise<LoopbackServer> {
  return serveLoopback((_request, response) => {
    response.setHeader("content-type", "text/plain");
    response.end(version);
  });
}

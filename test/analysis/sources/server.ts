/** An HTTP server that answers as a test says. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { MetricPlan } from "../../../analysis/plan";
import type { Window } from "../../../analysis/source";

export interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: string;
  /** Of the body's characters; default UTF-8. */
  readonly encoding?: BufferEncoding;
}

/** Calls `use` with the server's address. */
export async function withServer(
  reply: (request: IncomingMessage, url: URL) => Reply,
  use: (address: string) => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => {
    const answer = reply(request, new URL(request.url ?? "/", "http://server"));
    const { status = 200, headers = {}, body, encoding = "utf8" } = answer;
    response.writeHead(status, headers).end(body, encoding);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

export const metric = (query: string): MetricPlan => ({
  name: "metric",
  source: "source",
  query,
  better: "lower",
  unit: "",
});

export const window = (change: Partial<Window> = {}): Window => ({
  app: "myapp",
  namespace: "shop",
  variant: "canary",
  service: "myapp-canary",
  from: 1_000_000,
  to: 1_150_000,
  ...change,
});

export const NEVER = new AbortController().signal;

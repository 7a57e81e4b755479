import { Agent, get } from "node:http";
import { text } from "node:stream/consumers";

/** What became of a number of requests. */
export interface Tally {
  /** Requests answered with status 200, by the version that answered. */
  readonly answered: ReadonlyMap<string, number>;
  /** Requests that failed, by reason: `status 502`, or the connection's error. */
  readonly failed: ReadonlyMap<string, number>;
}

export interface Load {
  readonly url: URL;
  /** Value of the Host header. */
  readonly host: string;
  readonly requests: number;
  /** Stops the sending; the promise then rejects. */
  readonly signal?: AbortSignal;
  /** Called after each request with the number of those that are done. */
  readonly onDone?: (done: number) => void;
}

/** Requests under way at any time, each on a connection that is kept. */
export const CONCURRENCY = 16;

/** Sends requests and counts the answers. */
export async function sendRequests({ url, host, requests, signal, onDone }: Load): Promise<Tally> {
  const agent = new Agent({ keepAlive: true });
  const answered = new Map<string, number>();
  const failed = new Map<string, number>();
  let sent = 0;
  let done = 0;
  const sender = async (): Promise<void> => {
    while (sent < requests) {
      signal?.throwIfAborted();
      sent++;
      await ask(url, host, agent).then(
        (version) => count(answered, version),
        (error: Error) => count(failed, error.message),
      );
      onDone?.(++done);
    }
  };
  try {
    await Promise.all(Array.from({ length: CONCURRENCY }, sender));
  } finally {
    agent.destroy();
  }
  return { answered, failed };
}

function ask(url: URL, host: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers: { host } }, (response) => {
      const { statusCode } = response;
      text(response).then(
        (body) => (statusCode === 200 ? resolve(body) : reject(new Error(`status ${statusCode}`))),
        reject,
      );
    });
    request.on("error", reject);
  });
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

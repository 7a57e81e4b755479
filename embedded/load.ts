import { Agent, get } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** What became of a number of requests. */
export interface VariantTally {
  /** Requests answered with status 200, by the version that answered. */
  readonly answered: ReadonlyMap<string, number>;
  /** Requests that failed, by reason: `status 502`, or the connection's error. */
  readonly failed: ReadonlyMap<string, number>;
}

/** Users who go on until they are told to stop. */
export interface Users {
  /** Answers and failures so far. */
  readonly tally: VariantTally;
  /** Resolves once every request is answered. */
  stop(): Promise<void>;
}

/** Milliseconds for which a user looks at an answer before the next request. */
const LOOK_MS = 20;

/** Has users send requests one after the other, each on a connection that is kept. */
export function startUsers(url: URL, host: string): Users {
  const agent = new Agent({ keepAlive: true });
  const tally = { answered: new Map<string, number>(), failed: new Map<string, number>() };
  let isOver = false;
  const user = async (): Promise<void> => {
    while (!isOver) {
      await askAndCount(url, host, agent, tally);
      await sleep(LOOK_MS);
    }
  };
  const users = Promise.all(Array.from({ length: CONCURRENCY }, user));
  return {
    tally,
    async stop() {
      isOver = true;
      await users;
      agent.destroy();
    },
  };
}

export interface EmbeddedLoad {
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
export async function sendRequests({
  url,
  host,
  requests,
  signal,
  onDone,
}: EmbeddedLoad): Promise<VariantTally> {
  const agent = new Agent({ keepAlive: true });
  const tally = { answered: new Map<string, number>(), failed: new Map<string, number>() };
  let sent = 0;
  let done = 0;
  const sender = async (): Promise<void> => {
    while (sent < requests) {
      signal?.throwIfAborted();
      sent++;
      await askAndCount(url, host, agent, tally);
      onDone?.(++done);
    }
  };
  try {
    await Promise.all(Array.from({ length: CONCURRENCY }, sender));
  } finally {
    agent.destroy();
  }
  return tally;
}

const askAndCount = (
  url: URL,
  host: string,
  agent: Agent,
  { answered, failed }: Record<keyof VariantTally, Map<string, number>>,
): Promise<void> =>
  ask(url, host, agent).then(
    (version) => count(answered, version),
    (error: Error) => count(failed, error.message),
  );

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

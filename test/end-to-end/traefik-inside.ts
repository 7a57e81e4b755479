/**
 * Both ends of the requests that a bench sends: origins that answer as each request asks for, and a client. Runs in the lab's
 * network, and ends with the process that started it.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect } from "node:http2";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** One request. */
export interface Ask {
  /** Such as `http://10.78.0.1`. */
  readonly origin: string;
  readonly host: string;
  readonly method?: string;
  readonly path?: string;
  /** `x-primary` and `x-canary` say how these answer: see `ANSWERS`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes of a body; of known length unless a header says that it is chunked. */
  readonly bodyBytes?: number;
  /** Address of the client. */
  readonly from?: string;
  /** Milliseconds after which the client gives up; default 8000. */
  readonly patienceMs?: number;
}

/** What came of it. */
export interface Reply {
  /** 0 where the connection ended before an answer. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly trailers: Readonly<Record<string, string | undefined>>;
  readonly hints: number;
  readonly body: string;
  readonly bytes: number;
  /** Whether the answer broke off, or the client gave up. */
  readonly broken: boolean;
  /** Milliseconds until the head, and until each part of the body. */
  readonly times: readonly number[];
}

/** What a bench tells this process. */
export type Order =
  | { readonly type: "listen"; readonly addresses: Readonly<Record<string, string>>; readonly port: number }
  | { readonly type: "send"; readonly asks: readonly Ask[]; readonly together: boolean }
  /** A stream in both directions: the client's second part goes out once the first has come back. */
  | { readonly type: "stream"; readonly ask: Ask }
  /** A WebSocket's handshake, and one message. */
  | { readonly type: "upgrade"; readonly ask: Ask }
  | { readonly type: "taken" };

/** Requests that an origin has taken since it was last asked: how many, and the bytes of their bodies. */
export type Taken = Readonly<
  Record<string, { readonly requests: number; readonly bytes: readonly number[] }>
>;

const PART = "x".repeat(1024);
const PARTS = 20_000;
const taken: Record<string, { requests: number; bytes: number[] }> = {};

/** What is held, and how many of those that were asked together have no answer yet. */
let held: (() => void)[] = [];
let unanswered = 0;

function releaseIfAll(): void {
  if (held.length < unanswered) return;
  for (const release of held.splice(0)) release();
}

async function askTogether(asks: readonly Ask[]): Promise<Reply[]> {
  [held, unanswered] = [[], asks.length];
  return Promise.all(
    asks.map(async (one) => {
      const reply = await ask(one);
      unanswered--;
      releaseIfAll();
      return reply;
    }),
  );
}

type Head = Record<string, string | string[]>;
/** Ways to answer a request. */
const ANSWERS: Record<string, (response: ServerResponse, head: Head, body: string) => Promise<void> | void> =
  {
    plain: (response, head, body) => send(response, 200, head, body),
    created: (response, head, body) => send(response, 201, { ...head, location: "/new" }, body),
    redirect: (response, head, body) => send(response, 302, { ...head, location: "/there" }, body),
    unauthorized: (response, head, body) =>
      send(response, 401, { ...head, "www-authenticate": 'Basic realm="app"' }, body),
    cookies: (response, head, body) => send(response, 200, { ...head, "set-cookie": ["a=1", "b=2"] }, body),
    stream: (response, head) => inParts(response, 200, head),
    large: (response, head) => large(response, 200, head),
    trailers: (response, head, body) => sendWithTrailers(response, 200, head, body),
    hints(response, head, body) {
      response.writeEarlyHints({ link: "</style.css>; rel=preload" });
      send(response, 200, head, body);
    },
    "breaks off": (response, head) => breakOff(response, 200, head),
    "plain 500": (response, head, body) => send(response, 500, head, body),
    "chunked 500": (response, head) => {
      response.writeHead(500, head);
      for (const part of ["a", "b", "c"]) response.write(part);
      response.end();
    },
    "slow 500": (response, head) => inParts(response, 500, { ...head, "content-length": "4" }),
    "streamed 500": (response, head) => inParts(response, 500, head),
    "large 500": (response, head) => large(response, 500, head),
    "500 with trailers": (response, head, body) => sendWithTrailers(response, 500, head, body),
    "500 after hints": async (response, head, body) => {
      response.writeEarlyHints({ link: "</style.css>; rel=preload" });
      await sleep(50);
      send(response, 500, head, body);
    },
    "500 that breaks off": (response, head) => breakOff(response, 500, head),
    hang: () => {},
    /** Answers once all that were asked together are either held or answered. */
    held: (response, head, body) => {
      held.push(() => send(response, 200, head, body));
      releaseIfAll();
    },
    reset: (response) => void response.socket?.resetAndDestroy(),
    nonsense: (response) => void response.socket?.end("nonsense\r\n\r\n"),
    echo: async (response, head) => {
      response.writeHead(200, head);
      response.flushHeaders();
      for await (const part of response.req) response.write(part);
      response.end();
    },
  };

function send(response: ServerResponse, status: number, head: Head, body: string): void {
  response.writeHead(status, { ...head, "content-length": String(body.length) }).end(body);
}

function sendWithTrailers(response: ServerResponse, status: number, head: Head, body: string): void {
  if (response.req.method === "HEAD") {
    send(response, status, head, body);
    return;
  }
  response.writeHead(status, { ...head, trailer: "x-sum" });
  response.write(body);
  response.addTrailers({ "x-sum": "42" });
  response.end();
}

/** Four bytes, one every 200 ms. */
async function inParts(response: ServerResponse, status: number, head: Head): Promise<void> {
  response.writeHead(status, head);
  response.flushHeaders();
  for (const part of "abcd") {
    response.write(part);
    await sleep(200);
  }
  response.end();
}

async function large(response: ServerResponse, status: number, head: Head): Promise<void> {
  response.writeHead(status, head);
  for (let part = 0; part < PARTS; part++) if (!response.write(PART)) await once(response, "drain");
  response.end();
}

async function breakOff(response: ServerResponse, status: number, head: Head): Promise<void> {
  response.writeHead(status, { ...head, "content-length": "100" });
  response.write("part");
  await sleep(50);
  response.destroy();
}

async function listen(variant: string, address: string, port: number): Promise<void> {
  const count = (bytes: number): void => {
    taken[variant] ??= { requests: 0, bytes: [] };
    taken[variant].requests++;
    taken[variant].bytes.push(bytes);
  };
  const asked = ({ headers }: IncomingMessage) => String(headers[`x-${variant}`] ?? "plain");
  const head = (incoming: IncomingMessage): Head => ({
    "x-variant": variant,
    [`x-only-${variant}`]: "yes",
    "x-forwarded": String(incoming.headers["x-forwarded-for"] ?? ""),
  });
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    let bytes = 0;
    if (asked(incoming) !== "echo") for await (const part of incoming) bytes += (part as Buffer).length;
    count(bytes);
    await ANSWERS[asked(incoming)]?.(response, head(incoming), variant);
  };
  // A connection that ends early is what some requests are about.
  const server = createServer((incoming, response) => {
    response.on("error", () => {});
    answer(incoming, response).catch(() => response.destroy());
  });
  server.on("upgrade", (incoming, socket: Socket) => {
    count(0);
    socket.on("error", () => {});
    if (asked(incoming) !== "plain") socket.end("HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n");
    else {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n");
      socket.on("data", (data: Buffer) => socket.write(`${variant} ${data}`));
      socket.on("end", () => socket.end());
    }
  });
  server.listen(port, address);
  await once(server, "listening");
}

function ask({ origin, host, method = "GET", path = "/", headers, ...given }: Ask): Promise<Reply> {
  const begun = performance.now();
  const { bodyBytes = 0, from, patienceMs = 8000 } = given;
  const chunked = headers?.["transfer-encoding"] === "chunked";
  const length = bodyBytes > 0 && !chunked ? { "content-length": String(bodyBytes) } : {};
  return new Promise((resolve) => {
    let reply: Reply = {
      status: 0,
      headers: {},
      trailers: {},
      hints: 0,
      body: "",
      bytes: 0,
      broken: true,
      times: [],
    };
    const took = (): number => performance.now() - begun;
    const outgoing = request(`${origin}${path}`, {
      method,
      agent: false,
      headers: { ...headers, ...length, host },
      ...(from !== undefined && { localAddress: from }),
    });
    const giveUp = setTimeout(() => outgoing.destroy(), patienceMs);
    outgoing.on("information", () => {
      reply = { ...reply, hints: reply.hints + 1 };
    });
    outgoing.on("response", (response) => {
      reply = { ...reply, status: response.statusCode ?? 0, headers: response.headers, times: [took()] };
      response.on("data", (part: Buffer) => {
        const body = reply.body + (reply.bytes < 1000 ? part.subarray(0, 1000) : "");
        reply = {
          ...reply,
          body,
          bytes: reply.bytes + part.length,
          times: [...reply.times.slice(0, 99), took()],
        };
      });
      response.on("end", () => {
        reply = { ...reply, broken: !response.complete, trailers: response.trailers };
      });
      response.on("error", () => {});
    });
    outgoing.on("error", () => {});
    outgoing.on("close", () => {
      clearTimeout(giveUp);
      resolve(reply);
    });
    outgoing.end(Buffer.alloc(bodyBytes, "x"));
  });
}

/** @returns what came back of each part that was sent, as long as something did within two seconds */
async function stream({ origin, host, headers, method = "POST" }: Ask): Promise<string[]> {
  const session = connect(origin);
  session.on("error", () => {});
  const both = session.request({ ":method": method, ":path": "/", ":authority": host, ...headers });
  both.on("error", () => {});
  const parts: string[] = [];
  try {
    for (const part of ["one", "two"]) {
      both.write(part);
      const [back] = (await once(both, "data", { signal: AbortSignal.timeout(2000) })) as [Buffer];
      parts.push(String(back));
    }
  } catch {
    // What came until then is the answer.
  }
  session.destroy();
  return parts;
}

/** @returns status of the handshake, and what came back of a message */
function upgrade({ origin, host, headers }: Ask): Promise<[number, string]> {
  const key = "dGhlIHNhbXBsZSBub25jZQ==";
  const upgrading = { connection: "Upgrade", upgrade: "websocket" };
  const socketHeaders = { "sec-websocket-key": key, "sec-websocket-version": "13" };
  return new Promise((resolve) => {
    const outgoing = request(origin, {
      agent: false,
      headers: { ...headers, ...upgrading, ...socketHeaders, host },
    });
    outgoing.on("error", () => resolve([0, ""]));
    outgoing.on("response", ({ statusCode = 0 }) => resolve([statusCode, ""]));
    outgoing.on("upgrade", ({ statusCode = 0 }, socket) => {
      socket.once("data", (data) => {
        resolve([statusCode, String(data)]);
        socket.destroy();
      });
      socket.write("hello");
    });
    outgoing.end();
  });
}

async function obey(order: Order): Promise<unknown> {
  switch (order.type) {
    case "listen":
      return Promise.all(
        Object.entries(order.addresses).map(([variant, address]) => listen(variant, address, order.port)),
      );
    case "send": {
      if (order.together) return askTogether(order.asks);
      const replies: Reply[] = [];
      for (const one of order.asks) replies.push(await ask(one));
      return replies;
    }
    case "stream":
      return stream(order.ask);
    case "upgrade":
      return upgrade(order.ask);
    case "taken": {
      const all = { ...taken };
      for (const variant of Object.keys(taken)) delete taken[variant];
      return all;
    }
  }
}

process.on("message", async (order: Order) => process.send?.(await obey(order)));
process.once("disconnect", () => process.exit());

/** Serves a rollout's page: on this machine alone, and to who has its address alone. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What somebody at the page says. */
export type Word =
  | { readonly decision: "approve"; readonly step: number }
  | { readonly decision: "abort" }
  | {
      readonly decision: "judge";
      readonly step: number;
      readonly metric: string;
      readonly outcome: "pass" | "fail";
    };

/** What is served. */
export interface Content {
  /** Files by their names: the document is `""`. */
  readonly files: Readonly<Record<string, File>>;
  /** Parts of the page as they are now, by the ids of the elements that they fill. */
  parts(): Readonly<Record<string, string>>;
  /** @returns why the word is not taken; undefined where it is */
  say(word: Word): string | undefined;
}

export interface File {
  readonly type: string;
  readonly text: string;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Connections at a time: a browser opens six. */
const MOST_CONNECTIONS = 64;
/** Milliseconds for a request to come in. */
const REQUEST_MS = 10_000;
/** Milliseconds that browsers get for what is under way, once the rollout is over. */
const GRACE_MS = 1000;

/** Neither scripts nor style sheets come from anywhere but here; the charts have style attributes. */
const POLICY = [
  ...["default-src 'none'", "script-src 'self'", "style-src-elem 'self'", "style-src-attr 'unsafe-inline'"],
  ...[
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ],
];

const HEADERS = {
  "content-security-policy": POLICY.join("; "),
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** A browser that listens, and the parts that it has. */
interface Listening {
  readonly response: ServerResponse;
  readonly has: Map<string, string>;
}

export class PageServer {
  private readonly token = randomBytes(24).toString("base64url");
  private readonly server: Server;
  private readonly listening = new Set<Listening>();

  private constructor(private readonly content: Content) {
    this.server = createServer((request, response) => {
      // A browser that has gone is nobody's problem.
      response.on("error", () => {});
      request.on("error", () => {});
      try {
        const answer = this.answer(request);
        if (answer === "events") this.listen(response);
        else send(response, answer);
      } catch {
        response.destroy();
      }
    });
    this.server.on("error", () => {});
    this.server.on("clientError", (_error, socket) => socket.destroy());
    // Idle connections must not use up the files that the rollout needs.
    this.server.maxConnections = MOST_CONNECTIONS;
    this.server.headersTimeout = this.server.requestTimeout = REQUEST_MS;
  }

  /** Serves on a free port of the loopback interface. */
  static async open(content: Content): Promise<PageServer> {
    const page = new PageServer(content);
    page.server.listen(0, "127.0.0.1");
    await once(page.server, "listening");
    return page;
  }

  /** With the token, which whoever has it may approve and abort by. */
  get address(): string {
    return `http://127.0.0.1:${this.port}/${this.token}/`;
  }

  /** Sends what has changed. A browser that is slow misses what is between, but for what is the `last`. */
  update(last = false): void {
    if (this.listening.size === 0) return;
    const parts = Object.entries(this.parts());
    for (const { response, has } of this.listening) {
      if (response.writableNeedDrain && !last) continue;
      for (const [id, part] of parts) {
        if (has.get(id) === part) continue;
        has.set(id, part);
        response.write(message(id, part));
      }
    }
  }

  /** Sends the last state, and that it is the last. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    this.update(true);
    for (const { response } of this.listening) response.end(message("end", ""));
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeIdleConnections();
    const timer = setTimeout(() => this.server.closeAllConnections(), GRACE_MS);
    await closed;
    clearTimeout(timer);
  }

  private get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  private answer(request: IncomingMessage): Answer | "events" {
    const [pathname = "", query] = (request.url ?? "").split("?", 2);
    const [, token = "", ...path] = pathname.split("/");
    if (!this.isLocal(request) || !isSame(token, this.token)) return { status: 403, text: "no such page" };
    if (path.length === 0) return { status: 308, text: "", headers: { location: `/${this.token}/` } };
    const name = path.join("/");
    const file = Object.hasOwn(this.content.files, name) ? this.content.files[name] : undefined;
    if (request.method === "GET" && file)
      return { status: 200, text: file.text, headers: { "content-type": file.type } };
    if (request.method === "GET" && name === "events") return "events";
    const word = request.method === "POST" ? wordOf(name, new URLSearchParams(query)) : undefined;
    return word === undefined ? { status: 404, text: "no such page" } : this.say(word);
  }

  private say(word: Word): Answer {
    try {
      const refusal = this.content.say(word);
      return refusal === undefined ? { status: 204, text: "" } : { status: 409, text: refusal };
    } catch (error) {
      return { status: 500, text: (error as Error).message };
    }
  }

  /** Who looks on can't bring a rollout down. */
  private parts(): Readonly<Record<string, string>> {
    try {
      return this.content.parts();
    } catch (error) {
      return { failure: `The page can't be drawn: ${(error as Error).message}` };
    }
  }

  /** A page of another site may have its name resolve to this machine, or send its own requests here. */
  private isLocal({ headers: { host, origin } }: IncomingMessage): boolean {
    const names = [`127.0.0.1:${this.port}`, `localhost:${this.port}`];
    return names.some((name) => host === name && (origin === undefined || origin === `http://${name}`));
  }

  /** https://html.spec.whatwg.org/multipage/server-sent-events.html */
  private listen(response: ServerResponse): void {
    response.writeHead(200, { ...HEADERS, "content-type": "text/event-stream" });
    const listening = { response, has: new Map<string, string>() };
    this.listening.add(listening);
    response.on("close", () => this.listening.delete(listening));
    this.update();
  }
}

function wordOf(decision: string, query: URLSearchParams): Word | undefined {
  if (decision === "abort") return { decision };
  const given = query.get("step") ?? "";
  if (!/^\d{1,6}$/.test(given)) return undefined;
  const step = Number(given);
  if (decision === "approve") return { decision, step };
  const [metric, outcome] = [query.get("metric"), query.get("outcome")];
  if (decision !== "judge" || metric === null || (outcome !== "pass" && outcome !== "fail")) return undefined;
  return { decision, step, metric, outcome };
}

const send = (response: ServerResponse, { status, text, headers }: Answer): void =>
  void response
    .writeHead(status, { ...HEADERS, "content-type": "text/plain; charset=utf-8", ...headers })
    .end(text);

const message = (event: string, data: string): string =>
  `event: ${event}\n${data
    .split("\n")
    .map((line) => `data: ${line}\n`)
    .join("")}\n`;

/** In a time that does not tell how much is right. */
function isSame(a: string, b: string): boolean {
  const [one, other] = [a, b].map((text) => createHash("sha256").update(text).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}

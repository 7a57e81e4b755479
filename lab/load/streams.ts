/**
 * Keeps WebSockets and gRPC streams open and sends messages on each. Runs in the lab's network, as a process of its own, which is told
 * by IPC what to do.
 */
import * as grpc from "@grpc/grpc-js";
import WebSocket from "ws";
import { STREAMS } from "../app/streams";

/** What to keep open. */
export interface StreamsJob {
  /** Addresses to open them at, in turn. */
  readonly addresses: readonly string[];
  readonly host: string;
  /** Path of the WebSockets. */
  readonly path: string;
  /** How many of each kind. */
  readonly each: number;
  /** Default both. */
  readonly kinds?: readonly StreamKind[];
}

export type StreamKind = "websocket" | "grpc";

/** What is told once all are open, and at the end. */
export interface StreamsReport {
  /** Messages that were answered. */
  readonly answered: number;
  /** Streams by what answers them, such as `websocket primary`. */
  readonly by: Readonly<Record<string, number>>;
  /** What went wrong, a line each; a stream that fails is not opened anew. */
  readonly failures: readonly string[];
}

const PERIOD_MS = 500;
/** Time in which a message has to be answered. */
const LATEST_MS = 5000;

/** One stream of either kind. */
class Stream {
  variant = "";
  answered = 0;
  private sent = 0;
  private last = Date.now();
  failure: string | undefined;

  constructor(
    readonly kind: string,
    private readonly send: (message: string) => void,
  ) {}

  tick(): void {
    if (this.failure !== undefined) return;
    if (this.answered === this.sent) {
      this.last = Date.now();
      this.send(`message ${++this.sent}`);
    } else if (Date.now() - this.last > LATEST_MS) this.fail(`no answer to message ${this.sent}`);
  }

  take(text: string): void {
    const [, variant = "", number] = /^(\S+) message (\d+)$/.exec(text) ?? [];
    if (Number(number) !== this.sent || (this.variant !== "" && variant !== this.variant))
      this.fail(`${text}, not the answer to message ${this.sent} by ${this.variant}`);
    this.variant = variant;
    this.answered = this.sent;
  }

  fail(reason: string): void {
    this.failure ??= `${this.kind}: ${reason}`;
  }
}

const streams: Stream[] = [];

function openAll({ addresses, host, path, each, kinds = ["websocket", "grpc"] }: StreamsJob): void {
  for (let i = 0; i < each; i++) {
    const address = addresses[i % addresses.length] ?? "";
    if (kinds.includes("websocket")) streams.push(webSocket(`ws://${address}${path}`, host));
    if (kinds.includes("grpc")) streams.push(grpcStream(address, host));
  }
  setInterval(() => {
    for (const stream of streams) stream.tick();
  }, PERIOD_MS);
}

function webSocket(url: string, host: string): Stream {
  const socket = new WebSocket(url, { headers: { host } });
  const stream = new Stream("websocket", (message) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(message);
    else socket.once("open", () => socket.send(message));
  });
  socket.on("message", (data) => stream.take(String(data)));
  socket.on("error", ({ message }) => stream.fail(message));
  socket.on("close", (code) => stream.fail(`closed (${code})`));
  return stream;
}

function grpcStream(address: string, host: string): Stream {
  const client = new grpc.Client(`${address}:80`, grpc.credentials.createInsecure(), {
    "grpc.default_authority": host,
    "grpc.use_local_subchannel_pool": 1,
  });
  const { path, requestSerialize, responseDeserialize } = STREAMS.echo;
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const stream = new Stream("grpc", (message) => call.write(message));
  call.on("data", (text: string) => stream.take(text));
  call.on("error", ({ message }) => stream.fail(message));
  call.on("end", () => stream.fail("ended"));
  return stream;
}

function report(): StreamsReport {
  const by: Record<string, number> = {};
  for (const { kind, variant } of streams) {
    const key = `${kind} ${variant}`;
    by[key] = (by[key] ?? 0) + 1;
  }
  return {
    by,
    answered: streams.reduce((sum, { answered }) => sum + answered, 0),
    failures: streams.flatMap(({ failure }) => failure ?? []),
  };
}

process.on("message", (job: StreamsJob | "report") => {
  if (job === "report") process.send?.(report());
  else openAll(job);
});
process.once("disconnect", () => process.exit());

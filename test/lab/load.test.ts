import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { GeneratorMessage, GeneratorRequest, Job } from "../../lab/load/generator";
import { answers, counts, failures, type LoadReport, settledSince, Tally, total } from "../../lab/load/tally";
import { seeded } from "../end-to-end/random";

describe("a tally of requests", () => {
  function tallied(...ended: [outcome: string, at: number, took?: number][]): LoadReport {
    const tally = new Tally();
    for (const [outcome, at, took = 1] of ended) tally.add(outcome, at, took);
    return tally.report();
  }

  it("counts outcomes in windows of 100 ms", () => {
    const { windows } = tallied(
      ["200 canary", 1000],
      ["200 canary", 1099],
      ["502", 1099],
      ["200 canary", 1300],
    );
    assert.deepEqual(windows, [
      { start: 1000, counts: { "200 canary": 2, "502": 1 } },
      { start: 1300, counts: { "200 canary": 1 } },
    ]);
  });

  it("keeps the longest time of each outcome", () => {
    const { slowest } = tallied(
      ["504", 1000, 900],
      ["504", 1001, 1500],
      ["200 canary", 1002, 3],
      ["504", 1003, 7],
    );
    assert.deepEqual(slowest, { "504": 1500, "200 canary": 3 });
  });

  it("adds up the windows that lie within a span of time", () => {
    const report = tallied(["200 a", 1000], ["200 a", 1100], ["200 b", 1200], ["200 b", 1300]);
    assert.deepEqual(counts(report), { "200 a": 2, "200 b": 2 });
    assert.deepEqual(counts(report, 1050, 1350), { "200 a": 1, "200 b": 1 });
  });

  it("takes for good what is answered with 200 by somebody who says so, and nothing else", () => {
    const counted = { "200 canary": 3, "200": 1, "500 canary": 2, "404": 1, ECONNRESET: 4 };
    assert.deepEqual(answers(counted), { canary: 3 });
    assert.deepEqual(failures(counted), { "200": 1, "500 canary": 2, "404": 1, ECONNRESET: 4 });
  });

  it("knows since when all has been as it should be", () => {
    const report = tallied(["200 a", 1000], ["200 b", 1100], ["200 a", 1200], ["200 a", 1300]);
    assert.equal(
      settledSince(report, (counted) => answers(counted).a !== undefined),
      1200,
    );
    assert.equal(
      settledSince(report, (counted) => answers(counted).b !== undefined),
      undefined,
    );
  });
});

describe("the load generator", () => {
  const running: { close(): void }[] = [];

  afterEach(() => {
    for (const server of running.splice(0)) server.close();
  });

  /** A server that answers as it is told; returns its origin. */
  async function serve(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<string> {
    const server = createServer(answer).listen(0, "127.0.0.1");
    running.push({ close: () => server.close().closeAllConnections() });
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const says = (variant: string) => (_: IncomingMessage, response: ServerResponse) =>
    response.writeHead(200, { "x-variant": variant }).end("ok");

  function started(): ChildProcess {
    const script = join(__dirname, "../../lab/load/generator.ts");
    const generator = fork(script, { execArgv: ["--require", join(__dirname, "../../base/typescript.js")] });
    running.push({ close: () => generator.disconnect() });
    return generator;
  }

  function start(
    changes: Partial<Job>,
    generator = started(),
  ): { generator: ChildProcess; report: Promise<LoadReport> } {
    const report = new Promise<LoadReport>((resolve, reject) => {
      generator.once("exit", (code) => reject(new Error(`ended with ${code}`)));
      generator.on("message", (message: GeneratorMessage) => {
        if (message.type === "report") resolve(message.report);
      });
    });
    const job: Job = {
      origins: [],
      host: "myapp.example.com",
      path: "/",
      by: "x-variant",
      connections: 8,
      requests: 100,
      seconds: 10,
      timeoutSeconds: 5,
      ...changes,
    };
    generator.send({ type: "start", job } satisfies GeneratorRequest);
    return { generator, report };
  }

  const run = async (changes: Partial<Job>): Promise<LoadReport> => start(changes).report;

  it("sends exactly as many requests as it is told, in turn to each origin, and then takes the next load", async () => {
    const origins = [await serve(says("a")), await serve(says("b"))];
    const { generator, report } = start({ origins, requests: 1001 });
    assert.deepEqual(counts(await report), { "200 a": 501, "200 b": 500 });
    const next = start({ origins, requests: 10 }, generator);
    assert.deepEqual(counts(await next.report), { "200 a": 5, "200 b": 5 });
  });

  it("asks for the host over connections that it keeps", async () => {
    const sockets = new Set<unknown>();
    const origin = await serve((request, response) => {
      sockets.add(request.socket);
      says(request.headers.host ?? "")(request, response);
    });
    assert.deepEqual(counts(await run({ origins: [origin] })), { "200 myapp.example.com": 100 });
    assert.ok(sockets.size <= 8, `${sockets.size} connections`);
  });

  it("keeps to a rate", async () => {
    const begun = Date.now();
    await run({ origins: [await serve(says("a"))], requests: 50, rate: 50 });
    const took = Date.now() - begun;
    assert.ok(took >= 980, `${took} ms`);
  });

  it("ends when its time is up, and when it is told to", async () => {
    const origins = [await serve(says("a"))];
    const all = { origins, requests: 10_000_000 };
    assert.ok(total(counts(await run({ ...all, seconds: 0.2 }))) > 0);
    const { generator, report } = start({ ...all, seconds: 60 });
    await once(generator, "message");
    generator.send({ type: "stop" } satisfies GeneratorRequest);
    await report;
  });

  it("names what went wrong: statuses, refused and reset connections, answers that don't come or don't end", async () => {
    const closed = await serve(says("a"));
    running.pop()?.close();
    const origins = [
      closed,
      await serve((_, response) => response.writeHead(500).end()),
      await serve((request) => request.socket.resetAndDestroy()),
      await serve(() => {}),
      await serve((request, response) => {
        response.writeHead(200, { "content-length": "10", "x-variant": "a" });
        response.write("half");
        setTimeout(() => request.socket.destroy(), 20);
      }),
    ];
    const counted = counts(await run({ origins, requests: 5, connections: 5, timeoutSeconds: 1 }));
    const expected = {
      "500": 1,
      ECONNREFUSED: 1,
      ECONNRESET: 1,
      UND_ERR_HEADERS_TIMEOUT: 1,
      UND_ERR_SOCKET: 1,
    };
    assert.deepEqual(counted, expected);
  });
});

describe("seeded random numbers", () => {
  it("are the same for the same seed, others for another, and reach all below the bound", () => {
    const sequence = (seed: number): number[] => {
      const random = seeded(seed);
      return Array.from({ length: 1000 }, () => random(10));
    };
    assert.deepEqual(sequence(1), sequence(1));
    assert.notDeepEqual(sequence(1), sequence(2));
    assert.deepEqual([...new Set(sequence(1))].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

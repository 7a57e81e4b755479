import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import * as grpc from "@grpc/grpc-js";
import WebSocket from "ws";
import type { Switches } from "../../examples/appinfo/switches";
import { App, type Identity } from "../../lab/app/app";
import { STREAMS } from "../../lab/app/streams";

describe("the demo app", () => {
  const identity: Identity = {
    podName: "web-1",
    namespace: "shop",
    appName: "web",
    release: "web-canary",
    variant: "canary",
    version: "1.1.0",
    labels: { track: "canary" },
  };
  let app: App;
  let port: number;
  let adminPort: number;
  let agent: Agent;

  beforeEach(async () => {
    [port, adminPort] = [await freePort(), await freePort()];
    agent = new Agent({ keepAlive: true });
    app = new App({ identity, address: "127.0.0.1", ports: [port], adminPort, env: {} });
    await app.start();
  });

  afterEach(() => {
    app.kill();
    agent.destroy();
  });

  it("says who answered, in headers and as JSON", async () => {
    const { status, headers, body } = await ask("/v1/appinfo");
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(body), {
      PodName: "web-1",
      AppName: "web",
      Namespace: "shop",
      Release: "web-canary",
      Labels: { track: "canary" },
      Version: "1.1.0",
    });
    assert.deepEqual(
      [headers["x-pod"], headers["x-variant"], headers["x-version"]],
      ["web-1", "canary", "1.1.0"],
    );
  });

  it("echoes the messages of WebSockets on any path, and of gRPC streams on ports of its own", async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/live`);
    await once(socket, "open");
    socket.send("hello");
    const [message] = (await once(socket, "message")) as [Buffer];
    assert.equal(String(message), "canary hello");
    socket.terminate();

    const [grpcPort, admin] = [await freePort(), await freePort()];
    const second = new App({
      identity,
      address: "127.0.0.1",
      ports: [],
      grpcPorts: [grpcPort],
      adminPort: admin,
      env: {},
    });
    await second.start();
    const client = new grpc.Client(`127.0.0.1:${grpcPort}`, grpc.credentials.createInsecure());
    const { path, requestSerialize, responseDeserialize } = STREAMS.echo;
    const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    call.on("error", () => {});
    call.write("hello");
    assert.deepEqual(await once(call, "data"), ["canary hello"]);
    call.cancel();
    client.close();
    await second.finish();
  });

  it("answers so many requests at the same time as it is told to, and refuses one more", async () => {
    await set({ capacity: 2, latencyMs: 300 });
    const together = await Promise.all([ask("/"), ask("/"), ask("/"), ask("/healthz")]);
    assert.deepEqual(together.map(({ status }) => status).sort(), [200, 200, 200, 503]);
    assert.equal((await ask("/")).status, 200);
  });

  it("fails exactly the share of requests that it is told to, but no probe", async () => {
    await set({ errorRate: 25 });
    const statuses: number[] = [];
    for (let i = 0; i < 8; i++) statuses.push((await ask("/")).status);
    assert.deepEqual(statuses, [200, 200, 200, 500, 200, 200, 200, 500]);
    assert.deepEqual([(await ask("/healthz")).status, (await ask("/readyz")).status], [200, 200]);
  });

  it("can fail without a length, and slowly", async () => {
    await set({ errorRate: 100, errorStyle: "chunked" });
    const chunked = await ask("/");
    assert.deepEqual([chunked.status, chunked.headers["transfer-encoding"]], [500, "chunked"]);
    await set({ errorStyle: "slow" });
    const begun = Date.now();
    assert.equal((await ask("/")).status, 500);
    assert.ok(Date.now() - begun >= 145);
  });

  it("can be late, not ready, not healthy, and silent", async () => {
    await set({ latencyMs: 100, ready: false, healthy: false });
    const begun = Date.now();
    await ask("/");
    assert.ok(Date.now() - begun >= 95);
    assert.deepEqual([(await ask("/healthz")).status, (await ask("/readyz")).status], [503, 503]);
    await set({ latencyMs: 0, hang: true });
    await assert.rejects(ask("/", 100), { name: "AbortError" });
  });

  it("can refuse connections and take them again", async () => {
    await set({ refuse: true });
    await assert.rejects(ask("/"), { code: "ECONNREFUSED" });
    await set({ refuse: false });
    assert.equal((await ask("/")).status, 200);
  });

  it("says what is wrong with a switch", async () => {
    assert.match(await set({ errorRate: 101 }), /errorRate=101; allowed: 0 to 100/);
    assert.match(await set({ rate: 1 } as Partial<Switches>), /rate=1; allowed: errorRate, /);
  });

  it("counts what it answered", async () => {
    await ask("/");
    assert.match((await ask("/metrics")).body, /^http_requests_total\{code="200"\} 1$/m);
  });

  it("finishes what it has begun when it is told to end, and takes nothing new", async () => {
    await set({ latencyMs: 200 });
    const begun = ask("/");
    await isAnswered("/healthz");
    const finished = app.finish();
    await assert.rejects(ask("/"), { code: "ECONNREFUSED" });
    const { status, headers } = await begun;
    assert.deepEqual([status, headers.connection], [200, "close"]);
    await finished;
  });

  it("resets connections when it is killed", async () => {
    await set({ hang: true });
    const begun = ask("/");
    await isAnswered("/healthz");
    app.kill();
    await assert.rejects(begun, { code: "ECONNRESET" });
  });

  /** What was asked before is under way by then. */
  const isAnswered = async (path: string): Promise<void> => {
    await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  };

  const ask = (path: string, timeoutMs = 5000) => send(port, "GET", path, undefined, timeoutMs);

  const set = async (switches: Partial<Switches>): Promise<string> =>
    (await send(adminPort, "PUT", "/switches", JSON.stringify(switches))).body;

  function send(to: number, method: string, path: string, body?: string, timeoutMs = 5000) {
    const signal = AbortSignal.timeout(timeoutMs);
    return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>(
      (resolve, reject) => {
        request({ host: "127.0.0.1", port: to, method, path, agent, signal }, (response) => {
          const { statusCode = 0, headers } = response;
          text(response).then((answer) => resolve({ status: statusCode, headers, body: answer }), reject);
        })
          .once("error", reject)
          .end(body);
      },
    );
  }
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

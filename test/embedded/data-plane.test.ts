import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { startApp } from "../../embedded/app";
import { type DataPlane, startDataPlane } from "../../embedded/data-plane";
import { type LoopbackServer, serveLoopback } from "../../embedded/loopback";
import { readTraefik } from "../../embedded/traefik";
import { HOST, manifestsFor } from "./route";

describe("the embedded data plane", () => {
  const servers: LoopbackServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  /** A data plane in front of an app per name, each of which answers with its Service's name. */
  async function startWith(weights: readonly number[], services: readonly string[]): Promise<DataPlane> {
    const endpoints = new Map<string, URL>();
    for (const service of services) {
      const app = await startApp(service);
      servers.push(app);
      endpoints.set(service, app.url);
    }
    return start(weights, endpoints);
  }

  async function start(weights: readonly number[], endpoints: ReadonlyMap<string, URL>): Promise<DataPlane> {
    const dataPlane = await startDataPlane(readTraefik, manifestsFor(...weights), endpoints);
    servers.push(dataPlane);
    return dataPlane;
  }

  async function ask({ url }: DataPlane, host = HOST): Promise<{ status: number | undefined; body: string }> {
    const [response] = (await once(get(url, { headers: { host } }), "response")) as [IncomingMessage];
    return { status: response.statusCode, body: await text(response) };
  }

  async function askTimes(dataPlane: DataPlane, times: number): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (let i = 0; i < times; i++) {
      const { status, body } = await ask(dataPlane);
      const key = status === 200 ? body : String(status);
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  }

  it("splits a host's requests by weight", async () => {
    const dataPlane = await startWith([20, 30], ["myapp", "myapp-canary", "myapp-canary2"]);
    assert.deepEqual(await askTimes(dataPlane, 100), { myapp: 50, "myapp-canary": 20, "myapp-canary2": 30 });
  });

  it("sends the canary's own host to the canary alone", async () => {
    const dataPlane = await startWith([0], ["myapp", "myapp-canary"]);
    assert.deepEqual(await ask(dataPlane, `canary.${HOST}`), { status: 200, body: "myapp-canary" });
  });

  it("takes a host in any case and with a port", async () => {
    const dataPlane = await startWith([0], ["myapp", "myapp-canary"]);
    assert.equal((await ask(dataPlane, "MyApp.Example.Com:8080")).status, 200);
  });

  for (const weight of [10, 0]) {
    it(`falls through to the primary when a canary at ${weight} % has no endpoints`, async () => {
      const dataPlane = await startWith([weight], ["myapp"]);
      assert.deepEqual(await askTimes(dataPlane, 20), { myapp: 20 });
    });
  }

  it("answers 404 for a host without a route, and when no route is left that can be served", async () => {
    const dataPlane = await startWith([10], ["myapp-canary"]);
    assert.equal((await ask(dataPlane, "other.example.com")).status, 404);
    assert.equal((await ask(dataPlane)).status, 404);
  });

  it("answers 502 for the share of a canary that refuses connections", async () => {
    const gone = await startApp("gone");
    await gone.close();
    const primary = await startApp("myapp");
    servers.push(primary);
    const endpoints = new Map([
      ["myapp", primary.url],
      ["myapp-canary", gone.url],
    ]);
    assert.deepEqual(await askTimes(await start([10], endpoints), 20), { myapp: 18, "502": 2 });
  });

  it("routes by new objects from the next request on, at the start of a new cycle", async () => {
    const dataPlane = await startWith([10], ["myapp", "myapp-canary"]);
    await askTimes(dataPlane, 7);
    dataPlane.update(manifestsFor(25));
    assert.deepEqual(await askTimes(dataPlane, 100), { myapp: 75, "myapp-canary": 25 });
  });

  it("goes on routing by the old objects when the new ones can't be read", async () => {
    const dataPlane = await startWith([0], ["myapp", "myapp-canary"]);
    const [weighted, ...others] = manifestsFor(25);
    assert.ok(weighted);
    assert.throws(() => dataPlane.update([{ ...weighted, spec: {} }, ...others]));
    assert.deepEqual(await askTimes(dataPlane, 10), { myapp: 10 });
  });

  it("lets a request in flight end where it went while the objects change", async () => {
    const held: ServerResponse[] = [];
    const slowPrimary = await serveLoopback((_request, response) => held.push(response));
    const canary = await startApp("myapp-canary");
    servers.push(slowPrimary, canary);
    const endpoints = new Map([
      ["myapp", slowPrimary.url],
      ["myapp-canary", canary.url],
    ]);
    const dataPlane = await start([0], endpoints);

    const inFlight = ask(dataPlane);
    while (held.length === 0) await new Promise(setImmediate);
    dataPlane.update(manifestsFor(100));
    assert.deepEqual(await ask(dataPlane), { status: 200, body: "myapp-canary" });
    held[0]?.end("myapp");
    assert.deepEqual(await inFlight, { status: 200, body: "myapp" });
  });
});

/** Paths of a host, its wildcards, and WebSockets, as far as the router says that it has them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { routers } from "../../../components/routers";
import type { StreamsJob, StreamsReport } from "../../../lab/load/streams";
import { App } from "../app";
import { lab } from "../hooks";
import { onPlane } from "./on-plane";
import type { DataPlane } from "./plane";

const EACH = 40;

/** What is asked for, and the status of the answer. */
const PREFIX = [
  ["/v1", 200],
  ["/v1/", 200],
  ["/v1/appinfo", 200],
  ["/v1/appinfo?a=/v2", 200],
  ["/v1x", 404],
  ["/v1x/appinfo", 404],
  ["/", 404],
  ["/V1", 404],
] as const;
const EXACT = [
  ["/v1", 200],
  ["/v1?a=1", 200],
  ["/v1/appinfo", 404],
  ["/v1x", 404],
  ["/", 404],
] as const;

/** @param name of the app, which no other on the plane has */
export function pathsOf(plane: DataPlane, name: string): void {
  const { router } = plane;
  const { traits } = routers[router];

  onPlane(plane, `a path of a host, ${plane.title},`, (running) => {
    let app: App;

    const deploy = async (...settings: string[]): Promise<void> => {
      const given = [`router=${router}`, "canaryWeight=25", "preStopSeconds=1", "path=/v1"];
      app = await App.deploy(lab(), name, [...given, ...settings], running());
      await running().settled(app);
    };
    afterEach(() => app?.remove());

    const asked = async (path: string, host: string): Promise<number> => {
      const [origin] = await running().origins();
      return (await lab().get(`${origin}${path}`, { host })).status;
    };

    it("is the app's, with all below it, for each of its hosts and the canary's own", async () => {
      const wildcard = `*.${name}.example.com`;
      await deploy(...(traits.wildcards ? [`hosts[0]=${wildcard}`] : []));
      const hosts = [app.host, app.canaryHost, ...(traits.wildcards ? [wildcard.replace("*", "a")] : [])];
      for (const host of hosts)
        for (const [path, status] of PREFIX) assert.equal(await asked(path, host), status, `${host}${path}`);
    });

    it("is the app's alone, if it is exact", async function () {
      if (!traits.paths.includes("exact")) this.skip();
      await deploy("pathType=exact");
      for (const host of [app.host, app.canaryHost])
        for (const [path, status] of EXACT) assert.equal(await asked(path, host), status, `${host}${path}`);
    });

    it("lets WebSockets through, which stay where they are through a shift", async function () {
      this.timeout("4m");
      await deploy();
      const streams = lab().fork(join(__dirname, "../../../lab/load/streams.ts"));
      const addresses = (await running().origins()).map((origin) => new URL(origin).host);
      const job: StreamsJob = {
        addresses,
        host: app.host,
        path: "/v1/live",
        each: EACH,
        kinds: ["websocket"],
      };
      streams.send(job);
      const report = async (): Promise<StreamsReport> => {
        streams.send("report");
        return ((await once(streams, "message")) as [StreamsReport])[0];
      };
      try {
        let first = await report();
        await lab().until("all have answered", async () => {
          first = await report();
          return first.failures.length > 0 || first.answered > 3 * EACH;
        });
        assert.deepEqual(first.failures, []);
        assert.ok((first.by["websocket canary"] ?? 0) > 0, JSON.stringify(first.by));
        await app.shift(0);
        await running().settled(app);
        let last = await report();
        await lab().until("they go on", async () => {
          last = await report();
          return last.failures.length > 0 || last.answered > first.answered + 10 * EACH;
        });
        assert.deepEqual([last.failures, last.by], [[], first.by]);
      } finally {
        streams.disconnect();
      }
    });
  });
}

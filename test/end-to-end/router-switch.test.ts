import assert from "node:assert/strict";
import type { RouterName } from "../../components/routers";
import { Load, send } from "../../lab/load/load";
import { answers, counts, failures } from "../../lab/load/tally";
import { App } from "./app";
import { origins, untilSettled } from "./edges";
import { lab } from "./hooks";
import { drop } from "./planes/switch";
import { readEveryProvider } from "./providers";
import { figures } from "./results";
import { rated, size } from "./tier";

const WEIGHT = 10;
const { way } = size;
const MOVES = way.slice(1).map((to, i) => [way[i] ?? to, to] as const);
const ROUNDS = 5;
/** Requests a second. */
const RATE = rated(500);

describe("an app that moves from one router to another under load", () => {
  let app: App;

  before(async function () {
    this.timeout("6m");
    await readEveryProvider(lab());
    app = await App.deploy(lab(), "moving", [`router=${way[0]}`, `canaryWeight=${WEIGHT}`, "replicas=2"]);
  });

  after(() => app?.remove());

  beforeEach(() => untilSettled(lab()));

  for (const [from, to] of MOVES) {
    it(`loses no request from ${from} to ${to} by way of both`, async () => {
      const load = await start(app);
      const both = await app.routes([`router=${to}`, `alsoRoutedBy[0]=${from}`]);
      await lab().apply(both);
      await untilSettled(lab());
      await drop(both, await app.routes([`router=${to}`]));
      await untilSettled(lab());
      assert.deepEqual(failures(counts(await load.stop())), {});
      const after = await send(lab(), { origins: await origins(lab()), host: app.host, requests: 1000 });
      const { canary = 0 } = answers(counts(after));
      assert.ok(Math.abs(canary - 10 * WEIGHT) <= 2, `${canary} of 1000`);
      figures.switches++;
    });
  }

  it("loses some where the new routes are made and the old ones deleted in one update", async function () {
    this.timeout("10m");
    let lost = 0;
    // Whether Traefik loads a configuration between the two is chance.
    for (let round = 0; round < ROUNDS && lost === 0; round++)
      for (const [from, to] of MOVES) lost += await lostAtOnce(from, to);
    assert.ok(lost > 0);
  });

  /** Requests that were answered with 404 meanwhile; no other may fail. */
  async function lostAtOnce(from: RouterName, to: RouterName): Promise<number> {
    await untilSettled(lab());
    const load = await start(app);
    const after = await app.routes([`router=${to}`]);
    await lab().apply(after);
    await drop(await app.routes([`router=${from}`]), after);
    await untilSettled(lab());
    const { 404: missed = 0, ...others } = failures(counts(await load.stop()));
    assert.deepEqual(others, {});
    console.log(`      ${from} to ${to}: ${missed} requests, those of ${missed / RATE} s`);
    figures.switches++;
    return missed;
  }
});

const start = async ({ host }: App): Promise<Load> =>
  Load.start(lab(), { origins: await origins(lab()), host, rate: RATE });

import assert from "node:assert/strict";
import { filledOver } from "../../analysis/sources/prometheus";
import { builtIn, builtInQuery, requestsQuery } from "../../analysis/sources/prometheus-queries";
import { Load } from "../../lab/load/load";
import { App } from "./app";
import { origins, untilSettled } from "./edges";
import { lab } from "./hooks";
import { lacksPrometheus, Prometheus } from "./prometheus";
import { readEveryProvider } from "./providers";

const lacking = lacksPrometheus();
const WEIGHT = 25;
const RATE = 100;
const WINDOW_SECONDS = 8;
/** What the canary does: every second request fails, and each takes this long. */
const WRONG = { errorRate: 50, latencyMs: 150 };

describe(`the built-in queries, by Traefik's own metrics${lacking === undefined ? "" : ` (needs ${lacking})`}`, () => {
  let prometheus: Prometheus;
  let app: App | undefined;

  before(async function () {
    this.timeout("6m");
    if (lacking !== undefined || lab().attached) this.skip();
    await readEveryProvider(lab());
    prometheus = await Prometheus.up(lab());
  });
  afterEach(() => app?.remove());
  after(() => prometheus?.remove());

  for (const [i, setting] of ["router=traefik", "shield=true", "router=gateway", "router=nginx"].entries()) {
    it(`see what each variant does with ${setting}`, async () => {
      const settings = [`canaryWeight=${WEIGHT}`, "preStopSeconds=1", setting];
      app = await App.deploy(lab(), `measured-${i}`, settings);
      await lab().setSwitches(await app.canaryPod(), WRONG);
      await untilSettled(lab());
      const load = await Load.start(lab(), { origins: await origins(lab()), host: app.host, rate: RATE });
      await load.more(RATE * (WINDOW_SECONDS + 3));
      const [canary, primary] = [await seen(app.name, "canary"), await seen(app.name, "primary")];
      await load.stop();
      within(canary["error-rate"], 48, 52);
      within(canary["success-rate"], 48, 52);
      within(canary["latency-p50"], 100, 300);
      within(canary["latency-p99"], 100, 1200);
      within(primary["error-rate"], 0, 0);
      within(primary["latency-p90"], 0, 100);
      within(canary.requests, 0.8 * (WEIGHT / 100) * RATE * WINDOW_SECONDS, 0.3 * RATE * WINDOW_SECONDS);
    });
  }

  /** The queries' values, and how many requests there were. */
  async function seen(app: string, variant: string): Promise<Record<string, number | undefined>> {
    const service = variant === "primary" ? app : `${app}-${variant}`;
    const of = { app, namespace: app, variant, service };
    const value = async (query: string): Promise<number | undefined> =>
      (await prometheus.query(filledOver(query, WINDOW_SECONDS, of)))[0];
    const queries = builtIn.map((name) => [name, builtInQuery(name, "traefik", variant) ?? ""] as const);
    const all = [...queries, ["requests", requestsQuery("traefik", variant)] as const];
    return Object.fromEntries(
      await Promise.all(all.map(async ([name, query]) => [name, await value(query)])),
    );
  }
});

function within(value: number | undefined, least: number, most: number): void {
  assert.ok(value !== undefined && value >= least && value <= most, `${value} is not in ${least} to ${most}`);
}

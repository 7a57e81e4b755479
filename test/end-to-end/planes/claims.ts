/** What is promised of every data plane, held against what it does with requests. */
import assert from "node:assert/strict";
import { routers } from "../../../components/routers";
import type { KubernetesObject } from "../../../lab/cluster";
import { Load, send } from "../../../lab/load/load";
import { answers, type Counts, counts, failures, total, WINDOW_MS } from "../../../lab/load/tally";
import { App } from "../app";
import { lab } from "../hooks";
import { seeded } from "../random";
import { rated, seed, size, tier } from "../tier";
import { onPlane } from "./on-plane";
import { type Absence, absences, type DataPlane, drawn, type Outcome } from "./plane";
import { questionsOf } from "./questions";

/** An exact split shows in fewer requests than a draw for each. */
const EXACT = 2000;
const WEIGHT = 10;
const SHIFTS = tier === "full" ? 20 : 5;
/** Requests to a canary that hangs or refuses: fewer, as its probes notice soon, and each may take its time. */
const FEW = 500;
const PATIENCE_SECONDS = 3;

/** Describes one data plane: the same claims for each. */
export function claimsOf(plane: DataPlane): void {
  const { title, router } = plane;
  const sample = plane.spread === drawn ? size.counted : Math.min(EXACT, size.counted);

  onPlane(plane, title, (running) => {
    let app: App;
    /** A row of the table. */
    const row: string[] = [];

    before(async function () {
      this.timeout("6m");
      const settings = [`router=${router}`, ...plane.settings, ...questions.settings, "preStopSeconds=1"];
      app = await App.deploy(lab(), nameOf(plane), settings, running());
      await running().settled(app);
    });

    after(async () => {
      await app?.remove();
      if (row.length > 0) console.log(`      | ${title} | ${row.join(" | ")} |`);
    });

    const questions = questionsOf(routers[router].traits);

    for (const weight of [0.5, 10, 100]) {
      it(`sends ${weight} % of ${sample} requests to the canary, as far as its integers go`, async () => {
        await shift(weight);
        const counted = await measured();
        assert.deepEqual(failures(counted), {});
        const { canary = 0 } = answers(counted);
        const expected = await effective(weight);
        row.push(`${canary} of ${sample} at ${weight} %`);
        isShare(canary, expected);
      });
    }

    it(`loses no request across ${SHIFTS} shifts`, async function () {
      this.timeout("20m");
      const draw = seeded(seed);
      const load = await start(size.shiftedRate);
      for (let i = 0; i < SHIFTS; i++) {
        await app.shift(draw(10_001) / 100);
        await (running().taken ?? running().settled)(app);
        await load.more(100);
      }
      await running().settled(app);
      const counted = counts(await load.stop());
      row.push(`${total(failures(counted))} of ${total(counted)} failed in ${SHIFTS} shifts`);
      assert.deepEqual(failures(counted), {});
    });

    it("sends the canary nothing once it is at weight 0", async () => {
      await shift(50);
      const load = await start(rated(500));
      const begun = Date.now();
      await shift(0);
      const settled = Date.now();
      await load.more(200);
      const report = await load.stop();
      const last = report.windows.findLast((window) => (answers(window.counts).canary ?? 0) > 0);
      row.push(`empty after ${(((last?.start ?? begun) + WINDOW_MS - begun) / 1000).toFixed(1)} s`);
      assert.deepEqual(failures(counts(report)), {});
      assert.deepEqual(Object.keys(counts(report, settled)), ["200 primary"]);
    });

    describe("at weight 0", () => {
      before(() => shift(0));

      for (const { title: what, headers, path, isCanary } of questions.asked) {
        it(`sends a request with ${what} to the ${isCanary ? "canary" : "primary"}`, async () => {
          for (const origin of await origins()) {
            const answer = await lab().get(`${origin}${path}`, { host: app.host, headers });
            assert.equal(answer.headers["x-variant"], isCanary ? "canary" : "primary");
          }
        });
      }

      it("sends all that ask for the canary's own host to it", async function () {
        // There is none for clients within the cluster.
        if (running().inside) this.skip();
        const report = await send(lab(), {
          origins: await origins(),
          host: app.canaryHost,
          requests: 100,
        });
        assert.deepEqual(counts(report), { "200 canary": 100 });
      });
    });

    for (const weight of [WEIGHT, 0]) {
      describe(`with a canary at ${weight} % that isn't there: ${routers[router].traits.missingCanary}`, () => {
        before(() => shift(weight));

        afterEach(async () => {
          // What a failed test has left.
          if (app === undefined) return;
          await lab().apply(await app.objects([`canaryWeight=${weight}`]));
          await app.untilReady();
        });

        for (const absence of absences) {
          const promised = plane.promised[absence];
          if (weight === 0)
            it(`${absence}: affects nobody`, async () => {
              const load = await start(rated(500));
              const restore = await taken[absence](app);
              await running().settled(app);
              await restore();
              await app.untilReady();
              assert.deepEqual(Object.keys(counts(await load.stop())), ["200 primary"]);
            });
          else
            it(`${absence}: ${promised === "primary" ? "leaves all to the primary" : `gives its share ${promised}`}, and nobody else`, async () => {
              await running().settled(app);
              const restore = await taken[absence](app);
              if (isGone(absence)) await running().settled(app);
              const counted = await measured(isGone(absence) ? EXACT : FEW);
              await restore();
              row.push(`${absence}: ${JSON.stringify(counted)}`);
              isPromised(counted, promised);
            });
        }
      });
    }

    const origins = (): Promise<readonly string[]> => running().origins();

    const start = async (rate?: number): Promise<Load> =>
      Load.start(lab(), {
        origins: [...(await origins())],
        host: app.host,
        ...(rate !== undefined && { rate }),
      });

    async function shift(weight: number): Promise<void> {
      await app.shift(weight);
      await running().settled(app);
    }

    /** What comes of requests while nothing changes. */
    const measured = async (requests = sample): Promise<Counts> =>
      counts(
        await send(lab(), {
          origins: [...(await origins())],
          host: app.host,
          requests,
          timeoutSeconds: PATIENCE_SECONDS,
        }),
      );

    /** The canary's share in percent, as the router's integers have it. */
    async function effective(weight: number): Promise<number> {
      const objects = await app.objects([`canaryWeight=${weight}`]);
      const weights = routers[router].readWeights(objects);
      const sum = Object.values(weights).reduce((whole, one) => whole + one, 0);
      return (100 * (weights[`${app.name}-canary`] ?? 0)) / sum;
    }

    function isShare(count: number, weight: number, requests = sample): void {
      const off = Math.abs(count - (requests * weight) / 100);
      assert.ok(off <= plane.spread(requests, weight), `${count} of ${requests} at ${weight} %`);
    }

    function isPromised(counted: Counts, promised: Outcome): void {
      const requests = total(counted);
      if (promised === "primary") assert.deepEqual(counted, { "200 primary": requests });
      else {
        const isIt = (outcome: string): boolean =>
          promised === "nothing" ? outcome.includes("TIMEOUT") : outcome === promised;
        const share = Object.entries(counted).reduce((sum, [outcome, n]) => sum + (isIt(outcome) ? n : 0), 0);
        const others = Object.keys(counted).filter((outcome) => !isIt(outcome));
        assert.deepEqual([others, counted["200 primary"]], [["200 primary"], requests - share]);
        isShare(share, WEIGHT, requests);
      }
    }
  });
}

/** A name of a namespace, and of an app. */
const nameOf = ({ title }: DataPlane): string => title.toLowerCase().replaceAll(/[^a-z]+/g, "-");

/** Whether a data plane can know of it by the API server. */
const isGone = (absence: Absence): boolean => absence !== "refusing" && absence !== "hanging";

/** Ways to take the canary away, each of which returns the way back. */
const taken: Readonly<Record<Absence, (app: App) => Promise<() => Promise<unknown>>>> = {
  async missing(app) {
    const service = await app.object("Service", `${app.name}-canary`);
    await lab().cluster.delete(service);
    return () => lab().apply([service]);
  },
  async portless(app) {
    const service = await app.object("Service", `${app.name}-canary`);
    await lab().apply([withPort(service, 81)]);
    return () => lab().apply([service]);
  },
  async empty(app) {
    const name = `${app.name}-canary`;
    await lab().apply([await app.object("Deployment", name, ["canaryReplicas=0"])]);
    await lab().until("the canary has no pods", async () => (await app.pods("canary")).length === 0);
    return async () => lab().apply([await app.object("Deployment", name)]);
  },
  refusing: (app) => switched(app, { refuse: true }, { refuse: false }),
  hanging: (app) => switched(app, { hang: true }, { hang: false }),
};

async function switched(app: App, wrong: object, well: object): Promise<() => Promise<unknown>> {
  await lab().setSwitches(await app.canaryPod(), wrong);
  return async () => lab().setSwitches(await app.canaryPod(), well);
}

/** A Service whose ports are others than routes name. */
function withPort(service: KubernetesObject, port: number): KubernetesObject {
  const { ports, ...spec } = service.spec as { ports: object[] };
  return { ...service, spec: { ...spec, ports: ports.map((one) => ({ ...one, port })) } };
}

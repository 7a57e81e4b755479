import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { Load, send } from "../../lab/load/load";
import { answers, counts, failures, type LoadReport, total } from "../../lab/load/tally";
import { envoyPart } from "../../lab/parts";
import { App } from "./app";
import { lackingFor, programsOf } from "./built";
import { origins } from "./edges";
import { lab } from "./hooks";
import { untilRolled } from "./planes/proxy";
import { rated, size, tier } from "./tier";

const REQUESTS = size.counted;
/** Below what the lab's Services, which are one process, take. */
const RATE = rated(300);

/** How far from its share a canary's count may be: HAProxy counts, the others draw, and four deviations are seldom passed. */
const spread = (weight: number): number => 4 * Math.sqrt(REQUESTS * (weight / 100) * (1 - weight / 100));
/** Windows of 100 ms in which a pod may end. */
const MOST_ENDING = 3;
const programs = { haproxy: () => 4, nginx: spread, envoy: spread };

for (const [program, tolerance] of Object.entries(programs)) {
  const lacking = lackingOf(program);
  // nginx does all that the others do in the full tier.
  const itIfWhole = program === "nginx" && tier === "small" ? it.skip : it;
  describe(`router proxy with ${program}${lacking === undefined ? "" : ` (${lacking})`}`, () => {
    let app: App;

    before(async function () {
      if (lacking !== undefined || lab().attached) this.skip();
      if (program === "envoy") await programsOf([envoyPart]);
      const settings = ["router=proxy", `routers.proxy.implementation=${program}`, "canaryWeight=10"];
      app = await App.deploy(lab(), `by-${program}`, [...settings, "preStopSeconds=1"]);
      // Each proxy asks for the canary's address by itself.
      await lab().until("both proxies know the canary", async () => (await few()) > 28);
    });

    after(() => app?.remove());

    /** The canary's share of 400 requests. */
    const few = async (): Promise<number> =>
      answers(counts(await send(lab(), { origins: await origins(lab()), host: app.host, requests: 400 })))
        .canary ?? 0;

    /** The front Service, as clients within the cluster name it. */
    const internal = (): string => `http://${app.name}-front.${app.name}.svc.cluster.local`;

    it("sends its share to the canary, for clients outside and within the cluster", async () => {
      for (const targets of [await origins(lab()), [internal()]]) {
        const counted = counts(await send(lab(), { origins: targets, host: app.host, requests: REQUESTS }));
        assert.deepEqual(failures(counted), {});
        const { canary = 0 } = answers(counted);
        console.log(`      ${canary} of ${REQUESTS} at 10 %`);
        assert.ok(Math.abs(canary - REQUESTS / 10) <= tolerance(10), `${canary} of ${REQUESTS}`);
      }
    });

    itIfWhole("rolls to another weight without a request that fails", async () => {
      await app.configure();
      await untilRolled(lab(), app);
      const targets = [...(await origins(lab())), internal()];
      const load = await Load.start(lab(), { origins: targets, host: app.host, rate: RATE });
      const changed = await app.configure("canaryWeight=50");
      assert.deepEqual(changed.map(({ kind }) => kind).sort(), ["ConfigMap", "Deployment"]);
      await untilRolled(lab(), app);
      const counted = counts(await load.stop());
      assert.deepEqual(failures(counted), {});
      const { canary = 0 } = answers(
        counts(await send(lab(), { origins: targets, host: app.host, requests: REQUESTS })),
      );
      console.log(`      ${canary} of ${REQUESTS} at 50 %`);
      assert.ok(Math.abs(canary - REQUESTS / 2) <= tolerance(50), `${canary} of ${REQUESTS}`);
    });

    itIfWhole(
      "answers from the primary while the canary has no pods, and while it has no Service",
      async () => {
        const load = await Load.start(lab(), { origins: await origins(lab()), host: app.host, rate: RATE });
        await app.configure("canaryWeight=50", "canaryReplicas=0");
        await lab().until("the canary's pods are gone", async () => (await app.pods("canary")).length === 0);
        await load.more(3 * RATE);
        await lab().cluster.delete(await app.object("Service", `${app.name}-canary`));
        // Proxies ask for its address again after five seconds.
        await load.more(10 * RATE);
        const report = await load.stop();
        isLastPodsEnd(report);
        assert.deepEqual(Object.keys(answers(report.windows.at(-1)?.counts ?? {})), ["primary"]);
      },
    );

    itIfWhole("starts without the canary, and finds it when it comes", async () => {
      const load = await Load.start(lab(), { origins: await origins(lab()), host: app.host, rate: RATE });
      await lab().apply(
        (await app.objects(["canaryWeight=25"])).filter(({ kind }) =>
          ["ConfigMap", "Deployment"].includes(kind),
        ),
      );
      await lab().cluster.delete(await app.object("Service", `${app.name}-canary`));
      await untilRolled(lab(), app);
      await app.configure("canaryWeight=25");
      await lab().until("the canary gets requests", async () => (await few()) > 0);
      assert.deepEqual(failures(counts(await load.stop())), {});
    });
  });
}

/** Nothing fails, but what the canary's last pod had taken as it ended: some of its share, for a moment. */
function isLastPodsEnd({ windows }: LoadReport): void {
  const ending = windows.filter(({ counts: counted }) => total(failures(counted)) > 0);
  const failed = ending.map(({ counts: counted }) => failures(counted));
  const others = failed.flatMap((each) => Object.keys(each)).filter((code) => !["502", "503"].includes(code));
  assert.deepEqual(others, []);
  assert.ok(ending.length <= MOST_ENDING, JSON.stringify(failed));
}

/** What this machine lacks to run a program, in one line; undefined when nothing. */
function lackingOf(program: string): string | undefined {
  if (program === "envoy") return lackingFor([envoyPart]);
  return spawnSync(program, ["-v"]).status === 0 ? undefined : "needs it on PATH";
}

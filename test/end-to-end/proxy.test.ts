import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { AppsV1Api } from "@kubernetes/client-node";
import { Load, send } from "../../lab/load/load";
import { answers, counts, failures } from "../../lab/load/tally";
import { App } from "./app";
import { origins } from "./edges";
import { lab } from "./hooks";
import { rated, size } from "./tier";

const REQUESTS = size.counted;
/** Below what the lab's Services, which are one process, take. */
const RATE = rated(300);

/** How far from its share a canary's count may be: HAProxy counts, the others draw, and four deviations are seldom passed. */
const spread = (weight: number): number => 4 * Math.sqrt(REQUESTS * (weight / 100) * (1 - weight / 100));
const programs = { haproxy: () => 4, nginx: spread, envoy: spread };

for (const [program, tolerance] of Object.entries(programs)) {
  const missing = spawnSync(program, [program === "envoy" ? "--version" : "-v"]).status !== 0;
  describe(`router proxy with ${program}${missing ? " (needs it on PATH)" : ""}`, () => {
    let app: App;

    before(async function () {
      if (missing || lab().attached) this.skip();
      const settings = ["router=proxy", `routers.proxy.implementation=${program}`, "canaryWeight=10"];
      app = await App.deploy(lab(), `by-${program}`, [...settings, "preStopSeconds=1"]);
    });

    after(() => app?.remove());

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

    it("rolls to another weight without a request that fails", async () => {
      await app.configure();
      await untilRolled(app);
      const targets = [...(await origins(lab())), internal()];
      const load = await Load.start(lab(), { origins: targets, host: app.host, rate: RATE });
      const changed = await app.configure("canaryWeight=50");
      assert.deepEqual(changed.map(({ kind }) => kind).sort(), ["ConfigMap", "Deployment"]);
      await untilRolled(app);
      const counted = counts(await load.stop());
      assert.deepEqual(failures(counted), {});
      const { canary = 0 } = answers(
        counts(await send(lab(), { origins: targets, host: app.host, requests: REQUESTS })),
      );
      console.log(`      ${canary} of ${REQUESTS} at 50 %`);
      assert.ok(Math.abs(canary - REQUESTS / 2) <= tolerance(50), `${canary} of ${REQUESTS}`);
    });

    it("answers from the primary while the canary has no pods, and while it has no Service", async () => {
      const load = await Load.start(lab(), { origins: await origins(lab()), host: app.host, rate: RATE });
      await app.configure("canaryWeight=50", "canaryReplicas=0");
      await lab().until("the canary's pods are gone", async () => (await app.pods("canary")).length === 0);
      await load.more(3 * RATE);
      await lab().cluster.delete(await app.object("Service", `${app.name}-canary`));
      // Proxies ask for its address again after five seconds.
      await load.more(10 * RATE);
      const report = await load.stop();
      assert.deepEqual(failures(counts(report)), {});
      assert.deepEqual(Object.keys(answers(report.windows.at(-1)?.counts ?? {})), ["primary"]);
    });

    it("starts without the canary, and finds it when it comes", async () => {
      const load = await Load.start(lab(), { origins: await origins(lab()), host: app.host, rate: RATE });
      await lab().apply(
        (await app.objects(["canaryWeight=25"])).filter(({ kind }) =>
          ["ConfigMap", "Deployment"].includes(kind),
        ),
      );
      await lab().cluster.delete(await app.object("Service", `${app.name}-canary`));
      await untilRolled(app);
      await app.configure("canaryWeight=25");
      const share = async (): Promise<number> =>
        answers(counts(await send(lab(), { origins: await origins(lab()), host: app.host, requests: 400 })))
          .canary ?? 0;
      await lab().until("the canary gets requests", async () => (await share()) > 0);
      assert.deepEqual(failures(counts(await load.stop())), {});
    });
  });
}

/** Waits until the proxies of the last configuration alone are left, and all others have ended. */
async function untilRolled(app: App): Promise<void> {
  const apps = lab().cluster.api(AppsV1Api);
  await lab().until(
    "the proxies are rolled",
    async () => {
      const { metadata, status } = await apps.readNamespacedDeployment({
        name: `${app.name}-proxy`,
        namespace: app.name,
      });
      const { observedGeneration, updatedReplicas, readyReplicas, replicas } = status ?? {};
      const pods = await lab().pods(`app.kubernetes.io/name=${app.name}-proxy`, app.name);
      return (
        observedGeneration === metadata?.generation &&
        [updatedReplicas, readyReplicas, replicas, pods.length].every((count) => count === 2)
      );
    },
    120,
  );
}

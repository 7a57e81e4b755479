/** What Istio has beside what all have: finer weights, copies, faults on purpose, and pods that are left out. */
import assert from "node:assert/strict";
import { send } from "../../../lab/load/load";
import { answers, counts, failures } from "../../../lab/load/tally";
import { App } from "../app";
import { lab } from "../hooks";
import { istio } from "./istio";
import { onPlane } from "./on-plane";
import { drawn } from "./plane";

const MATCHED = { "x-version": "new" };
/** Enough for the least weight to be told from none, and from twice as much. */
const MANY = 200_000;
const COPIED = 1000;
const match = ["match[0].header=x-version", "match[0].value=new"];

export function istioOwn(): void {
  onPlane(istio, `settings of router istio's own, ${istio.title}:`, (running) => {
    let app: App;

    const deploy = async (...settings: string[]): Promise<void> => {
      app = await App.deploy(lab(), "own", ["router=istio", "preStopSeconds=1", ...settings], running());
      await running().settled(app);
    };
    afterEach(() => app?.remove());

    const asked = async (headers: Record<string, string> = {}) => {
      const [origin = ""] = await running().origins();
      const begun = Date.now();
      const { status } = await lab().get(`${origin}/`, { host: app.host, headers });
      return { status, took: Date.now() - begun };
    };

    it("sends the canary one request of ten thousand at its least weight", async function () {
      this.timeout("6m");
      await deploy("canaryWeight=0.01");
      const counted = counts(
        await send(lab(), { origins: [...(await running().origins())], host: app.host, requests: MANY }),
      );
      assert.deepEqual(failures(counted), {});
      const { canary = 0 } = answers(counted);
      console.log(`      ${canary} of ${MANY} at 0.01 %`);
      assert.ok(Math.abs(canary - MANY / 10_000) <= drawn(MANY, 0.01), `${canary} of ${MANY}`);
    });

    it("copies its percent of the requests to the canary, while the primary answers all", async () => {
      await deploy("canaryWeight=0", "mirror.percent=50");
      const before = await answered();
      const counted = counts(
        await send(lab(), { origins: [...(await running().origins())], host: app.host, requests: COPIED }),
      );
      assert.deepEqual(counted, { "200 primary": COPIED });
      const least = COPIED / 2 - drawn(COPIED, 50);
      await lab().until("the copies are there", async () => (await answered()) - before >= least);
      const copies = (await answered()) - before;
      console.log(`      ${copies} copies of ${COPIED} at 50 %`);
      assert.ok(copies <= COPIED / 2 + drawn(COPIED, 50), `${copies} copies`);
    });

    /** Requests that the canary's pod has answered, by its own count. */
    async function answered(): Promise<number> {
      const { status } = await app.canaryPod();
      const { body } = await lab().get(`http://${status?.podIP}:8080/metrics`);
      return [...body.matchAll(/^http_requests_total\{[^}]*\} (\d+)$/gm)].reduce(
        (sum, [, n]) => sum + Number(n),
        0,
      );
    }

    it("a fault aborts what matches, and nothing else", async () => {
      await deploy("canaryWeight=50", ...match, "routers.istio.fault.abortStatus=418");
      for (let i = 0; i < 10; i++) {
        assert.equal((await asked(MATCHED)).status, 418);
        assert.equal((await asked()).status, 200);
      }
    });

    it("a fault on all holds each request back", async () => {
      const fault = ["routers.istio.fault.on=all", "routers.istio.fault.delaySeconds=1"];
      await deploy("canaryWeight=50", ...fault);
      const { status, took } = await asked();
      assert.equal(status, 200);
      assert.ok(took >= 1000, `${took} ms`);
    });

    it("a canary's pod that fails is left out", async function () {
      this.timeout("3m");
      const breaker = Object.entries({
        consecutive5xxErrors: 3,
        intervalSeconds: 1,
        baseEjectionSeconds: 300,
        maxEjectionPercent: 50,
      }).map(([key, value]) => `routers.istio.circuitBreaker.${key}=${value}`);
      await deploy("canaryWeight=50", "canaryReplicas=2", ...breaker);
      const [pod] = await app.pods("canary");
      assert.ok(pod !== undefined);
      await lab().setSwitches(pod, { errorRate: 100 });
      const targets = { origins: [...(await running().origins())], host: app.host };
      const first = counts(await send(lab(), { ...targets, requests: 1000 }));
      assert.ok((first["500 canary"] ?? 0) >= 3, JSON.stringify(first));
      await lab().until("it is left out", async () => {
        const few = counts(await send(lab(), { ...targets, requests: 200 }));
        return Object.keys(failures(few)).length === 0;
      });
      const counted = counts(await send(lab(), { ...targets, requests: 1000 }));
      assert.deepEqual(failures(counted), {});
      assert.ok((answers(counted).canary ?? 0) > 400, JSON.stringify(counted));
    });
  });
}

import assert from "node:assert/strict";
import { isReady } from "../../lab/client";
import { Load, send } from "../../lab/load/load";
import { answers, counts, failures, type LoadReport, total } from "../../lab/load/tally";
import { App } from "./app";
import { origins, untilSettled } from "./edges";
import { lab } from "./hooks";
import { rated } from "./tier";

const WEIGHT = 10;
const REQUESTS = 2000;
/** Few enough for a slow machine before two probes, 5 s apart, find that the pod is not ready. */
const UNTIL_PROBED = 500;
/** Requests a second while something happens. */
const RATE = rated(500);
const TIMEOUT_SECONDS = 1;
/** What the demo app's switches are when it does nothing wrong. */
const WELL = { errorRate: 0, errorStyle: "plain", hang: false, refuse: false, ready: true } as const;
/** What the time limit's end may take on top of it, in milliseconds: a machine with more labs than cores is late. */
const TOLERANCE_MS = 4000;

describe(`a canary at ${WEIGHT} %`, () => {
  let app: App;

  before(async () => {
    const settings = [`canaryWeight=${WEIGHT}`, `canaryTimeoutSeconds=${TIMEOUT_SECONDS}`];
    app = await App.deploy(lab(), "broken", [...settings, "preStopSeconds=1"]);
  });

  beforeEach(() => untilSettled(lab()));

  afterEach(async () => {
    // Whatever a test left, one that failed half-way, too.
    await app.configure();
    await lab().until("the canary does nothing wrong", async () => {
      const { ready } = await lab().setSwitches(await app.canaryPod(), WELL);
      return ready;
    });
    await app.untilReady();
    await untilAll(app, "canary");
  });

  after(() => app?.remove());

  describe("affects nobody", () => {
    it("when its Service is missing", async () => {
      const service = await app.object("Service", "broken-canary");
      const report = await during(app, async () => {
        await lab().cluster.delete(service);
        await untilAll(app, "primary");
        await lab().apply([service]);
        await untilAll(app, "canary");
      });
      assert.deepEqual(failures(counts(report)), {});
    });

    it("when it has no pods", async () => {
      await app.configure("canaryReplicas=0");
      await untilAll(app, "primary");
      const report = await during(app, async (load) => {
        await load.more(RATE);
        await app.configure();
        await untilAll(app, "canary");
      });
      assert.deepEqual(failures(counts(report)), {});
    });

    it("when one of its two pods ends", async () => {
      await app.configure("canaryReplicas=2");
      await lab().until("both pods are ready", async () => {
        const pods = await app.pods("canary");
        return pods.length === 2 && pods.every(isReady);
      });
      await untilSettled(lab());
      const report = await during(app, async () => {
        await app.configure();
        await lab().until("one pod is left", async () => (await app.pods("canary")).length === 1);
      });
      assert.deepEqual(failures(counts(report)), {});
    });

    it("when no pod of it is ready", async () => {
      const report = await during(app, async () => {
        await lab().setSwitches(await app.canaryPod(), { ready: false });
        await lab().until("its pod is not ready", async () => !isReady(await app.canaryPod()));
        await untilAll(app, "primary");
      });
      assert.deepEqual(failures(counts(report)), {});
    });
  });

  describe("affects nobody but its share", () => {
    // Traefik sends nothing to a pod that ends, but while that is the only one does not take the canary for gone either:
    // https://github.com/traefik/traefik/issues/12417
    it("while its last pod ends", async () => {
      const report = await during(app, async () => {
        await app.configure("canaryReplicas=0");
        await untilAll(app, "primary");
      });
      const { 503: unavailable = 0, ...others } = failures(counts(report));
      assert.deepEqual(others, {});
      // Requests count when they are answered, and a refusal comes before what was asked beside it.
      const ending = report.windows.filter((_, i, windows) =>
        windows.slice(Math.max(0, i - 1), i + 2).some(({ counts }) => failures(counts)["503"] !== undefined),
      );
      const sum = ending.reduce((requests, { counts }) => requests + total(counts), 0);
      assert.ok(unavailable <= (sum * WEIGHT) / 100 + ending.length, `${unavailable} of ${sum}`);
    });

    it("when it refuses connections", async () => {
      await lab().setSwitches(await app.canaryPod(), { refuse: true });
      const counted = counts(await measured(app, UNTIL_PROBED));
      isShare(counted["502"], UNTIL_PROBED);
      assert.deepEqual(answers(counted), { primary: total(counted) - (counted["502"] ?? 0) });
    });

    for (const errorStyle of ["plain", "slow", "chunked"] as const) {
      it(`when it answers 500, ${errorStyle}`, async () => {
        await lab().setSwitches(await app.canaryPod(), { errorRate: 100, errorStyle });
        const counted = counts(await measured(app));
        isShare(counted["500 canary"]);
        assert.deepEqual(answers(counted), { primary: total(counted) - (counted["500 canary"] ?? 0) });
      });
    }

    it(`when it hangs, and that for ${TIMEOUT_SECONDS} s at most`, async () => {
      await lab().setSwitches(await app.canaryPod(), { hang: true });
      const report = await measured(app);
      const counted = counts(report);
      isShare(counted["504"]);
      assert.deepEqual(answers(counted), { primary: total(counted) - (counted["504"] ?? 0) });
      const slowest = report.slowest["504"] ?? 0;
      assert.ok(slowest <= TIMEOUT_SECONDS * 1000 + TOLERANCE_MS, `${slowest} ms`);
      assert.ok((report.slowest["200 primary"] ?? 0) < slowest);
    });
  });
});

async function measured(app: App, requests = REQUESTS): Promise<LoadReport> {
  return send(lab(), { origins: await origins(lab()), host: app.host, requests });
}

function isShare(count = 0, requests = REQUESTS): void {
  const share = (requests * WEIGHT) / 100;
  // Within one at each Traefik, and one more where a reload falls into the measurement.
  assert.ok(Math.abs(count - share) <= 4, `${count} of ${requests}`);
}

/** Requests from before something happens until after it has. */
async function during(app: App, happening: (load: Load) => Promise<void>): Promise<LoadReport> {
  const load = await Load.start(lab(), { origins: await origins(lab()), host: app.host, rate: RATE });
  await happening(load);
  await load.more(RATE / 2);
  return load.stop();
}

/** Waits until every edge node serves the canary's own host, or until none does and the primary alone is left. */
async function untilAll(app: App, variant: "primary" | "canary"): Promise<void> {
  const status = variant === "canary" ? 200 : 404;
  const targets = await origins(lab());
  await lab().until(`${app.canaryHost} answers ${status}`, async () => {
    const answered = await Promise.all(targets.map((origin) => lab().get(origin, { host: app.canaryHost })));
    return answered.every((answer) => answer.status === status);
  });
}

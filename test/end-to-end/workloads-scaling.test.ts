import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { AppsV1Api } from "@kubernetes/client-node";
import { Lab } from "../../lab/client";
import type { KubernetesObject } from "../../lab/cluster";
import { Load } from "../../lab/load/load";
import { type Counts, counts, failures, total } from "../../lab/load/tally";
import { lacksEngine } from "../engine/engine";
import { App } from "./app";
import { origins, untilSettled } from "./edges";
import { lab } from "./hooks";

/** Requests a second. */
const RATE = 400;
/** A pod takes eight requests at the same time, of the 32 that the load has under way at most. */
const PODS = ["env.LATENCY_MS=60", "env.CAPACITY=8", "env.STARTUP_MS=3000"];
const LOW = ["canaryWeight=10", "canaryReplicas=1"];
const HIGH = ["canaryWeight=50", "canaryReplicas=6"];
/** As `canary up` waits: the default of `preStopSeconds`. */
const SETTLE_MS = 10_000;

describe("a canary whose weight and pods change together under load", () => {
  let app: App;

  before(async () => {
    app = await App.deploy(lab(), "growing", [...PODS, ...LOW, "replicas=9"]);
  });

  after(() => app?.remove());

  it("loses no request when both rise in one update", async () => {
    const lost = await lostDuring(() => update([...HIGH, "replicas=9"]));
    assert.deepEqual(lost, {});
  });

  it("loses none when both fall in two, the weight first", async () => {
    const lost = await lostDuring(async () => {
      await update([...LOW, "replicas=12"], `${app.name}-canary`);
      await sleep(SETTLE_MS);
      await update([...LOW, "replicas=12"]);
    });
    assert.deepEqual(lost, {});
  });

  it("loses some when both fall in one, in which the route waits for further pods of the primary", async () => {
    await update([...HIGH, "replicas=12"]);
    const lost = total(await lostDuring(() => update([...LOW, "replicas=15"])));
    console.log(`      ${lost} requests`);
    assert.ok(lost > 0);
  });

  /** As one update of an engine's goes: routes depend on all workloads, and are changed once those are ready. */
  async function update(settings: readonly string[], exceptDeployment?: string): Promise<void> {
    const routes = await app.routes(settings);
    const isRoute = ({ kind, metadata }: KubernetesObject): boolean =>
      routes.some((route) => route.kind === kind && route.metadata.name === metadata.name);
    const isExcepted = ({ kind, metadata }: KubernetesObject): boolean =>
      kind === "Deployment" && metadata.name === exceptDeployment;
    const objects = await app.objects(settings);
    await lab().apply(objects.filter((object) => !isRoute(object) && !isExcepted(object)));
    await lab().until("the Deployments are as they should be", async () => {
      const { items } = await lab().cluster.api(AppsV1Api).listNamespacedDeployment({ namespace: app.name });
      return items.every(
        ({ metadata, spec, status }) =>
          status?.observedGeneration === metadata?.generation && status?.availableReplicas === spec?.replicas,
      );
    });
    await lab().apply(routes);
  }

  async function lostDuring(change: () => Promise<void>): Promise<Counts> {
    await untilSettled(lab());
    const load = await Load.start(lab(), { origins: await origins(lab()), host: app.host, rate: RATE });
    try {
      await load.more(RATE);
      await change();
      await untilSettled(lab());
    } finally {
      await load.stop();
    }
    return failures(counts(await load.report));
  }
});

const lacking = lacksEngine();

describe(`canary up${lacking === undefined ? "" : ` (needs ${lacking})`}`, () => {
  let own: Lab;

  before(async function () {
    if (lacking !== undefined || lab().attached) this.skip();
    own = await Lab.up({ name: `up-${process.pid}` });
  });

  after(() => own?.down());

  it("raises, lowers and removes a canary under load without a lost request", async function () {
    this.timeout("10m");
    const mocha = [process.execPath, require.resolve("mocha/bin/mocha.js"), "--forbid-pending"];
    const { code, stdout, stderr } = await own.exec([...mocha, "test/end-to-end/inside/up.test.ts"]);
    assert.equal(code, 0, stdout + stderr);
    console.log(stdout);
  });
});

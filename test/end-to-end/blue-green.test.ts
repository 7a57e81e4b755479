import assert from "node:assert/strict";
import { Load, send } from "../../lab/load/load";
import { answers, counts, failures, settledSince } from "../../lab/load/tally";
import { App } from "./app";
import { origins, THROTTLE_MS, untilSettled } from "./edges";
import { lab } from "./hooks";
import { rated } from "./tier";

const RATE = rated(2000);

describe("router blue-green", () => {
  let app: App;

  before(async () => {
    app = await App.deploy(lab(), "colours", ["router=blue-green", "canaryWeight=0", "canaryReplicas=3"]);
  });

  after(() => app?.remove());

  for (const [weight, from, to] of [
    [100, "primary", "canary"],
    [0, "canary", "primary"],
  ] as const) {
    it(`switches from ${from} to ${to} without a request that fails`, async () => {
      await app.configure(`canaryWeight=${100 - weight}`);
      await untilSettled(lab());
      const load = await Load.start(lab(), {
        origins: await origins(lab()),
        host: app.host,
        rate: RATE,
      });
      await load.more(RATE);
      const changed = await app.configure(`canaryWeight=${weight}`);
      const at = Date.now();
      await untilSettled(lab());
      const report = await load.stop();
      assert.deepEqual(failures(counts(report)), {});
      assert.deepEqual(
        changed.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
        ["Service/colours-front", "Service/colours-preview"],
      );
      const switched = settledSince(report, (window) => answers(window)[from] === undefined);
      assert.ok(switched !== undefined && switched - at <= THROTTLE_MS + 1000, `${switched} after ${at}`);
      console.log(
        `      every request went to ${to} ${Math.max(0, switched - at)} ms after the last object was applied`,
      );
    });
  }

  it("answers from the primary once the canary that takes all requests has no pods", async () => {
    await app.configure("canaryWeight=100");
    await untilSettled(lab());
    const deployment = await app.object("Deployment", `${app.name}-canary`);
    await lab().apply([{ ...deployment, spec: { ...(deployment.spec as object), replicas: 0 } }]);
    await lab().until("the canary's pods are gone", async () => (await app.pods("canary")).length === 0);
    await untilSettled(lab());
    const counted = counts(
      await send(lab(), { origins: await origins(lab()), host: app.host, requests: 1000 }),
    );
    assert.deepEqual(counted, { "200 primary": 1000 });
  });
});

import assert from "node:assert/strict";
import { Load, send } from "../../lab/load/load";
import { answers, counts, failures } from "../../lab/load/tally";
import { App } from "./app";
import { origins, untilSettled } from "./edges";
import { lab } from "./hooks";
import { rated, size } from "./tier";

const REQUESTS = size.counted;

describe("router replicas", () => {
  let app: App;

  before(async () => {
    app = await App.deploy(lab(), "pods", ["router=replicas", "replicas=10", "canaryWeight=20"]);
  });

  after(() => app?.remove());

  it("gives the canary's pods their part of the total, and every pod the same share of requests", async () => {
    assert.equal((await app.pods("canary")).length, 2);
    await untilSettled(lab());
    const targets = await origins(lab());
    const counted = counts(
      await send(lab(), { origins: targets, host: app.host, by: "x-pod", requests: REQUESTS }),
    );
    assert.deepEqual(failures(counted), {});
    const shares = Object.values(answers(counted));
    assert.equal(shares.length, 10);
    for (const share of shares) assert.ok(Math.abs(share - REQUESTS / 10) <= targets.length, `${shares}`);
  });

  for (const [before, weight] of [
    [20, 50],
    [50, 100],
    [100, 10],
  ] as const) {
    it(`shifts from ${before} to ${weight} % by starting and ending pods, and fails no request`, async () => {
      await app.configure(`canaryWeight=${before}`);
      await untilShared(before);
      const targets = await origins(lab());
      const load = await Load.start(lab(), { origins: targets, host: app.host, rate: rated(500) });
      const changed = await app.configure(`canaryWeight=${weight}`);
      await untilShared(weight);
      assert.deepEqual(failures(counts(await load.stop())), {});
      assert.deepEqual([...new Set(changed.map(({ kind }) => kind))], ["Deployment"]);
      const { canary = 0 } = answers(
        counts(await send(lab(), { origins: targets, host: app.host, requests: 1000 })),
      );
      assert.ok(Math.abs(canary - weight * 10) <= targets.length * 10, `${canary} of 1000 at ${weight} %`);
    });
  }

  /** Waits until the pods are as the weight says, and every Traefik has heard of it. */
  async function untilShared(weight: number): Promise<void> {
    await lab().until(`${weight / 10} pods are the canary's`, async () => {
      const [primary, canary] = [await app.pods("primary"), await app.pods("canary")];
      return canary.length === weight / 10 && primary.length === 10 - canary.length;
    });
    await untilSettled(lab());
  }
});

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Load, send } from "../../lab/load/load";
import { answers, counts, failures, total } from "../../lab/load/tally";
import { App } from "./app";
import { origins, reloads, THROTTLE_MS, untilSettled } from "./edges";
import { lab } from "./hooks";
import { size } from "./tier";

const REQUESTS = size.counted;

describe("a split", () => {
  let app: App;

  before(async () => {
    app = await App.deploy(lab(), "split", ["replicas=2", "preStopSeconds=1"]);
  });

  after(() => app?.remove());

  for (const weight of [0, 0.5, 1, 10, 25, 50, 99, 100]) {
    it(`of ${weight} % sends that share of ${REQUESTS} requests to the canary`, async () => {
      await app.shift(weight);
      await measured(app, { primary: 100 - weight, canary: weight });
    });
  }

  it("between three variants sends each its share", async () => {
    const blue = ["canaries.blue.image=registry.example.com/split:1.2.0", "canaries.blue.weight=2.5"];
    const three = await App.deploy(lab(), "three", ["canaryWeight=5", "preStopSeconds=1", ...blue]);
    await measured(three, { primary: 92.5, canary: 5, blue: 2.5 });
    await three.remove();
  });

  describe("of 1 % at 30 requests a second", () => {
    const quiet = { rate: 30, requests: 600 };

    before(() => app.shift(1));

    it("sends the canary its share while no configuration is reloaded", async () => {
      const [origin = ""] = await origins(lab());
      await untilSettled(lab());
      const report = await send(lab(), { origins: [origin], host: app.host, ...quiet });
      const { canary = 0 } = answers(counts(report));
      assert.ok(Math.abs(canary - 6) <= 1, `${canary} of 600 requests`);
    });

    it("sends it nothing while an unrelated route changes every two seconds", async () => {
      const [origin = ""] = await origins(lab());
      const [before = 0] = await reloads(lab());
      const load = await Load.start(lab(), { origins: [origin], host: app.host, ...quiet });
      let over = false;
      const report = load.report.finally(() => {
        over = true;
      });
      for (let change = 0; !over; change++) {
        await lab().apply([unrelatedRoute(change)]);
        await sleep(THROTTLE_MS);
      }
      const { canary = 0, ...others } = answers(counts(await report));
      const [after = 0] = await reloads(lab());
      await lab().cluster.delete(unrelatedRoute(0));
      assert.ok(after - before >= 8, `${after - before} reloads`);
      assert.equal(total({ canary, ...others }), 600);
      assert.ok(canary <= 1, `${canary} of 600 requests`);
    });
  });
});

/** Holds a split to what Traefik promises between reloads: within one of each variant's share, at each Traefik. */
async function measured(app: App, weights: Record<string, number>): Promise<void> {
  const targets = await origins(lab());
  let before: number[];
  let counted: ReturnType<typeof counts>;
  do {
    await untilSettled(lab());
    before = await reloads(lab());
    counted = counts(await send(lab(), { origins: targets, host: app.host, requests: REQUESTS }));
  } while (String(await reloads(lab())) !== String(before));
  assert.deepEqual(failures(counted), {});
  assert.equal(total(counted), REQUESTS);
  for (const [variant, weight] of Object.entries(weights)) {
    const answered = answers(counted)[variant] ?? 0;
    const share = (REQUESTS * weight) / 100;
    assert.ok(
      Math.abs(answered - share) <= targets.length,
      `${variant}: ${answered} of ${REQUESTS} at ${weight} %`,
    );
  }
}

function unrelatedRoute(change: number) {
  return {
    apiVersion: "traefik.io/v1alpha1",
    kind: "IngressRoute",
    metadata: {
      name: "unrelated",
      namespace: "myapp",
      annotations: { "kubernetes.io/ingress.class": "traefik-external" },
    },
    spec: {
      routes: [
        {
          match: `Host(\`unrelated-${change}.example.com\`)`,
          kind: "Rule",
          services: [{ name: "myapp", port: 80 }],
        },
      ],
    },
  };
}

import assert from "node:assert/strict";
import { MetricError, type Series } from "../../analysis/source";
import { EmbeddedMetrics } from "../../embedded/metrics";
import { STACK, TARGET } from "../../embedded/story-stack";

describe("the embedded proxy's metrics", () => {
  let now: number;
  let metrics: EmbeddedMetrics;
  beforeEach(() => {
    now = 0;
    metrics = new EmbeddedMetrics({ now: () => now, elapsed: () => now, sleep: async () => {} });
  });

  const record = (time: number, service: string, status: number, milliseconds = 5): void => {
    now = time;
    metrics.record({ service, status, milliseconds, update: 0 });
  };

  const read = (query: string, service: string, from = 0, to = 1000): Promise<Series> =>
    metrics.read(
      { name: "any", source: "embedded", query, better: "higher", unit: "%" },
      { app: TARGET.app, namespace: STACK, variant: "primary", service, from, to },
    );

  it("are samples of a quarter of a second each, of one Service and the window alone", async () => {
    for (const [time, status] of [
      [10, 200],
      [20, 500],
      [300, 200],
      [999, 404],
      [1000, 500],
    ] as const)
      record(time, "appinfo", status);
    record(20, "appinfo-canary", 500);
    assert.deepEqual(await read("success-rate", "appinfo"), {
      samples: [
        { time: 250, value: 50 },
        { time: 500, value: 100 },
        { time: 1000, value: 100 },
      ],
      requests: 4,
      look: "success-rate of Service appinfo",
    });
    assert.equal((await read("success-rate", "appinfo", 1000, 2000)).requests, 1);
  });

  it("tell which latency nine of ten requests stay below", async () => {
    for (let i = 1; i <= 10; i++) record(i, "appinfo", 200, i * 10);
    assert.deepEqual((await read("latency-p90", "appinfo")).samples, [{ time: 250, value: 90 }]);
  });

  it("are none of a Service without requests", async () => {
    assert.deepEqual((await read("success-rate", "nobody")).samples, []);
  });

  it("know no other query", async () => {
    await assert.rejects(read("requests", "appinfo"), MetricError);
  });
});

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

  it("are counts of a quarter of a second each, of one Service and the window alone", async () => {
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
      samples: [],
      counts: {
        intervals: [
          { time: 250, requests: 2, bad: [1] },
          { time: 500, requests: 1, bad: [0] },
          { time: 1000, requests: 1, bad: [0] },
        ],
      },
      look: "success-rate of Service appinfo",
    });
    assert.deepEqual((await read("success-rate", "appinfo", 1000, 2000)).counts?.intervals, [
      { time: 1250, requests: 1, bad: [1] },
    ]);
  });

  it("count requests beyond each bound of latency", async () => {
    for (let i = 1; i <= 10; i++) record(i, "appinfo", 200, i * 10);
    const { bounds, intervals } = (await read("latency-p90", "appinfo")).counts ?? {};
    assert.deepEqual(bounds?.slice(4, 8), [16, 32, 64, 128]);
    assert.deepEqual(intervals?.[0]?.bad.slice(4, 8), [9, 7, 4, 0]);
  });

  it("are none of a Service without requests", async () => {
    assert.deepEqual((await read("success-rate", "nobody")).counts?.intervals, []);
  });

  it("know no other query", async () => {
    await assert.rejects(read("requests", "appinfo"), MetricError);
  });
});

import assert from "node:assert/strict";
import { type AnalysisWorld, ATTEMPTS, analyser } from "../../analysis/analyse";
import type { Judgement, Judgements } from "../../analysis/person";
import type { AnalysisPlan, MetricPlan } from "../../analysis/plan";
import { MetricError, type MetricSource, type Series, type Window } from "../../analysis/source";
import type { MetricVerdict, Verdict } from "../../analysis/verdict";
import { FakeClock, plan } from "../rollout/machine/world";

const LATENCY: MetricPlan = {
  name: "latency",
  source: "prometheus",
  query: "latency-p90",
  better: "lower",
  unit: "ms",
};
const SUCCESS: MetricPlan = {
  ...LATENCY,
  name: "success",
  query: "success-rate",
  better: "higher",
  unit: "%",
};

const series = (values: readonly number[], requests?: number): Series => ({
  samples: values.map((value, i) => ({ time: i, value })),
  look: "http://look",
  ...(requests !== undefined && { requests }),
});
const around = (value: number): number[] => [-2, -1, 0, 1, 2].map((i) => value + i / 10);

interface Given {
  readonly metric: MetricPlan;
  readonly canary: Series;
  readonly primary: Series;
  readonly analysis?: Partial<AnalysisPlan>;
}

const BAKE = { step: 1, weights: { "myapp/canary": 25 }, from: 0, to: 150_000 };

async function judge(
  source: MetricSource,
  metric: MetricPlan,
  change: Partial<AnalysisPlan> = {},
  more: Partial<AnalysisWorld> = {},
  bake = BAKE,
) {
  const clock = new FakeClock();
  const analysis = { ...plan().analysis, ...change, metrics: [metric] };
  const place = (app: string, variant: string) => ({ namespace: app, service: `${app}-${variant}` });
  const analyse = analyser(analysis, { sources: { prometheus: source }, clock, place, ...more });
  const verdict = await analyse(plan().targets, bake, new AbortController().signal);
  const [only] = verdict.metrics;
  assert.ok(only !== undefined);
  return { verdict, only, waited: clock.now() };
}

async function verdictOn({ metric, canary, primary, analysis }: Given): Promise<[Verdict, MetricVerdict]> {
  const read = async (_metric: MetricPlan, { variant }: Window) => (variant === "canary" ? canary : primary);
  const { verdict } = await judge({ read }, metric, analysis);
  const [only] = verdict.metrics;
  assert.ok(only !== undefined);
  return [verdict, only];
}

describe("The analysis of a canary", () => {
  const withThreshold = { ...LATENCY, threshold: 200 };
  const compared = { ...LATENCY, minEffectPercent: 10 };
  const both = { ...withThreshold, minEffectPercent: 10 };

  for (const { title, metric, canary, primary, outcome, reason } of [
    {
      title: "passes a value within its threshold",
      metric: withThreshold,
      canary: [150],
      primary: [100],
      outcome: "pass",
      reason: "canary 150 ms, primary 100 ms: within the threshold of 200 ms",
    },
    {
      title: "fails a value beyond its threshold, whatever the primary does, where it is not compared",
      metric: withThreshold,
      canary: [250],
      primary: [260],
      outcome: "fail",
      reason: "canary 250 ms, primary 260 ms: beyond the threshold of 200 ms",
    },
    {
      title: "fails a success rate below its threshold",
      metric: { ...SUCCESS, threshold: 99 },
      canary: [93.1],
      primary: [99.9],
      outcome: "fail",
      reason: "canary 93.1 %, primary 99.9 %: beyond the threshold of 99 %",
    },
    {
      title: "fails a canary that is worse than the primary",
      metric: compared,
      canary: around(150),
      primary: around(100),
      outcome: "fail",
      reason:
        "canary 150 ms, primary 100 ms: 50 % worse, by chance with probability 0.006093; allowed: 10 % worse",
    },
    {
      title: "passes a canary that is worse by less than the minimal effect",
      metric: compared,
      canary: around(105),
      primary: around(100),
      outcome: "pass",
      reason: "canary 105 ms, primary 100 ms: 5 % worse, by chance with probability 0.006093",
    },
    {
      title: "passes a canary that is better",
      metric: compared,
      canary: around(50),
      primary: around(100),
      outcome: "pass",
      reason: "canary 50 ms, primary 100 ms: 50 % better, by chance with probability 0.9967",
    },
    {
      title: "passes a difference that may be chance",
      metric: compared,
      canary: [90, 300, 95, 310, 120],
      primary: [100, 305, 85, 110, 99],
      outcome: "pass",
      reason: "canary 120 ms, primary 100 ms: 20 % worse, by chance with probability 0.3381",
    },
    {
      title: "passes a bad day for both",
      metric: both,
      canary: around(400),
      primary: around(400),
      outcome: "pass",
      reason:
        "canary 400 ms, primary 400 ms: both beyond the threshold of 200 ms, the canary the same, by chance with probability 0.5422",
    },
    {
      title: "fails a canary that is worse on a bad day for both",
      metric: both,
      canary: around(600),
      primary: around(400),
      outcome: "fail",
      reason:
        "canary 600 ms, primary 400 ms: 50 % worse, by chance with probability 0.006093; allowed: 10 % worse",
    },
    {
      title: "fails a canary beyond the threshold beside a primary within, however few the samples",
      metric: both,
      canary: [250],
      primary: [100],
      outcome: "fail",
      reason: "canary 250 ms, primary 100 ms: beyond the threshold of 200 ms",
    },
    {
      title: "fails a canary within the threshold that is worse than the primary",
      metric: both,
      canary: around(150),
      primary: around(100),
      outcome: "fail",
      reason:
        "canary 150 ms, primary 100 ms: 50 % worse, by chance with probability 0.006093; allowed: 10 % worse",
    },
    {
      title: "goes by the threshold where the primary has no requests, as at weight 100",
      metric: both,
      canary: around(150),
      primary: [],
      outcome: "pass",
      reason:
        "canary 150 ms, primary without a value: within the threshold of 200 ms, and not compared, as the primary has no samples",
    },
    {
      title: "counts any error where the primary has none",
      metric: { ...LATENCY, unit: "%", minEffectPercent: 50 },
      canary: around(5),
      primary: [0, 0, 0, 0, 0],
      outcome: "fail",
      reason:
        "canary 5 %, primary 0 %: worse than nothing at all, by chance with probability 0.003747; allowed: 50 % worse",
    },
  ] as const) {
    it(title, async () => {
      const [verdict, only] = await verdictOn({ metric, canary: series(canary), primary: series(primary) });
      assert.deepEqual({ outcome: only.outcome, reason: only.reason }, { outcome, reason });
      assert.equal(verdict.outcome, outcome);
    });
  }

  it("tells the medians, the samples, the probability and where to look", async () => {
    const [verdict, only] = await verdictOn({
      metric: compared,
      canary: series(around(150)),
      primary: series(around(100)),
    });
    assert.equal(verdict.time, BAKE.to);
    assert.deepEqual([only.canaryValue, only.baselineValue], [150, 100]);
    assert.deepEqual([only.canarySamples.length, only.baselineSamples.length], [5, 5]);
    assert.ok(only.probability !== undefined && only.probability < 0.05);
    assert.equal(only.look, "http://look");
  });

  for (const [onNoTraffic, outcome, metricOutcome] of [
    ["hold", "hold", "no-traffic"],
    ["fail", "fail", "fail"],
    ["proceed", "pass", "no-traffic"],
  ] as const) {
    it(`makes "${outcome}" of too few requests where they mean to ${onNoTraffic}`, async () => {
      const [verdict, only] = await verdictOn({
        metric: withThreshold,
        canary: series([900], 3),
        primary: series([100], 300),
        analysis: { onNoTraffic },
      });
      assert.equal(verdict.outcome, outcome);
      assert.equal(only.outcome, metricOutcome);
      assert.equal(only.reason, "canary 900 ms, primary 100 ms: the canary had 3 requests, fewer than 10");
    });
  }

  describe("at a step's begin, before the window has its whole length", () => {
    const early = { ...BAKE, from: 120_000 };
    for (const onNoTraffic of ["hold", "fail", "proceed"] as const) {
      for (const { title, metric, canary, primary, why } of [
        {
          title: "without samples",
          metric: withThreshold,
          canary: series([]),
          primary: series([]),
          why: "the canary has no samples",
        },
        {
          title: "with too few requests",
          metric: withThreshold,
          canary: series([150], 3),
          primary: series([100], 30),
          why: "the canary had 3 requests, fewer than 10",
        },
        {
          title: "with too few samples to compare",
          metric: compared,
          canary: series([150], 50),
          primary: series([100], 300),
          why: "1 and 1 samples are too few to compare",
        },
        {
          title: "with nothing to be compared with",
          metric: compared,
          canary: series(around(150)),
          primary: series([]),
          why: "the primary has no samples",
        },
      ]) {
        it(`holds a canary ${title}, though no traffic means to ${onNoTraffic}`, async () => {
          const read = async (_metric: MetricPlan, { variant }: Window) =>
            variant === "canary" ? canary : primary;
          const { verdict, only } = await judge({ read }, metric, { onNoTraffic }, {}, early);
          assert.deepEqual([verdict.outcome, only.outcome], ["hold", "too-early"]);
          assert.ok(only.reason.endsWith(`: too early to judge, after 30 s of 150: ${why}`), only.reason);
        });
      }
    }

    it("fails one that is seen to be bad", async () => {
      const { only } = await judge({ read: async () => series([250], 50) }, withThreshold, {}, {}, early);
      assert.equal(only.outcome, "fail");
    });

    it("lasts as long as the source looks back", async () => {
      const source = { windowSeconds: 420, read: async () => series([]) };
      const outcomeAt = async (seconds: number) => {
        const bake = { ...BAKE, to: seconds * 1000 };
        return (await judge(source, withThreshold, { onNoTraffic: "fail" }, {}, bake)).verdict.outcome;
      };
      assert.deepEqual([await outcomeAt(419), await outcomeAt(420)], ["hold", "fail"]);
    });
  });

  it("holds while there are too few samples to compare, though traffic is there, even where no traffic fails", async () => {
    const [verdict, only] = await verdictOn({
      metric: compared,
      canary: series([900, 901], 50),
      primary: series([100, 101], 300),
      analysis: { onNoTraffic: "fail" },
    });
    assert.equal(verdict.outcome, "hold");
    assert.equal(only.reason, "canary 900.5 ms, primary 100.5 ms: 2 and 2 samples are too few to compare");
  });

  it("looks back over five intervals, or as far as the source needs, but not to before the weight was observed", async () => {
    const spans: number[] = [];
    const source = (windowSeconds?: number): MetricSource => ({
      ...(windowSeconds !== undefined && { windowSeconds }),
      async read(_metric, { from, to }) {
        spans.push((to - from) / 1000);
        return series([150]);
      },
    });
    const late = { ...BAKE, to: 3_600_000 };
    await judge(source(), withThreshold, {}, {}, late);
    await judge(source(420), withThreshold, {}, {}, late);
    await judge(source(420), withThreshold, { intervalSeconds: 120 }, {}, late);
    await judge(source(420), withThreshold, {}, {}, { ...late, from: 3_500_000 });
    assert.deepEqual(spans, [150, 150, 420, 420, 600, 600, 100, 100]);
  });

  describe("where a variant gets no requests by its weight", () => {
    const idle = (app: string, variant: string) =>
      variant === "primary" ? `the weights leave ${app}'s ${variant} no requests` : undefined;
    const read = async (_metric: MetricPlan, { variant }: Window) => {
      if (variant === "primary") throw new Error("nobody is to be asked");
      return series(around(150));
    };

    it("passes a metric that is only compared, and says why", async () => {
      const { verdict, only } = await judge({ read }, compared, { onNoTraffic: "fail" }, { idle });
      assert.equal(verdict.outcome, "pass");
      assert.equal(
        only.reason,
        "canary 150 ms: not compared, as the weights leave myapp's primary no requests",
      );
    });

    it("goes by the threshold, if there is one", async () => {
      const { only } = await judge({ read }, { ...both, threshold: 100 }, {}, { idle });
      assert.equal(only.outcome, "fail");
      assert.match(
        only.reason,
        /^canary 150 ms: beyond the threshold of 100 ms, and not compared, as the weights/,
      );
    });

    it("still holds a canary without requests", async () => {
      const { only } = await judge({ read: async () => series([]) }, compared, {}, { idle });
      assert.equal(only.outcome, "no-traffic");
    });

    it("passes a metric whose source counts where no users are", async () => {
      const { only } = await judge({ read }, withThreshold, {}, { idle: () => "DNS leads nobody there" });
      assert.deepEqual([only.outcome, only.reason], ["pass", "not judged, as DNS leads nobody there"]);
    });
  });

  it("compares with another baseline than the primary, where there is one", async () => {
    const read = async (_metric: MetricPlan, { variant }: Window) =>
      series(around(variant === "canary" ? 150 : variant === "baseline" ? 145 : 50));
    const { only } = await judge({ read }, compared, {}, { baselineOf: () => "baseline" });
    assert.equal(only.outcome, "pass");
    assert.match(only.reason, /^canary 150 ms, baseline 145 ms: 3\.448 % worse/);
  });

  describe("by a person", () => {
    const asked = { ...LATENCY, name: "checkout", source: "person", query: "Can you buy something?" };
    const said = (judgement?: Judgement): Judgements => ({
      of: (step, metric) => (step === 1 && metric === "checkout" ? judgement : undefined),
      howTo: (metric) => `canary judge ${metric}`,
    });
    const person = (judgement?: Judgement) =>
      judge(
        { read: async () => series([]) },
        asked,
        { onNoTraffic: "proceed" },
        { judgements: said(judgement) },
      );

    it("holds until somebody answers, and says how", async () => {
      const { verdict, only } = await person();
      assert.equal(verdict.outcome, "hold");
      assert.deepEqual(
        [only.outcome, only.reason, only.look],
        ["unanswered", "waits for a person: canary judge checkout", "Can you buy something?"],
      );
    });

    it("is what was said, a failure for good", async () => {
      const passed = await person({ outcome: "pass", by: "ann@host" });
      assert.deepEqual([passed.verdict.outcome, passed.only.reason], ["pass", "ann@host says pass"]);
      assert.equal(passed.verdict.isFinal, undefined);
      const failed = await person({ outcome: "fail", by: "ann@host", reason: "no prices" });
      assert.deepEqual([failed.verdict.outcome, failed.verdict.isFinal], ["fail", true]);
      assert.equal(failed.only.reason, "ann@host says fail: no prices");
    });
  });

  it("asks a source that fails again, and judges by what it then says", async () => {
    let failures = 1;
    const read = async () => {
      if (failures-- > 0) throw new MetricError("down");
      return series([250]);
    };
    const { verdict, waited } = await judge({ read }, withThreshold);
    assert.equal(verdict.outcome, "fail");
    assert.equal(waited, 1000);
  });

  it("holds where a source goes on failing, which is no verdict on the canary", async () => {
    const asked: string[] = [];
    const read = async (_metric: MetricPlan, { variant }: Window) => {
      asked.push(variant);
      throw new MetricError("prometheus can't be reached");
    };
    const { verdict } = await judge({ read }, withThreshold, { onNoTraffic: "proceed" });
    assert.equal(verdict.outcome, "hold");
    assert.equal(verdict.metrics[0]?.outcome, "source-failed");
    assert.equal(verdict.metrics[0]?.reason, "no value of the canary: prometheus can't be reached");
    assert.equal(asked.filter((variant) => variant === "canary").length, ATTEMPTS);
  });

  describe("where the primary alone can't be read", () => {
    const judgedAlone = async (metric: MetricPlan, value: number) => {
      const read = async (_metric: MetricPlan, { variant }: Window) => {
        if (variant === "primary") throw new MetricError("the query has 2 series");
        return series(around(value));
      };
      const { only } = await judge({ read }, metric);
      return [only.outcome, only.reason];
    };

    it("goes by the threshold of a metric that is not compared", async () => {
      assert.deepEqual(await judgedAlone(withThreshold, 250), [
        "fail",
        "canary 250 ms, primary without a value: beyond the threshold of 200 ms",
      ]);
      assert.deepEqual(await judgedAlone(withThreshold, 150), [
        "pass",
        "canary 150 ms, primary without a value: within the threshold of 200 ms",
      ]);
    });

    it("fails a canary beyond the threshold, though it is not compared", async () => {
      assert.deepEqual(await judgedAlone(both, 250), [
        "fail",
        "canary 250 ms, primary without a value: beyond the threshold of 200 ms, and not compared, " +
          "as there is no value of the primary: the query has 2 series",
      ]);
    });

    it("holds a canary that is still to be compared", async () => {
      for (const metric of [both, compared]) {
        assert.deepEqual(await judgedAlone(metric, 150), [
          "source-failed",
          "canary 150 ms, primary without a value: not compared, " +
            "as there is no value of the primary: the query has 2 series",
        ]);
      }
    });
  });

  it("fails where one metric fails, though the source of another does", async () => {
    const analysis = {
      ...plan().analysis,
      metrics: [withThreshold, { ...withThreshold, name: "other", source: "down" }],
    };
    const verdict = await analyser(analysis, {
      sources: { prometheus: { read: async () => series([250]) } },
      clock: new FakeClock(),
      place: () => ({ namespace: "n", service: "s" }),
    })(plan().targets, BAKE, new AbortController().signal);
    assert.deepEqual(
      verdict.metrics.map(({ outcome }) => outcome),
      ["fail", "source-failed"],
    );
    assert.equal(verdict.outcome, "fail");
  });

  it("ends at once when it is interrupted, without a verdict", async () => {
    const stop = new AbortController();
    const read = async () => {
      stop.abort(new Error("stopped"));
      throw new MetricError("down");
    };
    const analysis = { ...plan().analysis, metrics: [withThreshold] };
    const analyse = analyser(analysis, {
      sources: { prometheus: { read } },
      clock: new FakeClock(),
      place: () => ({ namespace: "n", service: "s" }),
    });
    await assert.rejects(analyse(plan().targets, BAKE, stop.signal), /stopped/);
  });
});

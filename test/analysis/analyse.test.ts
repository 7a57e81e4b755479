import assert from "node:assert/strict";
import { analyser, type Bake } from "../../analysis/analyse";
import type { Judgement, Judgements } from "../../analysis/person";
import type { AnalysisPlan, MetricPlan } from "../../analysis/plan";
import { ATTEMPTS } from "../../analysis/reading";
import { MetricError, type MetricSource, type Series, type Window } from "../../analysis/source";
import type { MetricVerdict, Verdict } from "../../analysis/verdict";
import type { AnalysisWorld } from "../../analysis/world";
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

const series = (values: readonly number[]): Series => ({
  samples: values.map((value, i) => ({ time: i * 1000, value })),
  look: "http://look",
});
const around = (value: number): number[] => [-4, -3, -2, -1, 0, 1, 2, 3].map((i) => value + i / 10);

/** Counts of errors, one interval after the other. */
const counts = (...intervals: (readonly [bad: number, requests: number])[]): Series => ({
  samples: [],
  counts: {
    intervals: intervals.map(([bad, requests], i) => ({ time: (i + 1) * 15_000, requests, bad: [bad] })),
  },
  look: "http://look",
});
/** So many intervals that are all the same. */
const steady = (bad: number, requests: number, length = 10): Series =>
  counts(...Array.from({ length }, () => [bad, requests] as const));

interface Given {
  readonly metric: MetricPlan;
  readonly canary: Series;
  readonly primary: Series;
  readonly analysis?: Partial<AnalysisPlan>;
}

const BAKE = { step: 1, weights: { "myapp/canary": 25 }, from: 0, to: 150_000, bakeSeconds: 150 };

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

/** What is read of either variant since the step's begin; of what was before it nothing. */
const reading =
  (canary: Series, primary: Series): MetricSource["read"] =>
  async (_metric, { variant, from }) =>
    from < 0 ? { samples: [], look: "" } : variant === "canary" ? canary : primary;

async function verdictOn({ metric, canary, primary, analysis }: Given): Promise<[Verdict, MetricVerdict]> {
  const { verdict } = await judge({ read: reading(canary, primary) }, metric, analysis);
  const [only] = verdict.metrics;
  assert.ok(only !== undefined);
  return [verdict, only];
}

describe("The analysis of a canary by counts", () => {
  const compared = { ...SUCCESS, minEffectPercent: 0.5 };
  const both = { ...compared, threshold: 99 };
  const withThreshold = { ...SUCCESS, threshold: 99 };

  for (const { title, metric, canary, primary, outcome, reason } of [
    {
      title:
        "fails a canary with more errors than its share of the requests, and says how many would be expected",
      metric: compared,
      canary: steady(3, 100),
      primary: steady(1, 300),
      outcome: "fail",
      reason: "canary 30 errors in 1,000 requests; 3 would be expected: 2.676 % worse",
    },
    {
      title: "passes one with as many",
      metric: both,
      canary: steady(1, 100),
      primary: steady(3, 300),
      outcome: "pass",
      reason: "canary 10 errors in 1,000 requests; 10 would be expected: the same",
    },
    {
      title: "passes a bad day for both, though both are beyond the threshold",
      metric: both,
      canary: steady(5, 100),
      primary: steady(15, 300),
      outcome: "pass",
      reason: "canary 50 errors in 1,000 requests; 50 would be expected: the same",
    },
    {
      title: "fails one that is worse on a bad day for both",
      metric: both,
      canary: steady(20, 100),
      primary: steady(15, 300),
      outcome: "fail",
      reason: "canary 200 errors in 1,000 requests; 50 would be expected: 15.79 % worse",
    },
    {
      title: "goes by the threshold alone where a metric has no other",
      metric: withThreshold,
      canary: steady(5, 100),
      primary: steady(15, 300),
      outcome: "fail",
      reason: "canary 50 errors in 1,000 requests; 50 would be expected: beyond the threshold of 99 %",
    },
    {
      title: "does not take back what is beyond the threshold by a single error",
      metric: withThreshold,
      canary: counts([1, 75]),
      primary: steady(0, 300),
      outcome: "pass",
      reason: "canary 1 error in 75 requests; 0 would be expected: within the threshold of 99 %",
    },
    {
      title: "does not let a single burst decide",
      metric: compared,
      canary: counts([0, 100], [0, 100], [0, 100], [90, 100]),
      primary: counts([1, 300], [1, 300], [1, 300], [1, 300]),
      outcome: "unclear",
      reason: "canary 90 errors in 400 requests; 1 would be expected: 22.24 % worse, perhaps by chance",
    },
    {
      title: "counts a burst that both have against nobody",
      metric: compared,
      canary: counts([0, 100], [50, 100], [45, 100], [0, 100]),
      primary: counts([1, 300], [160, 300], [140, 300], [1, 300]),
      outcome: "pass",
      reason: "canary 95 errors in 400 requests; 101 would be expected: 1.893 % better",
    },
  ] as const) {
    it(title, async () => {
      const source = { read: reading(canary, primary) };
      const { verdict, only } = await judge(source, metric, {}, { steps: 5 });
      assert.deepEqual([only.outcome, only.reason], [outcome, reason]);
      assert.equal(verdict.outcome, outcome === "unclear" ? "hold" : outcome);
      assert.doesNotMatch(only.reason, /probability|chance with/);
    });
  }

  it("tells the rates, where to look, and how far the evidence has come either way", async () => {
    const [verdict, only] = await verdictOn({
      metric: compared,
      canary: steady(1, 1000),
      primary: steady(3, 3000),
    });
    assert.equal(verdict.time, BAKE.to);
    assert.deepEqual([only.canaryValue, only.baselineValue, only.look], [99.9, 99.9, "http://look"]);
    assert.ok(only.evidence?.noWorse !== undefined);
    const { worse, noWorse } = only.evidence;
    assert.ok(worse.value < 1 && Math.abs(worse.limit - 20) < 1e-9, JSON.stringify(worse));
    assert.ok(noWorse.value > noWorse.limit, JSON.stringify(noWorse));
  });

  it("shares the false alarms that are allowed out among metrics, canaries and steps", async () => {
    const source = { read: reading(steady(0, 100), steady(0, 300)) };
    const limit = async (change: Partial<AnalysisPlan>, more: Partial<AnalysisWorld>) =>
      Math.round((await judge(source, compared, change, more)).only.evidence?.worse.limit ?? 0);
    assert.equal(await limit({}, {}), 20);
    assert.equal(await limit({ falseAlarm: 1 }, { steps: 5 }), 500);
  });

  it("knows how bad the primary was before it lost its last request", async () => {
    const idle = (_app: string, variant: string) =>
      variant === "primary" ? "the weights leave the primary no requests" : undefined;
    const outcomeWith = async (before: Series) => {
      const read: MetricSource["read"] = async (_metric, { variant, from }) =>
        variant === "canary" ? steady(4, 200) : from < 0 ? before : assert.fail("nobody asks");
      const { only } = await judge({ read }, both, {}, { idle });
      return [only.outcome, only.reason];
    };
    assert.deepEqual(await outcomeWith(steady(20, 1000)), [
      "pass",
      "canary 40 errors in 2,000 requests: within the threshold of 99 %, and not compared, as the weights leave the primary no requests",
    ]);
    assert.deepEqual(await outcomeWith(steady(1, 1000)), [
      "fail",
      "canary 40 errors in 2,000 requests: beyond the threshold of 99 %",
    ]);
  });

  it("expects of a primary whose errors come in bursts that the canary's do so, too", async () => {
    const quiet = counts(...Array.from({ length: 200 }, () => [1, 1000] as const));
    const bursts = counts(...Array.from({ length: 200 }, (_, i) => [i % 20 === 0 ? 200 : 1, 1000] as const));
    const outcomeAfter = async (before: Series) => {
      const canary = counts([1, 100], [18, 100], [15, 100], [16, 100], [17, 100], [0, 100], [0, 100]);
      const read: MetricSource["read"] = async (_metric, { variant, from }) =>
        from < 0 ? before : variant === "canary" ? canary : steady(1, 300, 7);
      return (await judge({ read }, compared)).only.outcome;
    };
    assert.equal(await outcomeAfter(quiet), "fail");
    assert.notEqual(await outcomeAfter(bursts), "fail");
  });

  describe("with few requests", () => {
    for (const [onNoTraffic, outcome, metricOutcome] of [
      ["hold", "hold", "no-traffic"],
      ["fail", "fail", "fail"],
      ["proceed", "pass", "no-traffic"],
    ] as const) {
      it(`makes "${outcome}" of them where they mean to ${onNoTraffic}, once the bake is over`, async () => {
        const given = { metric: compared, canary: steady(0, 1, 3), primary: steady(0, 30) };
        const [verdict, only] = await verdictOn({ ...given, analysis: { onNoTraffic } });
        assert.deepEqual([verdict.outcome, only.outcome], [outcome, metricOutcome]);
        assert.match(
          only.reason,
          /^canary 0 errors in 3 requests; 0 would be expected: fewer than 10 requests$/,
        );
        const early = { ...BAKE, to: 149_000 };
        const source = { read: reading(given.canary, given.primary) };
        const before = await judge(source, compared, { onNoTraffic }, {}, early);
        assert.deepEqual([before.verdict.outcome, before.only.outcome], ["hold", "too-early"]);
      });

      it(`sees nine failures of nine requests, though too few mean to ${onNoTraffic}`, async () => {
        const [verdict] = await verdictOn({
          metric: compared,
          canary: steady(1, 1, 9),
          primary: steady(0, 30),
          analysis: { onNoTraffic, minRequests: 30 },
        });
        assert.equal(verdict.outcome, "fail");
      });

      it(`does not go on after two failures of two, though too few mean to ${onNoTraffic}`, async () => {
        const [verdict] = await verdictOn({
          metric: compared,
          canary: steady(1, 1, 2),
          primary: steady(0, 60),
          analysis: { onNoTraffic: onNoTraffic === "fail" ? "hold" : onNoTraffic, falseAlarm: 1 },
        });
        assert.equal(verdict.outcome, "hold");
      });
    }

    it("takes as enough what the weight gives of many, though chance gave the canary some fewer", async () => {
      const outcomeOf = async (requests: number) => {
        const given = {
          metric: compared,
          canary: counts([0, requests]),
          primary: counts([0, 120 - requests]),
        };
        return (await verdictOn({ ...given, analysis: { minRequests: 30 } }))[1].outcome;
      };
      assert.deepEqual([await outcomeOf(24), await outcomeOf(10)], ["pass", "no-traffic"]);
    });

    it("finds no requests at all no evidence of anything", async () => {
      const [, only] = await verdictOn({ metric: compared, canary: counts(), primary: steady(5, 300) });
      assert.deepEqual([only.outcome, only.canaryValue], ["no-traffic", undefined]);
    });
  });

  describe("by latency", () => {
    const bounds = [100, 300, 1200, 5000];
    const slow = (beyond: readonly number[], length = 12): Series => ({
      samples: [],
      counts: {
        bounds,
        intervals: Array.from({ length }, (_, i) => ({
          time: (i + 1) * 15_000,
          requests: 200,
          bad: [...beyond],
        })),
      },
      look: "",
    });
    const p90 = { ...LATENCY, minEffectPercent: 20 };

    it("fails a canary with more requests beyond the bounds, and tells the quantiles", async () => {
      const [, only] = await verdictOn({
        metric: p90,
        canary: slow([70, 9, 1, 0]),
        primary: slow([36, 2, 0, 0]),
      });
      assert.equal(only.outcome, "fail");
      assert.match(
        only.reason,
        /^canary p90 2\d\d(\.\d)? ms, primary 13\d(\.\d)? ms, in [\d,]+ requests: \d\d/,
      );
    });

    it("fails one that is slow beside a primary that is faster than any bound", async () => {
      const [, only] = await verdictOn({
        metric: p90,
        canary: slow([200, 0, 0, 0]),
        primary: slow([0, 0, 0, 0]),
      });
      assert.equal(only.outcome, "fail");
      const both = slow([0, 0, 0, 0]);
      assert.equal((await verdictOn({ metric: p90, canary: both, primary: both }))[1].outcome, "pass");
    });

    it("passes one with as many, and one whose few slow ones are below the quantile", async () => {
      const primary = slow([36, 2, 0, 0]);
      assert.equal((await verdictOn({ metric: p90, canary: primary, primary }))[1].outcome, "pass");
      const [, tail] = await verdictOn({ metric: p90, canary: slow([36, 4, 4, 4]), primary });
      assert.notEqual(tail.outcome, "fail");
    });

    it("does not judge latency while the canary warms up, but its errors", async () => {
      const first = { ...BAKE, step: 0, to: 119_000, bakeSeconds: 300 };
      const source = { read: reading(slow([200, 190, 0, 0], 7), slow([36, 2, 0, 0], 7)) };
      const { only } = await judge(source, p90, {}, {}, first);
      assert.equal(only.outcome, "too-early");
      const errors = { read: reading(steady(50, 100), steady(0, 300)) };
      assert.equal((await judge(errors, compared, {}, {}, first)).only.outcome, "fail");
    });
  });

  it("remembers what it was told, and asks for what is new alone", async () => {
    const asked: number[] = [];
    const read: MetricSource["read"] = async (_metric, { variant, from, to }) => {
      if (from < 0) return { samples: [], look: "" };
      if (variant === "canary") asked.push(from / 1000);
      const ends = Array.from({ length: 100 }, (_, i) => (i + 1) * 15_000).filter(
        (end) => end > from && end <= to,
      );
      const bad = variant === "canary" ? 3 : 1;
      return {
        samples: [],
        look: "",
        counts: { intervals: ends.map((time) => ({ time, requests: 100, bad: [bad] })) },
      };
    };
    const analyse = analyser(
      { ...plan().analysis, metrics: [compared] },
      {
        sources: { prometheus: { read } },
        clock: new FakeClock(),
        place: () => ({ namespace: "n", service: "s" }),
      },
    );
    const at = async (seconds: number) =>
      (await analyse(plan().targets, { ...BAKE, to: seconds * 1000 }, new AbortController().signal))
        .metrics[0];
    await at(30);
    await at(90);
    const last = await at(150);
    assert.deepEqual(asked, [0, 0, 60]);
    assert.match(last?.reason ?? "", /^canary 30 errors in 1,000 requests;/);
  });

  it("takes the last total off where a source tells no more, and a total that fell for none", async () => {
    const totals = [
      [0, 100],
      [40, 200],
      [80, 300],
      [120, 400],
      [2, 30],
    ] as const;
    let look = -1;
    const read: MetricSource["read"] = async (_metric, { variant, to, from }) => {
      const [bad, requests] = variant === "canary" ? (totals[look] ?? [0, 0]) : [look, 1000 * (look + 1)];
      return {
        samples: [],
        look: "",
        counts: from < 0 ? undefined : { told: "total", intervals: [{ time: to, requests, bad: [bad] }] },
      } as Series;
    };
    const analyse = analyser(
      { ...plan().analysis, metrics: [compared] },
      {
        sources: { prometheus: { read } },
        clock: new FakeClock(),
        place: () => ({ namespace: "n", service: "s" }),
      },
    );
    const reasons: string[] = [];
    for (look = 0; look < 5; look++) {
      const verdict = await analyse(
        plan().targets,
        { ...BAKE, to: 30_000 * (look + 1) },
        new AbortController().signal,
      );
      reasons.push(verdict.metrics[0]?.reason ?? "");
    }
    assert.match(
      reasons[3] ?? "",
      /^canary 120 errors in 400 requests; 0 would be expected: 29.9\d? % worse$/,
    );
    assert.match(reasons[4] ?? "", /^canary 120 errors in 400 requests;/);
  });

  it("makes nothing of counts that make no sense", async () => {
    for (const bad of [counts([5, 3]), counts([-1, 3]), counts([0, Number.NaN])]) {
      const [verdict, only] = await verdictOn({ metric: compared, canary: bad, primary: steady(1, 10) });
      assert.deepEqual([verdict.outcome, only.outcome], ["hold", "source-failed"]);
    }
  });
});

describe("The analysis of a canary by plain numbers", () => {
  const withThreshold = { ...LATENCY, threshold: 200 };
  const compared = { ...LATENCY, minEffectPercent: 10 };
  const both = { ...withThreshold, minEffectPercent: 10 };
  const long = (value: number): number[] => Array.from({ length: 16 }, (_, i) => value + (i % 8) / 10);

  for (const { title, metric, canary, primary, outcome, reason } of [
    {
      title: "passes values within their threshold",
      metric: withThreshold,
      canary: [150],
      primary: [100],
      outcome: "pass",
      reason: "canary 150 ms, primary 100 ms: within the threshold of 200 ms",
    },
    {
      title: "fails values beyond their threshold, whatever the primary does, where they are not compared",
      metric: withThreshold,
      canary: long(250),
      primary: long(260),
      outcome: "fail",
      reason: "canary 250.4 ms, primary 260.4 ms: beyond the threshold of 200 ms",
    },
    {
      title: "does not let one value beyond it decide",
      metric: withThreshold,
      canary: [100, 100, 100, 900, 100, 100],
      primary: [100],
      outcome: "pass",
      reason: "canary 100 ms, primary 100 ms: within the threshold of 200 ms",
    },
    {
      title: "fails a canary that is worse than the primary",
      metric: compared,
      canary: around(150),
      primary: around(100),
      outcome: "fail",
      reason: "canary 149.9 ms, primary 99.95 ms: 50.03 % worse",
    },
    {
      title: "passes a canary that is worse by less than the minimal effect",
      metric: compared,
      canary: around(105),
      primary: around(100),
      outcome: "pass",
      reason: "canary 105 ms, primary 99.95 ms: 5.003 % worse",
    },
    {
      title: "passes a difference that may be chance",
      metric: compared,
      canary: [90, 300, 95, 310, 120, 99, 101, 98],
      primary: [100, 305, 85, 110, 99, 97, 99, 96],
      outcome: "pass",
      reason: "canary 100 ms, primary 99 ms: 1.01 % worse",
    },
    {
      title: "passes a bad day for both",
      metric: both,
      canary: long(400),
      primary: long(400),
      outcome: "pass",
      reason: "canary 400.4 ms, primary 400.4 ms: the same",
    },
    {
      title: "goes by the threshold where the primary has no samples",
      metric: both,
      canary: around(150),
      primary: [],
      outcome: "pass",
      reason:
        "canary 149.9 ms, primary without a value: within the threshold of 200 ms, and not compared, as the primary has no samples",
    },
    {
      title: "holds while there are too few samples to compare",
      metric: compared,
      canary: [900, 901],
      primary: [100, 101],
      outcome: "no-traffic",
      reason: "canary 900.5 ms, primary 100.5 ms: 2 and 2 samples are too few to compare: it takes 8",
    },
  ] as const) {
    it(title, async () => {
      const [, only] = await verdictOn({ metric, canary: series(canary), primary: series(primary) });
      assert.deepEqual({ outcome: only.outcome, reason: only.reason }, { outcome, reason });
    });
  }

  describe("where a variant gets no requests by its weight", () => {
    const idle = (app: string, variant: string) =>
      variant === "primary" ? `the weights leave ${app}'s ${variant} no requests` : undefined;
    const read: MetricSource["read"] = async (_metric, { variant, from }) => {
      if (variant === "primary" && from >= 0) throw new Error("nobody is to be asked");
      return series(around(150));
    };

    it("passes a metric that is only compared, and says why", async () => {
      const { verdict, only } = await judge({ read }, compared, { onNoTraffic: "fail" }, { idle });
      assert.equal(verdict.outcome, "pass");
      assert.equal(
        only.reason,
        "canary 149.9 ms: not compared, as the weights leave myapp's primary no requests",
      );
    });

    it("goes by the threshold, if there is one", async () => {
      const far: MetricSource["read"] = async () => series(long(150));
      const { only } = await judge({ read: far }, { ...both, threshold: 100 }, {}, { idle });
      assert.deepEqual(
        [only.outcome, only.reason],
        ["fail", "canary 150.4 ms: beyond the threshold of 100 ms"],
      );
    });

    it("still holds a canary without samples", async () => {
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
    assert.match(only.reason, /^canary 149\.9 ms, baseline 144\.9 ms: 3\.449 % worse/);
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

    it("is what was said", async () => {
      const passed = await person({ outcome: "pass", by: "ann@host" });
      assert.deepEqual([passed.verdict.outcome, passed.only.reason], ["pass", "ann@host says pass"]);
      const failed = await person({ outcome: "fail", by: "ann@host", reason: "no prices" });
      assert.equal(failed.verdict.outcome, "fail");
      assert.equal(failed.only.reason, "ann@host says fail: no prices");
    });
  });

  it("asks a source that fails again, and judges by what it then says", async () => {
    let failures = 1;
    const read = async () => {
      if (failures-- > 0) throw new MetricError("down");
      return series(long(250));
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
        return series(long(value));
      };
      const { only } = await judge({ read }, metric);
      return [only.outcome, only.reason];
    };

    it("goes by the threshold of a metric that is not compared", async () => {
      assert.deepEqual(await judgedAlone(withThreshold, 250), [
        "fail",
        "canary 250.4 ms, primary without a value: beyond the threshold of 200 ms",
      ]);
      assert.deepEqual(await judgedAlone(withThreshold, 150), [
        "pass",
        "canary 150.4 ms, primary without a value: within the threshold of 200 ms",
      ]);
    });

    it("fails a canary beyond the threshold, though it is not compared", async () => {
      assert.deepEqual(await judgedAlone(both, 250), [
        "fail",
        "canary 250.4 ms, primary without a value: beyond the threshold of 200 ms",
      ]);
    });

    it("holds a canary that is still to be compared", async () => {
      for (const metric of [both, compared]) {
        assert.deepEqual(await judgedAlone(metric, 150), [
          "source-failed",
          "canary 150.4 ms, primary without a value: not compared, " +
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
      sources: { prometheus: { read: async () => series(long(250)) } },
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

describe("The analysis of users on Kubernetes beside those on AWS", () => {
  const MINUTE = 60_000;
  const target = { app: "myapp", canary: "Kubernetes" };
  const bake = { step: 1, weights: { "myapp/Kubernetes": 25 }, from: 0, to: 10 * MINUTE, bakeSeconds: 300 };
  const asked: Window[] = [];

  /** Both sides by sources of their own: the one every 15 s, the other once a minute, three minutes late. */
  const sides = (slow: { kubernetes: number; aws: number }, requests = { kubernetes: 100, aws: 300 }) => {
    const series = (
      length: number,
      until: number,
      all: number,
      bounds: readonly number[],
      beyond: number,
    ) => ({
      samples: [],
      look: "http://look",
      counts: {
        bounds,
        length,
        until,
        intervals: Array.from({ length: until / length }, (_, i) => ({
          time: (i + 1) * length,
          requests: all,
          bad: bounds.map((bound) => (bound < 300 ? all : Math.round(all * beyond))),
        })),
      },
    });
    const prometheus: MetricSource = {
      read: async (_metric, window) => {
        const part = window.variant === "canary" ? 0.1 : 0.9;
        const all = Math.round((requests.kubernetes / 4) * part);
        return { ...series(15_000, bake.to, all, [100, 300, 1200], slow.kubernetes), due: bake.to + 15_000 };
      },
    };
    const cloudwatch: MetricSource = {
      read: async (_metric, window) => {
        asked.push(window);
        if (window.from < 0) return { samples: [], look: "" };
        const counted = series(
          MINUTE,
          7 * MINUTE,
          requests.aws,
          window.bounds ?? [50, 100, 200, 400],
          slow.aws,
        );
        return { ...counted, due: 11 * MINUTE };
      },
    };
    return { prometheus, cloudwatch };
  };

  async function verdictOf(metric: MetricPlan, sources: Record<string, MetricSource>, of: Bake = bake) {
    const world: AnalysisWorld = {
      sources,
      clock: new FakeClock(),
      place: (app, variant) => ({ namespace: app, service: variant }),
      baselineOf: () => "AWS",
      partsOf: (_app, variant) => (variant === "AWS" ? ["primary"] : ["primary", "canary"]),
    };
    const analysis = { ...plan().analysis, metrics: [metric] };
    const { metrics, due } = await analyser(analysis, world)([target], of, new AbortController().signal);
    return { ...(metrics[0] ?? assert.fail()), due };
  }

  const latency = { ...LATENCY, against: "cloudwatch", minEffectPercent: 20 };

  it("counts all variants of each side by its own source, in the same minutes and beyond the same bounds", async () => {
    asked.length = 0;
    const verdict = await verdictOf(latency, sides({ kubernetes: 0.05, aws: 0.05 }));
    assert.equal(verdict.outcome, "pass");
    assert.equal(verdict.baseline, "AWS");
    assert.equal(verdict.due, 11 * MINUTE, "there is nothing to judge before the later source tells");
    // Seven minutes are told by both, of four intervals with 23 and 3 requests each.
    assert.match(verdict.reason, /^Kubernetes p90 \S+ ms, AWS \S+ ms, in 728 requests: /);
    for (const { bounds } of asked) assert.deepEqual(bounds, [100, 300, 1200]);
  });

  it("fails the slower side, and says by how much", async () => {
    const verdict = await verdictOf(latency, sides({ kubernetes: 0.5, aws: 0.05 }));
    assert.equal(verdict.outcome, "fail");
    assert.match(verdict.reason, /^Kubernetes p90 .*: [\d.]+ % worse$/);
  });

  it("does not hold it against Kubernetes that both are slow", async () => {
    assert.equal((await verdictOf(latency, sides({ kubernetes: 0.5, aws: 0.5 }))).outcome, "pass");
  });

  it("has not passed before anything was counted after the warm-up, however late a source tells", async () => {
    const asItBegan = { ...bake, step: 0, from: 6 * MINUTE };
    const judged = (bakeSeconds: number) =>
      verdictOf(latency, sides({ kubernetes: 0.05, aws: 0.05 }), { ...asItBegan, bakeSeconds });
    const early = await judged(600);
    assert.equal(early.outcome, "too-early");
    assert.match(early.reason, /: nothing was counted yet since Kubernetes has warmed up$/);
    // What lacks after the bake holds the step, which has an end.
    assert.equal((await judged(200)).outcome, "no-traffic");
  });

  it("is a failure of the source if it has no counts to add", async () => {
    const plain: MetricSource = { read: async () => series(around(100)) };
    const verdict = await verdictOf(latency, { prometheus: plain, cloudwatch: plain });
    assert.equal(verdict.outcome, "source-failed");
    assert.match(verdict.reason, /^no value of Kubernetes: latency-p90 comes to plain numbers/);
  });
});

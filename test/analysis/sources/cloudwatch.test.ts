import assert from "node:assert/strict";
import { analyser } from "../../../analysis/analyse";
import { type Balancer, MetricError } from "../../../analysis/source";
import { openCloudWatch as cloudWatch } from "../../../analysis/sources/cloudwatch";
import type { MetricsAccount, Question } from "../../../analysis/sources/cloudwatch-account";
import { fronts } from "../../../components/aws/fronts";
import { FakeClock, plan } from "../../rollout/machine/world";
import { metric, NEVER, window } from "./server";

const MINUTE = 60_000;
const balancer = (kind: "alb" | "nlb"): Balancer => ({
  metrics: fronts[kind].metrics,
  dimensions: {
    TargetGroup: "targetgroup/myapp-canary/0a1b",
    LoadBalancer: `${kind === "alb" ? "app" : "net"}/myapp/0c1d`,
  },
});
const ALB = balancer("alb");

/** An account whose measures have these values, minute by minute. */
function account(measures: Record<string, Record<number, number>>) {
  const asked: Question[] = [];
  const made: MetricsAccount = {
    async values(questions) {
      asked.push(...questions);
      return questions.map(({ name, statistic }) => {
        const values = Object.entries(measures[`${name}:${statistic}`] ?? {});
        return new Map(values.map(([minute, value]) => [Number(minute) * MINUTE, value]));
      });
    },
  };
  return { ...made, asked };
}

const read = (query: string, given: MetricsAccount, balanced = ALB, from = 30_000) =>
  cloudWatch({ region: "eu-west-1" }, given).read(
    metric(query),
    window({ balancer: balanced, from, to: 6.5 * MINUTE }),
    NEVER,
  );
/** Bad ones and requests of each minute. */
const countsOf = async (query: string, given: MetricsAccount, balanced?: Balancer) =>
  (await read(query, given, balanced)).counts?.intervals.map(({ bad, requests }) => [...bad, requests]);

describe("The metric source cloudwatch", () => {
  const alb = {
    "RequestCount:Sum": { 1: 100, 2: 50 },
    "HTTPCode_Target_2XX_Count:Sum": { 1: 70, 2: 50 },
    "HTTPCode_Target_3XX_Count:Sum": { 1: 10 },
    "HTTPCode_Target_4XX_Count:Sum": { 1: 5 },
    "TargetResponseTime:p90": { 1: 0.25 },
    "TargetResponseTime:SampleCount": { 1: 90 },
    "TargetResponseTime:TC(:0.1)": { 1: 60 },
    "TargetResponseTime:TC(:3.2)": { 1: 90 },
  };

  it("asks about the target group behind an ALB, in whole minutes of the window but the last", async () => {
    const given = account(alb);
    await read("latency-p90", given);
    const [first] = given.asked;
    assert.deepEqual(first, {
      namespace: "AWS/ApplicationELB",
      dimensions: { TargetGroup: "targetgroup/myapp-canary/0a1b", LoadBalancer: "app/myapp/0c1d" },
      name: "TargetResponseTime",
      statistic: "SampleCount",
      from: MINUTE,
      to: 5 * MINUTE,
    });
  });

  it("counts requests that no target of an ALB answered with 2xx, 3xx or 4xx as failures", async () => {
    const expected = [
      [15, 100],
      [0, 50],
    ];
    assert.deepEqual(await countsOf("error-rate", account(alb)), expected);
    assert.deepEqual(await countsOf("success-rate", account(alb)), expected);
    assert.deepEqual(await countsOf("client-error-rate", account(alb)), [
      [5, 100],
      [0, 50],
    ]);
  });

  it("finds that a target which answers nothing at all fails, and that no more than every request succeeds", async () => {
    const hanging = account({ "RequestCount:Sum": { 1: 100 } });
    assert.deepEqual(await countsOf("error-rate", hanging), [[100, 100]]);
    const late = account({ "RequestCount:Sum": { 1: 100 }, "HTTPCode_Target_2XX_Count:Sum": { 1: 101 } });
    assert.deepEqual(await countsOf("success-rate", late), [[0, 100]]);
  });

  it("waits for the answers of a minute whose requests were told before them", async () => {
    const untold = account({
      "RequestCount:Sum": { 3: 100, 4: 100 },
      "HTTPCode_Target_2XX_Count:Sum": { 3: 99 },
    });
    assert.deepEqual(await countsOf("error-rate", untold), [[1, 100]]);
  });

  it("counts the requests beyond each bound of latency by trimmed counts, and says when there is more", async () => {
    const { counts, due } = await read("latency-p90", account(alb));
    assert.deepEqual(counts?.bounds, [50, 100, 200, 400, 800, 1600, 3200]);
    assert.deepEqual(counts?.intervals, [
      { time: 2 * MINUTE, requests: 90, bad: [90, 30, 90, 90, 90, 90, 0] },
    ]);
    assert.equal(due, 7 * MINUTE + 5000);
  });

  it("tells any measure by METRIC:STATISTIC as it is", async () => {
    const { samples } = await read("TargetResponseTime:p90", account(alb));
    assert.deepEqual(samples, [{ time: MINUTE, value: 0.25 }]);
  });

  it("knows a classic load balancer by its name, and counts the failures that it answers itself", async () => {
    const classic: Balancer = {
      metrics: fronts.classic.metrics,
      dimensions: { LoadBalancerName: "myapp-0a1b2c3" },
    };
    const given = account({
      "RequestCount:Sum": { 1: 200 },
      "HTTPCode_Backend_5XX:Sum": { 1: 3 },
      "HTTPCode_ELB_5XX:Sum": { 1: 1 },
    });
    assert.deepEqual(await countsOf("error-rate", given, classic), [[4, 200]]);
    assert.deepEqual(given.asked[0]?.dimensions, classic.dimensions);
  });

  it("finds behind an NLB the share of instances that are not healthy, and no requests", async () => {
    const given = account({
      "HealthyHostCount:Average": { 1: 3, 2: 4 },
      "UnHealthyHostCount:Average": { 1: 1 },
    });
    const { samples, counts, look } = await read("unhealthy-hosts", given, balancer("nlb"));
    assert.deepEqual(
      samples.map(({ value }) => value),
      [25, 0],
    );
    assert.equal(counts, undefined);
    assert.match(
      look,
      /^CloudWatch in eu-west-1: AWS\/NetworkELB HealthyHostCount:Average, .* of TargetGroup=/,
    );
    await assert.rejects(read("success-rate", given, balancer("nlb")), {
      message: "AWS/NetworkELB has no query success-rate",
    });
  });

  it("asks nothing about a window without a whole minute", async () => {
    const given = account(alb);
    assert.deepEqual((await read("error-rate", given, ALB, 4.5 * MINUTE)).counts?.intervals, []);
    assert.deepEqual(given.asked, []);
  });

  for (const onNoTraffic of ["fail", "proceed"] as const) {
    it(`passes a healthy canary once a minute is reported, though no traffic means to ${onNoTraffic}`, async () => {
      const given: MetricsAccount = {
        values: async (questions) =>
          questions.map(({ from, to }) => {
            const minutes = Array.from({ length: (to - from) / MINUTE }, (_, i) => from + i * MINUTE);
            return new Map(minutes.map((time) => [time, 1000]));
          }),
      };
      const analysis = {
        ...plan().analysis,
        onNoTraffic,
        metrics: [{ ...metric("client-error-rate"), threshold: 100 }],
      };
      const analyse = analyser(analysis, {
        sources: { source: cloudWatch({ region: "eu-west-1" }, given) },
        clock: new FakeClock(),
        place: () => ({ namespace: "myapp", service: "myapp-canary", balancer: ALB }),
      });
      const outcomes: string[] = [];
      for (const seconds of [30, 60, 90, 120, 150, 180, 210]) {
        const bake = { step: 0, weights: {}, from: 7000, to: 7000 + seconds * 1000, bakeSeconds: 300 };
        outcomes.push((await analyse(plan().targets, bake, NEVER)).outcome);
      }
      assert.deepEqual(outcomes, ["hold", "hold", "hold", "hold", "hold", "pass", "pass"]);
    });
  }

  it("is failed by an app that no load balancer of AWS's serves", async () => {
    const asked = cloudWatch({ region: "eu-west-1" }, account({})).read(
      metric("error-rate"),
      window(),
      NEVER,
    );
    await assert.rejects(asked, { message: "myapp-canary has no load balancer of AWS's" });
  });

  it("tells of AWS's errors the name alone", async () => {
    const denied = Object.assign(new Error("arn:aws:iam::123456789012:user/x may not"), {
      name: "AccessDenied",
    });
    const given = { ...account(alb), values: () => Promise.reject(denied) };
    await assert.rejects(
      read("error-rate", given),
      (error) =>
        error instanceof MetricError && error.message === "CloudWatch in eu-west-1 answers with AccessDenied",
    );
  });
});

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
const valuesOf = async (query: string, given: MetricsAccount, balanced?: Balancer) =>
  (await read(query, given, balanced)).samples.map(({ value }) => value);

describe("The metric source cloudwatch", () => {
  const alb = {
    "RequestCount:Sum": { 1: 100, 2: 50 },
    "HTTPCode_Target_2XX_Count:Sum": { 1: 70, 2: 50 },
    "HTTPCode_Target_3XX_Count:Sum": { 1: 10 },
    "HTTPCode_Target_4XX_Count:Sum": { 1: 5 },
    "TargetResponseTime:p90": { 1: 0.25 },
  };

  it("asks about the target group behind an ALB, in whole minutes of the window but the last", async () => {
    const given = account(alb);
    await read("latency-p90", given);
    const [first] = given.asked;
    assert.deepEqual(first, {
      namespace: "AWS/ApplicationELB",
      dimensions: { TargetGroup: "targetgroup/myapp-canary/0a1b", LoadBalancer: "app/myapp/0c1d" },
      name: "TargetResponseTime",
      statistic: "p90",
      from: MINUTE,
      to: 5 * MINUTE,
    });
  });

  it("counts requests that no target of an ALB answered with 2xx, 3xx or 4xx as failures", async () => {
    assert.deepEqual(await valuesOf("error-rate", account(alb)), [15, 0]);
    assert.deepEqual(await valuesOf("success-rate", account(alb)), [85, 100]);
    assert.equal((await read("success-rate", account(alb))).requests, 150);
  });

  it("finds that a target which answers nothing at all fails, and that no more than every request succeeds", async () => {
    const hanging = account({ "RequestCount:Sum": { 1: 100 } });
    assert.deepEqual(await valuesOf("error-rate", hanging), [100]);
    assert.deepEqual(await valuesOf("success-rate", hanging), [0]);
    const late = account({ "RequestCount:Sum": { 1: 100 }, "HTTPCode_Target_2XX_Count:Sum": { 1: 101 } });
    assert.deepEqual(await valuesOf("success-rate", late), [100]);
  });

  it("tells latency in milliseconds, and any measure by METRIC:STATISTIC as it is", async () => {
    assert.deepEqual(await valuesOf("latency-p90", account(alb)), [250]);
    assert.deepEqual(await valuesOf("TargetResponseTime:p90", account(alb)), [0.25]);
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
      "Latency:p50": { 1: 0.02 },
    });
    assert.deepEqual(await valuesOf("error-rate", given, classic), [2]);
    assert.deepEqual(await valuesOf("latency-p50", given, classic), [20]);
    assert.deepEqual(given.asked[0]?.dimensions, classic.dimensions);
  });

  it("finds behind an NLB the share of instances that are not healthy, and no requests", async () => {
    const given = account({
      "HealthyHostCount:Average": { 1: 3, 2: 4 },
      "UnHealthyHostCount:Average": { 1: 1 },
    });
    const { samples, requests, look } = await read("unhealthy-hosts", given, balancer("nlb"));
    assert.deepEqual(
      samples.map(({ value }) => value),
      [25, 0],
    );
    assert.equal(requests, undefined);
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
    assert.deepEqual((await read("error-rate", given, ALB, 4.5 * MINUTE)).samples, []);
    assert.deepEqual(given.asked, []);
  });

  for (const onNoTraffic of ["fail", "proceed"] as const) {
    it(`holds a healthy canary until a minute is reported, and passes it then, though no traffic means to ${onNoTraffic}`, async () => {
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
        metrics: [{ ...metric("error-rate"), threshold: 1 }],
      };
      const analyse = analyser(analysis, {
        sources: { source: cloudWatch({ region: "eu-west-1" }, given) },
        clock: new FakeClock(),
        place: () => ({ namespace: "myapp", service: "myapp-canary", balancer: ALB }),
      });
      const outcomes: string[] = [];
      for (const seconds of [30, 60, 90, 120, 150, 180, 210]) {
        const bake = { step: 0, weights: {}, from: 7000, to: 7000 + seconds * 1000 };
        outcomes.push((await analyse(plan().targets, bake, NEVER)).outcome);
      }
      assert.deepEqual(outcomes, ["hold", "hold", "hold", "hold", "hold", "pass", "pass"]);
    });
  }

  it("looks back so far that five minutes are whole and reported, whenever it is asked", async () => {
    const source = cloudWatch({ region: "eu-west-1" }, account({}));
    for (const second of [0, 1, 30, 59]) {
      const given = account({});
      const to = 20 * MINUTE + second * 1000;
      const from = to - (source.windowSeconds ?? 0) * 1000;
      await cloudWatch({ region: "eu-west-1" }, given).read(
        metric("latency-p90"),
        window({ balancer: ALB, from, to }),
        NEVER,
      );
      const [asked] = given.asked;
      assert.ok(asked !== undefined && asked.to - asked.from >= 5 * MINUTE && asked.to <= to - MINUTE);
    }
  });

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

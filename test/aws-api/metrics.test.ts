import assert from "node:assert/strict";
import { CloudWatch, type MetricDatum } from "@aws-sdk/client-cloudwatch";
import type { MetricPlan } from "../../analysis/plan";
import { MetricError, type Window } from "../../analysis/source";
import { openCloudWatch as cloudWatch } from "../../analysis/sources/cloudwatch";
import { fronts } from "../../components/aws/fronts";
import { REGION } from "./api";
import { moto } from "./hooks";

const MINUTE = 60_000;
const NEVER = new AbortController().signal;
const LoadBalancer = "app/myapp-0a1b2c3/0c1d";
const dimensionsOf = (TargetGroup: string) => ({ TargetGroup, LoadBalancer });
const CANARY = dimensionsOf("targetgroup/myapp-canary-4d5e6f7/2c3d");
const PRIMARY = dimensionsOf("targetgroup/myapp-0a1b2c3/0a1b");

const metric = (query: string): MetricPlan => ({
  name: "m",
  source: "cloudwatch",
  query,
  better: "lower",
  unit: "",
});

describe("The metrics of an ALB, asked of AWS's API", () => {
  const before_ = { ...process.env };
  /** Some whole minutes ago. */
  const start = Math.floor(Date.now() / MINUTE - 20) * MINUTE;

  before(async () => {
    process.env.AWS_ENDPOINT_URL = moto().endpoint;
    process.env.AWS_ACCESS_KEY_ID = "testing";
    process.env.AWS_SECRET_ACCESS_KEY = "testing";
    await moto().reset();
    const datum = (
      MetricName: string,
      Value: number,
      minute: number,
      variant: typeof CANARY,
    ): MetricDatum => ({
      MetricName,
      Value,
      Timestamp: new Date(start + minute * MINUTE),
      Dimensions: Object.entries(variant).map(([Name, Value]) => ({ Name, Value })),
    });
    const MetricData = [0, 1, 2, 3, 4].flatMap((minute) => [
      datum("RequestCount", 100, minute, CANARY),
      datum("RequestCount", 900, minute, PRIMARY),
      datum("HTTPCode_Target_2XX_Count", 900, minute, PRIMARY),
      datum("HTTPCode_Target_2XX_Count", minute === 3 ? 90 : 95, minute, CANARY),
      datum("HTTPCode_Target_4XX_Count", 5, minute, CANARY),
    ]);
    const client = new CloudWatch({ region: REGION });
    await client.putMetricData({ Namespace: "AWS/ApplicationELB", MetricData });
    client.destroy();
  });

  after(() => {
    process.env = before_;
  });

  const read = (dimensions: typeof CANARY) => {
    const window: Window = {
      app: "myapp",
      namespace: "myapp",
      variant: "canary",
      service: "myapp-canary",
      balancer: { metrics: fronts.alb.metrics, dimensions },
      from: start,
      to: start + 6 * MINUTE,
    };
    return cloudWatch({ region: REGION }).read(metric("error-rate"), window, NEVER);
  };

  it("are those of a variant's target group, counts of each minute", async () => {
    const { counts } = await read(CANARY);
    assert.deepEqual(
      counts?.intervals,
      [0, 0, 0, 5, 0].map((bad, minute) => ({
        time: start + (minute + 1) * MINUTE,
        requests: 100,
        bad: [bad],
      })),
    );
    const primary = (await read(PRIMARY)).counts?.intervals ?? [];
    assert.deepEqual(
      primary.map(({ requests }) => requests),
      [900, 900, 900, 900, 900],
    );
  });

  it("are none of a target group that nobody asked", async () => {
    assert.deepEqual((await read(dimensionsOf("targetgroup/other/1"))).counts?.intervals, []);
  });

  it("fail without a word of what AWS says about the account", async () => {
    process.env.AWS_ENDPOINT_URL = "http://127.0.0.1:9";
    await assert.rejects(
      read(CANARY),
      (error) =>
        error instanceof MetricError && /^CloudWatch in [\w-]+ answers with \w+$/.test(error.message),
    );
  });
});

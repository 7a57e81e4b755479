/** What is asked of an AWS account about metrics. */
import type { CloudWatch } from "@aws-sdk/client-cloudwatch";
import type { Measure } from "../../components/aws/fronts/metrics";
import { type AwsReach, MetricError } from "../source";

/** Seconds of one sample: load balancers report once a minute. */
export const PERIOD_SECONDS = 60;

/** One measure over whole periods; times in milliseconds since the epoch. */
export interface Question extends Measure {
  readonly namespace: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly from: number;
  readonly to: number;
}

export interface MetricsAccount {
  /** Values by the start of their period, for each question. Periods without any are left out. */
  values(questions: readonly Question[], signal: AbortSignal): Promise<ReadonlyMap<number, number>[]>;
}

/** The account that is reached so. The SDK is loaded at the first question, and a role is assumed as seldom as may be. */
export function accountIn(region: string, reach: AwsReach = (region) => ({ region })): MetricsAccount {
  let client: CloudWatch | undefined;
  return {
    async values(questions, abortSignal) {
      // Which versions of Node a later SDK will need is nothing to tell a user of this command.
      process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
      const sdk = await import("@aws-sdk/client-cloudwatch");
      client ??= new sdk.CloudWatch(reach(region));
      const cloudWatch = client;
      return Promise.all(
        questions.map(async ({ namespace, dimensions, name, statistic, from, to }) => {
          const metric = {
            Namespace: namespace,
            MetricName: name,
            Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
          };
          const MetricStat = { Metric: metric, Period: PERIOD_SECONDS, Stat: statistic };
          const { MetricDataResults: [result] = [] } = await cloudWatch.getMetricData(
            {
              MetricDataQueries: [{ Id: "asked", MetricStat }],
              StartTime: new Date(from),
              EndTime: new Date(to),
            },
            { abortSignal },
          );
          if (result?.StatusCode !== "Complete")
            throw new MetricError(`CloudWatch in ${region} has no complete answer about ${name}`);
          const { Timestamps: times = [], Values: values = [] } = result;
          return new Map(times.map((time, i) => [time.getTime(), values[i] ?? Number.NaN]));
        }),
      );
    },
  };
}

/** What is asked of an AWS account about metrics. Credentials are found as every AWS tool finds them. */

import type { Measure } from "../../components/aws/fronts/metrics";
import { MetricError } from "../source";

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

/** The account of this process's credentials. The SDK is loaded at the first question. */
export const accountIn = (region: string): MetricsAccount => ({
  async values(questions, abortSignal) {
    // Which versions of Node a later SDK will need is nothing to tell a user of this command.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
    const { CloudWatch } = await import("@aws-sdk/client-cloudwatch");
    const client = new CloudWatch({ region });
    try {
      return await Promise.all(
        questions.map(async ({ namespace, dimensions, name, statistic, from, to }) => {
          const metric = {
            Namespace: namespace,
            MetricName: name,
            Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
          };
          const MetricStat = { Metric: metric, Period: PERIOD_SECONDS, Stat: statistic };
          const { MetricDataResults: [result] = [] } = await client.getMetricData(
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
    } finally {
      client.destroy();
    }
  },
});

/** How many requests AWS has counted. */
import type { MetricDataResult } from "@aws-sdk/client-cloudwatch";
import { fronts } from "../components/aws/fronts";
import { all, awsAccount, type Account as Read } from "./account";
import type { AwsAccess } from "./aws-access";
import { StatusError } from "./errors";

/** A metric of one load balancer's. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimension: readonly [name: string, value: string];
  /** As CloudWatch calls it: `Sum`, `Maximum`. */
  readonly statistic: string;
}

/** What is read of those who use a load balancer. Nothing is ever changed. */
export interface UsageAccount extends Pick<Read, "classicLoadBalancers" | "loadBalancers" | "records"> {
  /**
   * A metric's values since then, summed; 0 if there are none, as AWS reports no metric of a load balancer without requests.
   *
   * @throws StatusError if the answer is not complete
   */
  total(metric: Metric, since: Date): Promise<number>;
}

/** Seconds of a period, of which CloudWatch keeps the values of 15 days, and of one that it keeps for 455. */
const [MINUTE, HOUR] = [60, 3600];
const KEPT_MS = 15 * 86_400 * 1000;

export async function usageAccount(access: AwsAccess): Promise<UsageAccount> {
  const [account, { CloudWatchClient, paginateGetMetricData }] = await Promise.all([
    awsAccount(access),
    import("@aws-sdk/client-cloudwatch"),
  ]);
  const client = new CloudWatchClient(access.options("cloudwatch"));
  return {
    ...account,
    total: async ({ namespace, name, dimension: [Name, Value], statistic }, since) => {
      const now = new Date();
      const MetricStat = {
        Metric: { Namespace: namespace, MetricName: name, Dimensions: [{ Name, Value }] },
        Period: now.getTime() - since.getTime() < KEPT_MS ? MINUTE : HOUR,
        Stat: statistic,
      };
      const MetricDataQueries = [{ Id: "asked", MetricStat }];
      const pages = paginateGetMetricData({ client }, { MetricDataQueries, StartTime: since, EndTime: now });
      const results = await all(`metric ${name}`, pages, ({ MetricDataResults }) => MetricDataResults);
      checkComplete(`metric ${name} of ${Value}`, results);
      return results.flatMap(({ Values = [] }) => Values).reduce((sum, value) => sum + value, 0);
    },
  };
}

/** A part of an answer has the rest on a further page; what else is not complete can't be told. */
function checkComplete(what: string, results: readonly MetricDataResult[]): void {
  const failed = results.find(({ StatusCode = "" }) => !["Complete", "PartialData"].includes(StatusCode));
  const decisive = failed ?? results.at(-1);
  if (decisive?.StatusCode === "Complete") return;
  const { StatusCode: code = "no answer", Messages = [] } = decisive ?? {};
  const reason = [code, ...Messages.map(({ Value = "" }) => Value)].join(": ");
  throw new StatusError(`AWS, ${what}: ${reason}`);
}

/** What counts the use of a load balancer, by its id in the state. */
export const usageMetrics = (id: string): Metric[] =>
  Object.values(fronts).flatMap(({ metrics: { namespace, usage, dimensionOf } }) => {
    const dimension = dimensionOf(id);
    return dimension === undefined ? [] : usage.map((measure) => ({ namespace, dimension, ...measure }));
  });

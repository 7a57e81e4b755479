/** The built-in queries of CloudWatch, for each kind of load balancer. */
import type { LoadBalancerKind as BalancerKind } from "../../components/aws/front";

/** Seconds of one sample: load balancers report once a minute. */
export const PERIOD_SECONDS = 60;

/** A metric of the load balancers' namespace, and its statistic over each period. */
export interface Measure {
  readonly name: string;
  /** As CloudWatch calls it: `Sum`, `p90`. */
  readonly statistic: string;
}

/** Measures, and what a period's values come to; without a value where the first measure has none. */
export interface BalancerQuery {
  readonly measures: readonly [Measure, ...Measure[]];
  readonly value: (first: number, ...others: number[]) => number;
}

/**
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-cloudwatch-metrics.html
 */
export const namespaces: Readonly<Record<BalancerKind, string>> = {
  alb: "AWS/ApplicationELB",
  nlb: "AWS/NetworkELB",
  classic: "AWS/ELB",
};

/** Counts requests, where the kind counts them; a Network Load Balancer sees connections alone. */
export const requestCounts: Readonly<Partial<Record<BalancerKind, Measure>>> = {
  alb: { name: "RequestCount", statistic: "Sum" },
  classic: { name: "RequestCount", statistic: "Sum" },
};

/** Answers 5xx of instances, and connections that they refuse. */
const failures: Readonly<Partial<Record<BalancerKind, readonly Measure[]>>> = {
  alb: [
    { name: "HTTPCode_Target_5XX_Count", statistic: "Sum" },
    { name: "TargetConnectionErrorCount", statistic: "Sum" },
  ],
  classic: [
    { name: "HTTPCode_Backend_5XX", statistic: "Sum" },
    { name: "BackendConnectionErrors", statistic: "Sum" },
  ],
};

const latencies: Readonly<Partial<Record<BalancerKind, string>>> = {
  alb: "TargetResponseTime",
  classic: "Latency",
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const OWN = /^(\w+):([A-Za-z]+|p\d{1,2}(\.\d+)?)$/;

/** The query of this name, in percent or milliseconds, or `METRIC:STATISTIC` as it is; undefined where there is none. */
export function balancerQuery(query: string, kind: BalancerKind): BalancerQuery | undefined {
  const [, name, statistic] = OWN.exec(query) ?? [];
  if (name !== undefined && statistic !== undefined)
    return { measures: [{ name, statistic }], value: (value) => value };
  if (query === "unhealthy-hosts" && kind === "nlb") {
    const [healthy, unhealthy] = ["HealthyHostCount", "UnHealthyHostCount"] as const;
    return {
      measures: [
        { name: healthy, statistic: "Average" },
        { name: unhealthy, statistic: "Average" },
      ],
      value: (good, bad = 0) => (100 * bad) / (good + bad),
    };
  }
  const [requests, failed, latency] = [requestCounts[kind], failures[kind], latencies[kind]];
  const quantile = /^latency-(p50|p90|p99)$/.exec(query)?.[1];
  if (quantile !== undefined && latency !== undefined)
    return { measures: [{ name: latency, statistic: quantile }], value: (seconds) => 1000 * seconds };
  if (requests === undefined || failed === undefined) return undefined;
  const errors = (all: number, ...bad: number[]): number => (100 * Math.min(all, sum(bad))) / all;
  if (query === "error-rate") return { measures: [requests, ...failed], value: errors };
  if (query === "success-rate")
    return { measures: [requests, ...failed], value: (all, ...bad) => 100 - errors(all, ...bad) };
  return undefined;
}

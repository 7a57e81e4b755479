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

/** Counts of answers, and how many of all requests failed by them. */
interface Answers {
  readonly counts: readonly string[];
  readonly failed: (all: number, ...counts: number[]) => number;
}

/**
 * Where a target hangs, resets or refuses, the load balancer itself answers with 502 or 504. An ALB counts these for no target
 * group, but it does the requests, as a target was chosen: failed is what no target answered well.
 */
const answers: Readonly<Partial<Record<BalancerKind, Answers>>> = {
  alb: {
    counts: ["HTTPCode_Target_2XX_Count", "HTTPCode_Target_3XX_Count", "HTTPCode_Target_4XX_Count"],
    failed: (all, ...good) => Math.max(0, all - sum(good)),
  },
  classic: {
    counts: ["HTTPCode_Backend_5XX", "HTTPCode_ELB_5XX"],
    failed: (all, ...bad) => Math.min(all, sum(bad)),
  },
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
  const [requests, answered, latency] = [requestCounts[kind], answers[kind], latencies[kind]];
  const quantile = /^latency-(p50|p90|p99)$/.exec(query)?.[1];
  if (quantile !== undefined && latency !== undefined)
    return { measures: [{ name: latency, statistic: quantile }], value: (seconds) => 1000 * seconds };
  if (requests === undefined || answered === undefined) return undefined;
  const { counts, failed } = answered;
  const measures = [requests, ...counts.map((name) => ({ name, statistic: "Sum" }))] as const;
  const errors = (all: number, ...of: number[]): number => (100 * failed(all, ...of)) / all;
  if (query === "error-rate") return { measures, value: errors };
  if (query === "success-rate") return { measures, value: (all, ...of) => 100 - errors(all, ...of) };
  return undefined;
}

/** How CloudWatch is asked about each kind of load balancer. */
import type { LoadBalancerKind } from "../../components/aws/front";

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

/** What CloudWatch knows of one kind. */
interface BalancerMetrics {
  readonly namespace: string;
  /** Counts requests; undefined where the kind sees connections alone. */
  readonly requests?: Measure;
  /** Built-in queries by name, in percent or milliseconds. */
  readonly queries: Readonly<Record<string, BalancerQuery>>;
  /** Whether one load balancer counts all variants of an app together. */
  readonly isShared: boolean;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const counted = (name: string): Measure => ({ name, statistic: "Sum" });
const REQUESTS = counted("RequestCount");

/**
 * The queries of a kind that sees requests.
 *
 * @param counts names of counts of answers
 * @param failed how many of all requests failed, by these counts
 */
function requestQueries(
  counts: readonly string[],
  failed: (all: number, ...counts: number[]) => number,
  latency: string,
): BalancerMetrics["queries"] {
  const measures = [REQUESTS, ...counts.map(counted)] as const;
  const errors = (all: number, ...of: number[]): number => (100 * failed(all, ...of)) / all;
  const slowness = (statistic: string): BalancerQuery => ({
    measures: [{ name: latency, statistic }],
    value: (seconds) => 1000 * seconds,
  });
  return {
    "error-rate": { measures, value: errors },
    "success-rate": { measures, value: (all, ...of) => 100 - errors(all, ...of) },
    "latency-p50": slowness("p50"),
    "latency-p90": slowness("p90"),
    "latency-p99": slowness("p99"),
  };
}

export const balancers: Readonly<Record<LoadBalancerKind, BalancerMetrics>> = {
  /** https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-cloudwatch-metrics.html */
  classic: {
    namespace: "AWS/ELB",
    requests: REQUESTS,
    queries: requestQueries(
      ["HTTPCode_Backend_5XX", "HTTPCode_ELB_5XX"],
      (all, ...bad) => Math.min(all, sum(bad)),
      "Latency",
    ),
    isShared: true,
  },
  /**
   * Where a target hangs, resets or refuses, the load balancer itself answers with 502 or 504. It counts these for no target
   * group, but it does the requests, as a target was chosen: failed is what no target answered well.
   *
   * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
   */
  alb: {
    namespace: "AWS/ApplicationELB",
    requests: REQUESTS,
    queries: requestQueries(
      ["HTTPCode_Target_2XX_Count", "HTTPCode_Target_3XX_Count", "HTTPCode_Target_4XX_Count"],
      (all, ...good) => Math.max(0, all - sum(good)),
      "TargetResponseTime",
    ),
    isShared: false,
  },
  /** https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html */
  nlb: {
    namespace: "AWS/NetworkELB",
    queries: {
      "unhealthy-hosts": {
        measures: [
          { name: "HealthyHostCount", statistic: "Average" },
          { name: "UnHealthyHostCount", statistic: "Average" },
        ],
        value: (good, bad = 0) => (100 * bad) / (good + bad),
      },
    },
    isShared: false,
  },
};

const OWN = /^(\w+):([A-Za-z]+|p\d{1,2}(\.\d+)?)$/;

/** The query of this name, or `METRIC:STATISTIC` as it is; undefined where there is none. */
export function balancerQuery(query: string, kind: LoadBalancerKind): BalancerQuery | undefined {
  const [, name, statistic] = OWN.exec(query) ?? [];
  if (name !== undefined && statistic !== undefined)
    return { measures: [{ name, statistic }], value: (value) => value };
  const { queries } = balancers[kind];
  return Object.hasOwn(queries, query) ? queries[query] : undefined;
}

/** How CloudWatch is asked about load balancers. */

/** A metric of the load balancers' namespace, and its statistic over each period. */
export interface Measure {
  readonly name: string;
  /** As CloudWatch calls it: `Sum`, `p90`. */
  readonly statistic: string;
}

/** Measures, and what a period's values come to; without a value if the first measure has none. */
export interface BalancerQuery {
  readonly measures: readonly [Measure, ...Measure[]];
  /** A plain number, where the measures are no counts of requests. */
  readonly value?: (first: number, ...others: number[]) => number;
  /** How many of the first measure are bad; of latency how many beyond each bound. */
  readonly bad?: (first: number, ...others: number[]) => number[];
  /** Bounds of latency in milliseconds, ascending. */
  readonly bounds?: readonly number[];
  /** The same query beyond other bounds, in milliseconds. */
  readonly beyond?: (bounds: readonly number[]) => BalancerQuery;
}

/** A variant of an app, and what the resources of its fleet are called in AWS. */
export interface BalancerOutputs {
  readonly app: string;
  readonly variant: string;
  /** An output of a resource of this type and logical name. */
  output(type: string, name: string, key: string): string;
}

/** What CloudWatch knows of one kind. */
export interface BalancerMetrics {
  readonly namespace: string;
  /** Built-in queries by name, in percent or milliseconds. */
  readonly queries: Readonly<Record<string, BalancerQuery>>;
  /** Whether one load balancer counts all variants of an app together. */
  readonly isShared: boolean;
  /** What CloudWatch knows a variant by. */
  dimensions(deployed: BalancerOutputs): Readonly<Record<string, string>>;
  /** What counts the use of a load balancer as a whole: requests, or connections, new ones and those still open. */
  readonly usage: readonly Measure[];
  /** What CloudWatch knows a load balancer by that has this id in the state; undefined for an id of another kind. */
  dimensionOf(id: string): readonly [name: string, value: string] | undefined;
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const counted = (name: string): Measure => ({ name, statistic: "Sum" });
export const REQUESTS = counted("RequestCount");

/** Bounds of latency in milliseconds, which counts of requests are asked for. */
const BOUNDS = [50, 100, 200, 400, 800, 1600, 3200];

/**
 * The queries of a kind that sees requests.
 *
 * @param counts names of counts of answers
 * @param failed how many of all requests failed, by these counts
 * @param refused name of the count of answers 4xx
 * @param latency name of the measure of latency, in seconds
 */
export function requestQueries(
  counts: readonly string[],
  failed: (all: number, ...counts: number[]) => number,
  refused: string,
  latency: string,
): BalancerMetrics["queries"] {
  const errors: BalancerQuery = {
    measures: [REQUESTS, ...counts.map(counted)],
    bad: (all, ...of) => [failed(all, ...of)],
  };
  // Trimmed counts: the requests that took no longer than a bound.
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
  const beyond = (bounds: readonly number[]): BalancerQuery => ({
    measures: [
      { name: latency, statistic: "SampleCount" },
      ...bounds.map((bound) => ({ name: latency, statistic: `TC(:${Number((bound / 1000).toFixed(6))})` })),
    ],
    bad: (all, ...within) => within.map((each) => Math.max(0, all - each)),
    bounds,
    beyond,
  });
  const slowness = beyond(BOUNDS);
  return {
    "error-rate": errors,
    "success-rate": errors,
    "client-error-rate": {
      measures: [REQUESTS, counted(refused)],
      bad: (all, of = 0) => [Math.min(all, of)],
    },
    "latency-p50": slowness,
    "latency-p90": slowness,
    "latency-p99": slowness,
  };
}

/** How CloudWatch is asked about load balancers. */

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
  /** Counts requests; undefined where the kind sees connections alone. */
  readonly requests?: Measure;
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

/**
 * The queries of a kind that sees requests.
 *
 * @param counts names of counts of answers
 * @param failed how many of all requests failed, by these counts
 */
export function requestQueries(
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

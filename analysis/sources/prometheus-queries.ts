/** The built-in queries of Prometheus, made of the metrics that a router says its data plane has. */

import { type RouterMetrics, type RouterName, routerNames, routers } from "../../components/routers";
import { CLIENT_ERRORS } from "../plan";

/** The routers that say how their data plane is asked. */
export const measured = routerNames().filter((name) => routers[name].metrics !== undefined);

/** What queries are made of. */
interface Parts {
  readonly all: string;
  readonly failed: string;
  readonly refused: string;
  latency(quantile: number): string;
}

/** In percent, or in milliseconds. */
const queries = {
  "success-rate": ({ failed, all }: Parts) => `100 - 100 * ${failed} / ${all}`,
  "error-rate": ({ failed, all }: Parts) => `100 * ${failed} / ${all}`,
  [CLIENT_ERRORS]: ({ refused, all }: Parts) => `100 * ${refused} / ${all}`,
  "latency-p50": ({ latency }: Parts) => latency(0.5),
  "latency-p90": ({ latency }: Parts) => latency(0.9),
  "latency-p99": ({ latency }: Parts) => latency(0.99),
};
export type BuiltIn = keyof typeof queries;

export const builtIn = Object.keys(queries) as readonly BuiltIn[];

export const isBuiltIn = (query: string): query is BuiltIn => Object.hasOwn(queries, query);

/** The built-in query of this name; undefined if there is none. */
export function builtInQuery(query: string, router: RouterName, variant: string): string | undefined {
  if (!isBuiltIn(query)) return undefined;
  const { requests, durations, millisecondsPerUnit, code, selector } = metricsOf(router);
  const picked = selector(variant === "primary");
  return queries[query]({
    all: `sum(rate(${requests}{${picked}}[{{window}}]))`,
    refused: `(sum(rate(${requests}{${picked},${code}=~"4.."}[{{window}}])) or vector(0))`,
    failed: `(sum(rate(${requests}{${picked},${code}=~"5.."}[{{window}}])) or vector(0))`,
    latency: (quantile) =>
      `${millisecondsPerUnit === 1 ? "" : `${millisecondsPerUnit} * `}histogram_quantile(${quantile}, ` +
      `sum by (le) (rate(${durations}{${picked}}[{{window}}])))`,
  });
}

/** How many requests a variant got in `{{window}}`. */
export function requestsQuery(router: RouterName, variant: string): string {
  const { requests, selector } = metricsOf(router);
  return `sum(increase(${requests}{${selector(variant === "primary")}}[{{window}}]))`;
}

/**
 * gRPC statuses that are the server's fault; the others but 0 are the client's.
 *
 * https://opentelemetry.io/docs/specs/semconv/rpc/grpc/#grpc-status
 */
const SERVER_FAULTS = ["2", "4", "12", "13", "14", "15"];

/** What raw samples a built-in query is counted by. */
export interface RawQuery {
  readonly selector: string;
  /** Milliseconds of a bucket's bound of 1; undefined where answers are counted by their status. */
  readonly millisecondsPerUnit?: number;
  /** Whether answers of these labels are bad ones. */
  isBad(labels: Readonly<Record<string, string>>): boolean;
}

export function rawQuery(query: BuiltIn, router: RouterName, variant: string): RawQuery {
  const { requests, durations, millisecondsPerUnit, code, grpc, selector } = metricsOf(router);
  const picked = selector(variant === "primary");
  if (query.startsWith("latency-"))
    return { selector: `${durations}{${picked}}`, millisecondsPerUnit, isBad: () => false };
  const isClients = query === CLIENT_ERRORS;
  return {
    selector: `${requests}{${picked}}`,
    isBad(labels) {
      const status = grpc === undefined ? "" : (labels[grpc] ?? "");
      if (/^[1-9]\d*$/.test(status)) return SERVER_FAULTS.includes(status) !== isClients;
      return labels[code]?.startsWith(isClients ? "4" : "5") ?? false;
    },
  };
}

function metricsOf(router: RouterName): RouterMetrics {
  const { metrics } = routers[router];
  if (metrics === undefined) throw new TypeError(`router ${router} does not say how it is asked`);
  return metrics;
}

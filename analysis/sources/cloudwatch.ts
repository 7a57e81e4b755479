/** Metrics of AWS's load balancers by CloudWatch. */
import * as z from "zod";
import { UserError } from "../../base/user-error";
import type { BalancerMetrics, BalancerQuery } from "../../components/aws/fronts/metrics";
import { refusedIf, text } from "../../components/fields";
import type { MetricPlan } from "../plan";
import { MetricError, type MetricSource, type Series, type SourceKind, type Window } from "../source";
import { accountIn, type MetricsAccount, PERIOD_SECONDS, type Question } from "./cloudwatch-account";

const PERIOD_MS = PERIOD_SECONDS * 1000;
/** Milliseconds after which a minute that has just become old enough is asked for. */
const LATE_MS = 5000;
/** Periods that are left out at the end: nodes of a load balancer report one after the other. */
const LATE = 1;
/** Periods more that are left out if requests are there, and none of the counts of their answers: those come later at times. */
const LATER = 2;

const settings = z.strictObject({
  /** Region of the load balancers. */
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region such as eu-central-1"),
});
type Settings = z.output<typeof settings>;

export const openCloudWatch = (
  { region }: Settings,
  account: MetricsAccount = accountIn(region),
): MetricSource => ({
  async read(metric, window, signal) {
    try {
      return await series(metric, window, region, account, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof MetricError) throw error;
      // What AWS says names accounts and users; the error's own name says enough.
      if (error instanceof UserError) throw new MetricError(error.message.split(": ")[0] ?? "");
      throw new MetricError(`CloudWatch in ${region} answers with ${(error as Error).name}`);
    }
  },
});

export const cloudwatch: SourceKind<Settings> = {
  settings,
  side: "elb",
  counts: (query, { fleets }) =>
    fleets?.loadBalancer !== undefined &&
    balancerQuery(query, fleets.loadBalancer.metrics)?.bad !== undefined,
  variables: () => [],
  problems: (given, { fleets }) =>
    refusedIf(
      fleets === undefined,
      "",
      given,
      "on platform elb, migration only, whose load balancers it counts at",
    ),
  metricProblems({ query, minEffectPercent }, { fleets }) {
    if (fleets?.loadBalancer === undefined) return [];
    const { name, metrics } = fleets.loadBalancer;
    const own = `METRIC:STATISTIC, or a built-in query for aws.loadBalancer ${name}`;
    const alone = `a threshold alone with aws.loadBalancer ${name}, which counts all variants together`;
    const isCompared = minEffectPercent !== undefined;
    return [
      ...refusedIf(balancerQuery(query, metrics) === undefined, "query", query, own),
      ...refusedIf(metrics.isShared && isCompared, "minEffectPercent", minEffectPercent, alone),
    ];
  },
  handOver: undefined,
  open: ({ region }, _env, aws) => openCloudWatch({ region }, accountIn(region, aws)),
};

async function series(
  metric: MetricPlan,
  window: Window,
  region: string,
  account: MetricsAccount,
  signal: AbortSignal,
): Promise<Series> {
  const { balancer } = window;
  if (balancer === undefined) throw new MetricError(`${window.service} has no load balancer of AWS's`);
  const { metrics, dimensions } = balancer;
  const { namespace } = metrics;
  const query = balancerQuery(metric.query, metrics, window.bounds);
  if (query === undefined) throw new MetricError(`${namespace} has no query ${metric.query}`);
  const which = Object.entries(dimensions).map(([key, value]) => `${key}=${value}`);
  const names = query.measures.map(({ name, statistic }) => `${name}:${statistic}`);
  const look = `CloudWatch in ${region}: ${namespace} ${names.join(", ")} of ${which.join(", ")}`;
  // Whole periods alone, none of which began before the window.
  const from = Math.ceil(window.from / PERIOD_MS) * PERIOD_MS;
  const to = (Math.floor(window.to / PERIOD_MS) - LATE) * PERIOD_MS;
  // When the period that begins now is over and told.
  const due = (Math.floor(window.to / PERIOD_MS) + 1) * PERIOD_MS + LATE_MS;
  const { bad, value, bounds } = query;
  // Later periods are all told as soon as one of them is.
  const until = to - LATER * PERIOD_MS;
  const nothing = {
    samples: [],
    look,
    due,
    ...(bad && { counts: { intervals: [], length: PERIOD_MS, until, ...(bounds && { bounds }) } }),
  };
  if (to <= from) return nothing;
  const asked = query.measures.map((measure): Question => ({ namespace, dimensions, ...measure, from, to }));
  const [first = new Map<number, number>(), ...others] = await account.values(asked, signal);
  const periods = [...first].sort(([a], [b]) => a - b);
  if (bad === undefined) {
    const samples = periods
      .map(([time, each]) => ({
        time,
        value: value?.(each, ...others.map((other) => other.get(time) ?? 0)) ?? Number.NaN,
      }))
      .filter((sample) => Number.isFinite(sample.value));
    return { ...nothing, samples };
  }
  const isTold = (time: number): boolean =>
    time < to - LATER * PERIOD_MS || others.some((other) => other.has(time));
  const intervals = periods
    .filter(([time]) => isTold(time))
    .map(([time, requests]) => ({
      time: time + PERIOD_MS,
      requests,
      bad: bad(requests, ...others.map((other) => other.get(time) ?? 0)),
    }));
  const last = intervals.at(-1)?.time ?? until;
  return {
    ...nothing,
    counts: { intervals, length: PERIOD_MS, until: Math.max(until, last), ...(bounds && { bounds }) },
  };
}

const OWN = /^(\w+):([A-Za-z]+|p\d{1,2}(\.\d+)?)$/;

/** The query of this name, or `METRIC:STATISTIC` as it is; undefined if there is none. */
function balancerQuery(
  query: string,
  { queries }: BalancerMetrics,
  bounds?: readonly number[],
): BalancerQuery | undefined {
  const [, name, statistic] = OWN.exec(query) ?? [];
  if (name !== undefined && statistic !== undefined)
    return { measures: [{ name, statistic }], value: (value) => value };
  const found = Object.hasOwn(queries, query) ? queries[query] : undefined;
  return bounds === undefined ? found : (found?.beyond?.(bounds) ?? found);
}

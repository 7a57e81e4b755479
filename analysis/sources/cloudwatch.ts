/** Metrics of AWS's load balancers by CloudWatch. */
import * as z from "zod";
import type { BalancerMetrics, BalancerQuery, Measure } from "../../components/aws/fronts/metrics";
import { refusedIf, text } from "../../components/fields";
import type { MetricPlan } from "../plan";
import { MetricError, type MetricSource, type Series, type SourceKind, type Window } from "../source";
import { accountIn, type MetricsAccount, PERIOD_SECONDS, type Question } from "./cloudwatch-account";

const PERIOD_MS = PERIOD_SECONDS * 1000;
/** Samples of each variant that a judgement gets where the step is old enough. */
const SAMPLES = 5;
/** Periods that are left out at the end: nodes of a load balancer report one after the other. */
const LATE = 1;

const settings = z.strictObject({
  /** Region of the load balancers. */
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region such as eu-central-1"),
});
type Settings = z.output<typeof settings>;

/** Looks back so far that there are enough whole minutes, whenever a judgement is made. */
export const openCloudWatch = (
  { region }: Settings,
  account: MetricsAccount = accountIn(region),
): MetricSource => ({
  // One more, as those at both ends are cut by the window.
  windowSeconds: (SAMPLES + LATE + 1) * PERIOD_SECONDS,
  async read(metric, window, signal) {
    try {
      return await series(metric, window, region, account, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof MetricError) throw error;
      // What AWS says names accounts and roles; the error's own name says enough.
      throw new MetricError(`CloudWatch in ${region} answers with ${(error as Error).name}`);
    }
  },
});

export const cloudwatch: SourceKind<Settings> = {
  settings,
  side: "elb",
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
  open: ({ region }) => openCloudWatch({ region }),
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
  const { namespace, requests: counted } = metrics;
  const query = balancerQuery(metric.query, metrics);
  if (query === undefined) throw new MetricError(`${namespace} has no query ${metric.query}`);
  const which = Object.entries(dimensions).map(([key, value]) => `${key}=${value}`);
  const names = query.measures.map(({ name, statistic }) => `${name}:${statistic}`);
  const look = `CloudWatch in ${region}: ${namespace} ${names.join(", ")} of ${which.join(", ")}`;
  // Whole periods alone, none of which began before the window.
  const from = Math.ceil(window.from / PERIOD_MS) * PERIOD_MS;
  const to = (Math.floor(window.to / PERIOD_MS) - LATE) * PERIOD_MS;
  if (to <= from) return { samples: [], look };
  const measures: Measure[] = [...query.measures, ...(counted === undefined ? [] : [counted])];
  const asked = measures.map((measure): Question => ({ namespace, dimensions, ...measure, from, to }));
  const answers = await account.values(asked, signal);
  const [first = new Map<number, number>(), ...others] = answers.slice(0, query.measures.length);
  const samples = [...first]
    .sort(([a], [b]) => a - b)
    .map(([time, value]) => ({
      time,
      value: query.value(value, ...others.map((other) => other.get(time) ?? 0)),
    }))
    .filter(({ value }) => Number.isFinite(value));
  if (counted === undefined) return { samples, look };
  const counts = [...(answers.at(-1)?.values() ?? [])];
  return { samples, look, requests: counts.reduce((total, count) => total + count, 0) };
}

const OWN = /^(\w+):([A-Za-z]+|p\d{1,2}(\.\d+)?)$/;

/** The query of this name, or `METRIC:STATISTIC` as it is; undefined where there is none. */
function balancerQuery(query: string, { queries }: BalancerMetrics): BalancerQuery | undefined {
  const [, name, statistic] = OWN.exec(query) ?? [];
  if (name !== undefined && statistic !== undefined)
    return { measures: [{ name, statistic }], value: (value) => value };
  return Object.hasOwn(queries, query) ? queries[query] : undefined;
}

/** Metrics of AWS's load balancers by CloudWatch. */
import type { CloudWatchSettings } from "../../stacks/schema/rollout-sources";
import type { MetricPlan } from "../plan";
import { MetricError, type MetricSource, type Series, type Window } from "../ports";
import { balancerQuery, type Measure, namespaces, PERIOD_SECONDS, requestCounts } from "./balancer-queries";
import { type Account, accountIn, type Question } from "./cloudwatch-account";

const PERIOD_MS = PERIOD_SECONDS * 1000;
/** Samples of each variant that a judgement gets where the step is old enough. */
const SAMPLES = 5;
/** Periods that are left out at the end: nodes of a load balancer report one after the other. */
const LATE = 1;

/** Looks back so far that there are enough whole minutes, whenever a judgement is made. */
export const cloudWatch = (
  { region }: CloudWatchSettings,
  account: Account = accountIn(region),
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

async function series(
  metric: MetricPlan,
  window: Window,
  region: string,
  account: Account,
  signal: AbortSignal,
): Promise<Series> {
  const { balancer } = window;
  if (balancer === undefined) throw new MetricError(`${window.service} has no load balancer of AWS's`);
  const { kind, dimensions } = balancer;
  const query = balancerQuery(metric.query, kind);
  if (query === undefined) throw new MetricError(`${namespaces[kind]} has no query ${metric.query}`);
  const which = Object.entries(dimensions).map(([key, value]) => `${key}=${value}`);
  const names = query.measures.map(({ name, statistic }) => `${name}:${statistic}`);
  const look = `CloudWatch in ${region}: ${namespaces[kind]} ${names.join(", ")} of ${which.join(", ")}`;
  // Whole periods alone, none of which began before the window.
  const from = Math.ceil(window.from / PERIOD_MS) * PERIOD_MS;
  const to = (Math.floor(window.to / PERIOD_MS) - LATE) * PERIOD_MS;
  if (to <= from) return { samples: [], look };
  const counted = requestCounts[kind];
  const measures: Measure[] = [...query.measures, ...(counted === undefined ? [] : [counted])];
  const asked = measures.map(
    (measure): Question => ({ namespace: namespaces[kind], dimensions, ...measure, from, to }),
  );
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

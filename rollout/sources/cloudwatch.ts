/** Metrics of AWS's load balancers by CloudWatch. */
import type { CloudWatchSettings } from "../../stacks/schema/rollout-sources";
import type { MetricPlan } from "../plan";
import { MetricError, type MetricSource, type Series, type Window } from "../ports";
import {
  type BalancerKind,
  balancerQuery,
  type Measure,
  namespaces,
  PERIOD_SECONDS,
  requestCounts,
} from "./balancer-queries";
import { type Account, accountIn, type Question } from "./cloudwatch-account";

/** What CloudWatch knows a variant by. */
interface Named {
  readonly kind: BalancerKind;
  readonly dimensions: Readonly<Record<string, string>>;
}

const PERIOD_MS = PERIOD_SECONDS * 1000;
const TARGET_GROUP = /^arn:aws[\w-]*:elasticloadbalancing:[\w-]+:\d{12}:(targetgroup\/\S+)$/;
const LOAD_BALANCER = /:loadbalancer\/((app|net)\/\S+)$/;

/** A window's `service` is the ARN of the variant's target group, or the name of its classic load balancer. */
export const cloudWatch = (
  { region }: CloudWatchSettings,
  account: Account = accountIn(region),
): MetricSource => ({
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
  const { kind, dimensions } = await named(window.service, account, signal);
  const query = balancerQuery(metric.query, kind);
  if (query === undefined) throw new MetricError(`${namespaces[kind]} has no query ${metric.query}`);
  const which = Object.entries(dimensions).map(([key, value]) => `${key}=${value}`);
  const names = query.measures.map(({ name, statistic }) => `${name}:${statistic}`);
  const look = `CloudWatch in ${region}: ${namespaces[kind]} ${names.join(", ")} of ${which.join(", ")}`;
  // Whole periods alone, none of which began before the window.
  const from = Math.ceil(window.from / PERIOD_MS) * PERIOD_MS;
  const to = Math.floor(window.to / PERIOD_MS) * PERIOD_MS;
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

async function named(service: string, account: Account, signal: AbortSignal): Promise<Named> {
  const group = TARGET_GROUP.exec(service)?.[1];
  if (group === undefined) return { kind: "classic", dimensions: { LoadBalancerName: service } };
  const arn = await account.loadBalancerOf(service, signal);
  const [, balancer, kind] = LOAD_BALANCER.exec(arn ?? "") ?? [];
  if (balancer === undefined) throw new MetricError(`${group} has no Application or Network Load Balancer`);
  return {
    kind: kind === "app" ? "alb" : "nlb",
    dimensions: { TargetGroup: group, LoadBalancer: balancer },
  };
}

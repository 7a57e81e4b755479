/** How a stack's rollouts are judged. */
import { type AnalysisPlan, CLIENT_ERRORS, type MetricPlan } from "../../analysis/plan";
import type { Settings } from "../../stacks/settings";

/** Requests of the canary that a step takes at least. */
const LEAST_REQUESTS = 30;

/** How rollouts are judged by Pulumi's engine. */
export function analysisOf({ rollout }: Pick<Settings, "rollout">): AnalysisPlan {
  const { intervalSeconds, onNoTraffic, minRequests, falseAlarm, warmUpSeconds, metrics } = rollout.analysis;
  return {
    intervalSeconds,
    onNoTraffic,
    minRequests: minRequests ?? LEAST_REQUESTS,
    ...(falseAlarm !== undefined && { falseAlarm }),
    ...(warmUpSeconds !== undefined && { warmUpSeconds }),
    metrics: withClientErrors(metrics),
  };
}

/** Keys that were asked for and are of no use with Pulumi's engine, and what has taken their place, a line each. */
export function unusedKeys({ analysis }: Settings["rollout"]): string[] {
  const instead =
    "counts decide at once, and rollout.analysis.falseAlarm says how often a healthy canary may go back";
  return Object.entries({ failures: analysis.failures, significance: analysis.significance }).flatMap(
    ([key, value]) =>
      value === undefined ? [] : [`rollout.analysis.${key} is ${value}: of no use any more; ${instead}`],
  );
}

/**
 * With answers 4xx watched, too, if a source counts answers by their status: a canary that refuses what the primary takes fails
 * its users, though no answer is an error of its own. A metric of that query is in the place of this one.
 */
function withClientErrors(metrics: readonly MetricPlan[]): readonly MetricPlan[] {
  const counted = metrics.find(
    ({ query, minEffectPercent }) =>
      (query === "success-rate" || query === "error-rate") && minEffectPercent !== undefined,
  );
  const isWatched = metrics.some(({ query }) => query === CLIENT_ERRORS);
  if (counted === undefined || isWatched) return metrics;
  const names = metrics.map(({ name }) => name);
  const name = ["not 4xx", CLIENT_ERRORS].find((each) => !names.includes(each));
  if (name === undefined) return metrics;
  const { source } = counted;
  // One in a hundred more: told by those that are none, as a share of few has no size to compare with.
  return [
    ...metrics,
    { name, source, query: CLIENT_ERRORS, better: "higher", unit: "%", minEffectPercent: 1 },
  ];
}

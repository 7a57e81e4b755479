import { PERSON } from "../../analysis/person";
import type { Counting } from "../../analysis/source";
import { configured, sourceKind } from "../../analysis/sources";
import { fronts } from "../../components/aws/fronts";
import type { Refusal } from "../../components/fields";
import { isClusterAlone, platforms, platformsWith } from "../platforms";
import type { Problem } from "../problems";
import type { Parsed } from "../schema";
import { stepsOf } from "../schema/rollout";

/** Problems of the settings of rollouts. */
export function rolloutProblems(parsed: Parsed): Problem[] {
  const { rollout } = parsed;
  const { steps, exponential, approvals, window, baseline } = rollout;
  const problems: Problem[] = [];
  const refuse = (key: string, value: unknown, allowed: string): void => {
    problems.push({ key: `rollout.${key}`, value, allowed });
  };
  if (steps !== undefined && exponential !== undefined)
    refuse("exponential", exponential, "no such key beside steps");
  if (exponential !== undefined && exponential.to <= exponential.from)
    refuse(
      "exponential.to",
      exponential.to,
      `more than rollout.exponential.from, which is ${exponential.from}`,
    );
  const weights = stepsOf(rollout);
  approvals.forEach((weight, i) => {
    if (!weights.includes(weight))
      refuse(`approvals[${i}]`, weight, `one of the steps ${weights.join(", ")}`);
  });
  if (window !== undefined && window.from === window.to)
    refuse("window.to", window.to, "another time than rollout.window.from");
  if (baseline === "fresh" && !isClusterAlone(platforms[parsed.platform])) {
    const able = platformsWith(isClusterAlone).join(", ");
    refuse("baseline", baseline, `primary; fresh on platform ${able} only`);
  }
  return [...problems, ...metricProblems(rollout), ...sourceProblems(parsed)];
}

function metricProblems({ analysis: { metrics }, sources }: Parsed["rollout"]): Problem[] {
  const names: string[] = configured(sources).map(({ name }) => name);
  return metrics.flatMap(({ name, source, threshold, minEffectPercent }, i) => {
    const key = `rollout.analysis.metrics[${i}]`;
    const problems: Problem[] = [];
    if (metrics.findIndex((metric) => metric.name === name) < i)
      problems.push({ key: `${key}.name`, value: name, allowed: "a name that no other metric has" });
    if (source === PERSON) return problems;
    if (!names.includes(source)) {
      const allowed = `${PERSON}, or a key of rollout.sources, which has ${names.join(", ") || "none"}`;
      problems.push({ key: `${key}.source`, value: source, allowed });
    }
    if (threshold === undefined && minEffectPercent === undefined)
      problems.push({ key: `${key}.threshold`, allowed: "a threshold, minEffectPercent or both" });
    return problems;
  });
}

/** Settings and queries that a source can't make sense of, or that nothing on the platform counts: each would hold every step. */
function sourceProblems({ platform, aws, rollout: { analysis, sources } }: Parsed): Problem[] {
  const { hasFleets, hasCluster } = platforms[platform];
  const counting: Counting = {
    ...(hasFleets && {
      fleets: { loadBalancer: aws && { name: aws.loadBalancer, metrics: fronts[aws.loadBalancer].metrics } },
    }),
    hasCluster,
  };
  const below = (path: string, refusals: readonly Refusal[]): Problem[] =>
    refusals.map(([key, value, allowed]) => ({ key: [path, key].filter(Boolean).join("."), value, allowed }));
  return [
    ...analysis.metrics.flatMap((metric, i) =>
      below(
        `rollout.analysis.metrics[${i}]`,
        sourceKind(metric.source)?.metricProblems(metric, counting) ?? [],
      ),
    ),
    ...configured(sources).flatMap(({ name, kind, settings }) =>
      below(`rollout.sources.${name}`, kind.problems(settings, counting)),
    ),
  ];
}

import type { Problem } from "../problems";
import type { Parsed } from "../schema";
import { stepsOf } from "../schema/rollout";

/** Problems of the settings of rollouts. */
export function rolloutProblems({ rollout }: Parsed): Problem[] {
  const { steps, exponential, approvals, window } = rollout;
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
  return [...problems, ...metricProblems(rollout)];
}

function metricProblems({ analysis: { metrics }, sources }: Parsed["rollout"]): Problem[] {
  const configured = Object.entries(sources).flatMap(([name, set]) => (set === undefined ? [] : [name]));
  return metrics.flatMap(({ name, source, threshold, minEffectPercent }, i) => {
    const key = `rollout.analysis.metrics[${i}]`;
    const problems: Problem[] = [];
    if (metrics.findIndex((metric) => metric.name === name) < i)
      problems.push({ key: `${key}.name`, value: name, allowed: "a name that no other metric has" });
    if (!configured.includes(source)) {
      const allowed = `a key of rollout.sources, which has ${configured.join(", ") || "none"}`;
      problems.push({ key: `${key}.source`, value: source, allowed });
    }
    if (threshold === undefined && minEffectPercent === undefined)
      problems.push({ key: `${key}.threshold`, allowed: "a threshold, minEffectPercent or both" });
    return problems;
  });
}

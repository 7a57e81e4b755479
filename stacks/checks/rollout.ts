import { balancerQuery } from "../../rollout/sources/balancer-queries";
import { PERSON } from "../../rollout/sources/person";
import { builtIn } from "../../rollout/sources/queries";
import type { Problem } from "../problems";
import type { Parsed } from "../schema";
import { stepsOf } from "../schema/rollout";
import { queryProblems } from "./queries";

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
  if (baseline === "fresh" && parsed.platform !== "kubernetes")
    refuse("baseline", baseline, "primary; fresh on platform kubernetes only");
  return [...problems, ...metricProblems(rollout), ...queryProblems(rollout), ...placeProblems(parsed)];
}

function metricProblems({ analysis: { metrics }, sources }: Parsed["rollout"]): Problem[] {
  const configured = Object.entries(sources).flatMap(([name, set]) => (set === undefined ? [] : [name]));
  return metrics.flatMap(({ name, source, threshold, minEffectPercent }, i) => {
    const key = `rollout.analysis.metrics[${i}]`;
    const problems: Problem[] = [];
    if (metrics.findIndex((metric) => metric.name === name) < i)
      problems.push({ key: `${key}.name`, value: name, allowed: "a name that no other metric has" });
    if (source === PERSON) return problems;
    if (!configured.includes(source)) {
      const allowed = `${PERSON}, or a key of rollout.sources, which has ${configured.join(", ") || "none"}`;
      problems.push({ key: `${key}.source`, value: source, allowed });
    }
    if (threshold === undefined && minEffectPercent === undefined)
      problems.push({ key: `${key}.threshold`, allowed: "a threshold, minEffectPercent or both" });
    return problems;
  });
}

/** Metrics that nothing on the platform counts, which would hold every step. */
function placeProblems({ platform, aws, rollout: { analysis, sources } }: Parsed): Problem[] {
  const kind = aws?.loadBalancer;
  const problems: Problem[] = [];
  if (platform === "kubernetes" && sources.cloudwatch !== undefined) {
    const allowed = "on platform elb, migration only, whose load balancers it counts at";
    problems.push({ key: "rollout.sources.cloudwatch", value: sources.cloudwatch, allowed });
  }
  analysis.metrics.forEach(({ source, query, minEffectPercent }, i) => {
    const key = `rollout.analysis.metrics[${i}]`;
    if (source === "prometheus" && platform === "elb" && (builtIn as readonly string[]).includes(query)) {
      const allowed = "a query of your own, as the built-in ones are about routers on Kubernetes";
      problems.push({ key: `${key}.query`, value: query, allowed });
    }
    if (source !== "cloudwatch" || kind === undefined || platform === "kubernetes") return;
    if (balancerQuery(query, kind) === undefined) {
      const allowed = `METRIC:STATISTIC, or a built-in query for aws.loadBalancer ${kind}`;
      problems.push({ key: `${key}.query`, value: query, allowed });
    }
    if (kind === "classic" && minEffectPercent !== undefined) {
      const allowed = "a threshold alone with aws.loadBalancer classic, which counts all variants together";
      problems.push({ key: `${key}.minEffectPercent`, value: minEffectPercent, allowed });
    }
  });
  return problems;
}

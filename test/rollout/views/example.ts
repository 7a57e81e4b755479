/** A rollout worth looking at: a canary that is fine at 5 %, and errs at 25 %. */
import type { MetricPlan } from "../../../analysis/plan";
import type { MetricVerdict } from "../../../analysis/verdict";
import type { RolloutEvent } from "../../../rollout/journal/events";
import type { Plan } from "../../../rollout/plan/plan";
import { plan, steps } from "../machine/world";

const successRate: MetricPlan = {
  name: "success rate",
  source: "prometheus",
  query: "success-rate",
  better: "higher",
  unit: "%",
  threshold: 99,
  minEffectPercent: 0.5,
};
const latency: MetricPlan = {
  name: "latency",
  source: "prometheus",
  query: "latency-p90",
  better: "lower",
  unit: "ms",
  threshold: 500,
};

export const examplePlan: Plan = plan({
  steps: steps(5, 25, 100),
  analysis: { ...plan().analysis, metrics: [successRate, latency] },
});

const KEY = "myapp/canary";
const BEGIN = Date.UTC(2026, 2, 1, 12);
const at = (seconds: number): number => BEGIN + seconds * 1000;

/** The rollout's events, which end as wished. */
export function exampleEvents(change: { metric?: string; look?: string } = {}): RolloutEvent[] {
  const named = change.metric ?? successRate.name;
  const metrics = examplePlan.analysis.metrics.map((metric, i) =>
    i === 0 ? { ...metric, name: named } : metric,
  );
  const judged = (
    seconds: number,
    step: number,
    errors: number,
    success: "pass" | "unclear" | "fail" = "pass",
  ): RolloutEvent => {
    const about = { app: "myapp", canary: "canary", canarySamples: [], baselineSamples: [] };
    const look = change.look ?? "https://prometheus.example.com/graph?g0.expr=up";
    const difference = {
      pass: "the same",
      unclear: "2 % worse, perhaps by chance",
      fail: "20 % worse",
    };
    const verdicts: MetricVerdict[] = [
      {
        ...about,
        look,
        metric: named,
        canaryValue: 100 - errors / 10,
        baselineValue: 99.95,
        outcome: success,
        reason: `canary ${errors} errors in 1,000 requests; 1 would be expected: ${difference[success]}`,
        evidence: {
          worse: { value: success === "pass" ? 0.4 : 12 * errors, limit: 900 },
          noWorse: { value: success === "pass" ? 24 : 0.003, limit: 20 },
        },
      },
      {
        ...about,
        look,
        metric: "latency",
        canaryValue: 180 + seconds / 10,
        baselineValue: 190,
        outcome: seconds === 30 ? "no-traffic" : "pass",
        reason:
          seconds === 30
            ? "canary p90 183 ms, primary 190 ms, in 3 requests: fewer than 30 requests"
            : "canary p90 185 ms, primary 190 ms, in 900 requests: within the threshold of 500 ms",
      },
    ];
    const isHeld = seconds === 30 || success === "unclear";
    const outcome = success === "fail" ? "fail" : isHeld ? "hold" : "pass";
    const verdict = { time: at(seconds), outcome, metrics: verdicts } as const;
    return { time: at(seconds), type: "judged", step, verdict };
  };
  const shift = (seconds: number, step: number, weight: number): RolloutEvent[] => [
    { time: at(seconds), type: "shifting", step, weights: { [KEY]: weight }, message: `to ${weight} %` },
    { time: at(seconds + 3), type: "shifted", step, weights: { [KEY]: weight } },
    { time: at(seconds + 5), type: "observed", step, weights: { [KEY]: weight } },
  ];
  const reason =
    "myapp/canary success rate: canary 200 errors in 1,000 requests; 1 would be expected: 20 % worse";
  return [
    {
      time: at(-5),
      type: "begun",
      id: "one",
      from: { [KEY]: 0 },
      plan: { ...examplePlan, analysis: { ...examplePlan.analysis, metrics } },
    },
    ...shift(-5, 0, 5),
    judged(30, 0, 1),
    judged(60, 0, 1),
    ...shift(61, 1, 25),
    judged(96, 1, 20, "unclear"),
    judged(126, 1, 40, "unclear"),
    judged(156, 1, 200, "fail"),
    { time: at(156), type: "rolling-back", weights: { [KEY]: 0 }, reason },
    { time: at(159), type: "rolled-back", weights: { [KEY]: 0 } },
    { time: at(159), type: "ended", outcome: "rolled-back", reason },
  ];
}

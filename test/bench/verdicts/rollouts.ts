/** A rollout on simulated traffic, by the product's own machine, analysis and Prometheus reader. */
import { analyser } from "../../../analysis/analyse";
import { metricSources } from "../../../analysis/sources";
import type { AnalysisWorld } from "../../../analysis/world";
import { rollOut } from "../../../rollout/machine/machine";
import { analysisOf } from "../../../rollout/plan/analysis-plan";
import { foresee } from "../../../rollout/plan/foresee";
import type { Plan } from "../../../rollout/plan/plan";
import { type RolloutSettings, rollout as schema } from "../../../stacks/schema/rollout";
import type { Settings } from "../../../stacks/settings";
import { FakeClock } from "../../rollout/machine/world";
import { Chance } from "./random";
import { EPOCH, type Scenario, Traffic } from "./traffic";

export interface Run {
  readonly isBack: boolean;
  /** Seconds until the end. */
  readonly seconds: number;
  readonly harmed: number;
  readonly reason: string;
}

/** The settings of docs/analysis.md. */
export const SETTINGS: RolloutSettings = schema.parse({
  sources: { prometheus: { url: "http://prometheus" } },
  analysis: {
    metrics: [
      {
        name: "success rate",
        source: "prometheus",
        query: "success-rate",
        better: "higher",
        unit: "%",
        threshold: 99,
        minEffectPercent: 0.5,
      },
      {
        name: "latency",
        source: "prometheus",
        query: "latency-p90",
        better: "lower",
        unit: "ms",
        threshold: 500,
        minEffectPercent: 20,
      },
    ],
  },
});

/** As much of an answer as is read: a `Response` takes longer than to judge what is in it. */
function answered(text: string): Response {
  const chunks = [{ done: false, value: Buffer.from(text) }];
  const reader = { read: async () => chunks.pop() ?? { done: true } };
  return { ok: true, status: 200, body: { getReader: () => reader } } as unknown as Response;
}

const TARGET = { app: "myapp", canary: "canary" };
/** @param from the first step's weight */
export async function rolledOut(
  scenario: Scenario,
  seed: number,
  from = 1,
  settings = SETTINGS,
): Promise<Run> {
  const traffic = new Traffic(scenario, new Chance(seed));
  const clock = new FakeClock();
  const never = new AbortController().signal;
  clock.set = EPOCH;
  const time = (): number => clock.elapsed() / 1000;
  const place = (_app: string, variant: string) => ({
    namespace: "shop",
    service: variant === "primary" ? "myapp" : "myapp-canary",
  });
  const weights = [1, 5, 25, 50, 100].filter((weight) => weight >= from);
  const world: AnalysisWorld = {
    sources: metricSources(settings.sources, {}),
    clock,
    place,
    idle: (_app, variant, _source, given) =>
      variant === "primary" && given["myapp/canary"] === 100
        ? "the weights leave the primary none"
        : undefined,
    steps: weights.length,
  };
  const made: Plan = {
    stack: "simulated",
    targets: [TARGET],
    steps: weights.map((weight) => ({
      weight,
      bakeSeconds: settings.bakeSeconds,
      approval: false,
    })) as unknown as Plan["steps"],
    analysis: analysisOf({ rollout: settings } as Pick<Settings, "rollout">),
  };
  const asked = globalThis.fetch;
  globalThis.fetch = (async (url: URL) => {
    traffic.until(time());
    const { query = "", time: at = "0" } = Object.fromEntries(url.searchParams);
    return answered(JSON.stringify(traffic.answerTo(query, Number(at))));
  }) as typeof fetch;
  try {
    const plan = await foresee(made, world, never);
    let applied = { "myapp/canary": 0 };
    const set = async (given: Readonly<Record<string, number>>): Promise<void> => {
      traffic.until(time());
      applied = { "myapp/canary": given["myapp/canary"] ?? 0 };
      traffic.weight = applied["myapp/canary"];
    };
    let isBack = false;
    let end = 0;
    const { outcome, reason } = await rollOut(
      plan,
      applied,
      { at: "shift", step: 0 },
      {
        shifter: {
          applied: async () => applied,
          observed: async () => applied,
          preview: async () => [],
          changedByHand: async () => [],
          recover: async () => {},
          apply: set,
          rollBack: set,
        },
        analyse: analyser(plan.analysis, world),
        clock,
        approvals: { decision: () => Promise.reject(new Error("nobody is asked")) },
        expected: (given) =>
          Object.fromEntries(Object.entries(given).map(([key, most]) => [key, { least: most, most }])),
        record(event) {
          if (event.type === "rolling-back") {
            isBack = true;
            end = time();
          }
          if (event.type === "ended" && !isBack) end = time();
        },
      },
      { stop: never, abort: never },
    );
    if (outcome === "stopped") throw new Error(`the rollout stopped: ${reason}`);
    return { isBack, seconds: end, harmed: traffic.harmed, reason };
  } finally {
    globalThis.fetch = asked;
  }
}

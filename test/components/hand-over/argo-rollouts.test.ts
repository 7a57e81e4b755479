import assert from "node:assert/strict";
import { controllerOf } from "../../../components/hand-over";
import { declared, managed, ordinaryRoutes, prometheus, specOf, successRate } from "./managed";

type Raw = Record<string, unknown>;

const strategyOf = (rollout: Raw): { steps: object[]; [key: string]: unknown } => {
  const { strategy } = specOf("Rollout", declared("argo-rollouts", rollout));
  return (strategy as { canary: { steps: object[] } }).canary;
};

interface TemplateMetric {
  readonly count: number;
  readonly failureLimit: number;
  readonly inconclusiveLimit: number;
  readonly successCondition: string;
  readonly failureCondition: string;
  readonly provider: object;
}

function metricOf(analysis: Raw, more: Raw = {}): TemplateMetric {
  const rollout = { analysis: { metrics: [successRate], ...analysis }, sources: prometheus, ...more };
  const { metrics } = specOf("AnalysisTemplate", declared("argo-rollouts", rollout));
  const [metric] = metrics as TemplateMetric[];
  assert.ok(metric !== undefined);
  return metric;
}

describe("Argo Rollouts' objects", () => {
  it("take each step with its bake, and wait for approvals before the weight", () => {
    assert.deepEqual(strategyOf({ steps: [5, 50, 100], approvals: [50], bakeSeconds: 60 }).steps, [
      { setWeight: 5 },
      { pause: { duration: "60s" } },
      { pause: {} },
      { setWeight: 50 },
      { pause: { duration: "60s" } },
      { setWeight: 100 },
      { pause: { duration: "60s" } },
    ]);
  });

  it("have no pause without a bake: one of no time would never end", () => {
    assert.deepEqual(strategyOf({ steps: [5], bakeSeconds: 0 }).steps, [{ setWeight: 5 }]);
  });

  it("judge a step for as long as it bakes", () => {
    const rollout = {
      steps: [5],
      bakeSeconds: 300,
      analysis: { metrics: [successRate] },
      sources: prometheus,
    };
    assert.deepEqual(strategyOf(rollout).steps, [
      { setWeight: 5 },
      { analysis: { templates: [{ templateName: "myapp" }] } },
    ]);
    assert.equal(metricOf({ intervalSeconds: 30 }, { bakeSeconds: 300 }).count, 10);
  });

  it("never pass a step whose judgements all failed", () => {
    assert.equal(metricOf({ failures: 3, intervalSeconds: 30 }, { bakeSeconds: 300 }).failureLimit, 2);
    const { count, failureLimit } = metricOf({ failures: 3, intervalSeconds: 30 }, { bakeSeconds: 60 });
    assert.ok(failureLimit < count);
  });

  for (const [onNoTraffic, none] of Object.entries({
    hold: "inconclusive",
    fail: "failed",
    proceed: "passed",
  })) {
    it(`judge values by the threshold, and none with onNoTraffic: ${onNoTraffic} as ${none}`, () => {
      const metric = metricOf({ onNoTraffic });
      const verdict = (...result: number[]): string => {
        const [passes, fails] = [metric.successCondition, metric.failureCondition].map((condition) =>
          new Function("result", "len", `return ${condition}`)(result, ({ length }: number[]) => length),
        );
        assert.ok(!(passes && fails));
        return passes ? "passed" : fails ? "failed" : "inconclusive";
      };
      assert.deepEqual(
        [verdict(99.5), verdict(99), verdict(98.9), verdict(), verdict(Number.NaN)],
        ["passed", "passed", "failed", none, none],
      );
      assert.ok(metric.inconclusiveLimit < metric.count);
    });
  }

  for (const [onNoTraffic, none] of Object.entries({ hold: "neither", fail: "failed", proceed: "passed" })) {
    it(`ask Datadog with its Secret's keys, and take no value with onNoTraffic: ${onNoTraffic} as ${none}`, () => {
      const query = "sum:errors{service:{{service}}}";
      const metric = { ...successRate, source: "datadog", query, better: "lower", threshold: 1 };
      const found = metricOf({ onNoTraffic, metrics: [metric] }, { sources: { datadog: {} } });
      assert.deepEqual(found.provider, {
        datadog: {
          interval: "30s",
          secretRef: { name: "datadog", namespaced: true },
          query: "sum:errors{service:myapp-argo-canary}",
        },
      });
      const verdict = (result?: number): string => {
        const [passes, fails] = [found.successCondition, found.failureCondition].map((condition) =>
          new Function("result", "orElse", `return ${condition.replace("default(", "orElse(")}`)(
            result,
            (value: unknown, other: unknown) => value ?? other,
          ),
        );
        return passes ? "passed" : fails ? "failed" : "neither";
      };
      assert.deepEqual(
        [verdict(0.5), verdict(1), verdict(1.5), verdict()],
        ["passed", "passed", "failed", none],
      );
    });
  }

  it("ask an HTTP server by its address and path", () => {
    const metric = {
      ...successRate,
      source: "http",
      query: "$.errors[0].rate",
      better: "lower",
      threshold: 1,
    };
    const sources = { http: { url: "http://quality/{{namespace}}/{{service}}" } };
    const { provider, successCondition, failureCondition } = metricOf({ metrics: [metric] }, { sources });
    assert.deepEqual(provider, {
      web: { url: "http://quality/myapp/myapp-argo-canary", jsonPath: "{$.errors[0].rate}" },
    });
    assert.deepEqual([successCondition, failureCondition], ["result <= 1", "result > 1"]);
  });

  it("declare without weights the Services that it looks for in the TraefikService", () => {
    const manifests = declared("argo-rollouts");
    const { canaryService, stableService, trafficRouting } = strategyOf({});
    const split = manifests.find(({ kind }) => kind === "TraefikService");
    assert.deepEqual(split?.spec, {
      weighted: {
        services: [
          { name: stableService, port: 80 },
          { name: canaryService, port: 80 },
        ],
      },
    });
    assert.deepEqual(trafficRouting, { traefik: { weightedTraefikServiceName: split?.metadata.name } });
  });

  it("leave weights and selectors to Argo Rollouts, and the Rollout in the cluster", () => {
    const objects = controllerOf("argo-rollouts")?.objects(managed("argo-rollouts")) ?? [];
    const theirs = objects.flatMap(({ manifest, theirs = [], kept = false }) =>
      theirs.length > 0 || kept ? [[`${manifest.kind} ${manifest.metadata.name}`, ...theirs, kept]] : [],
    );
    assert.deepEqual(theirs, [
      ["Service myapp-argo-canary", "spec.selector", false],
      ["TraefikService myapp-argo", "spec.weighted.services", false],
      ["Rollout myapp", true],
    ]);
  });

  it("have the app's routes, by another TraefikService", () => {
    const routes = declared("argo-rollouts").filter(({ kind }) => kind === "IngressRoute");
    const renamed = JSON.stringify(ordinaryRoutes()).replace(
      '"kind":"TraefikService","name":"myapp"',
      '"kind":"TraefikService","name":"myapp-argo"',
    );
    assert.deepEqual(routes, JSON.parse(renamed));
  });

  it("leave the number of pods to the autoscaler, where there is one", () => {
    assert.equal(specOf("Rollout", declared("argo-rollouts", {}, { replicas: 7 })).replicas, 7);
    const app = { autoscaling: { min: 2, max: 10 } };
    assert.equal("replicas" in specOf("Rollout", declared("argo-rollouts", {}, app)), false);
  });
});

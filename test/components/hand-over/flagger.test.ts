import assert from "node:assert/strict";
import { filled } from "../../../analysis/sources/placeholders";
import { builtInQuery } from "../../../analysis/sources/prometheus-queries";
import { declared, ordinaryRoutes, prometheus, specOf, successRate } from "./managed";

const JUDGED = { onNoTraffic: "fail", metrics: [successRate] };

describe("Flagger's objects", () => {
  it("have the rollout's steps, its bake as interval, and its failures as threshold", () => {
    const rollout = { steps: [5, 25, 50], bakeSeconds: 60, analysis: { failures: 2 } };
    const { analysis } = specOf("Canary", declared("flagger", rollout)) as { analysis: object };
    assert.deepEqual(analysis, { interval: "60s", threshold: 2, stepWeights: [5, 25, 50] });
  });

  it("have steps that grow by a factor", () => {
    const rollout = { exponential: { from: 5, factor: 2, to: 40 } };
    const { analysis } = specOf("Canary", declared("flagger", rollout)) as {
      analysis: { stepWeights: number[] };
    };
    assert.deepEqual(analysis.stepWeights, [5, 10, 20, 40]);
  });

  it("hold a metric to its threshold on its good side", () => {
    const latency = {
      ...successRate,
      name: "latency",
      query: "latency-p90",
      better: "lower",
      threshold: 500,
    };
    const analysis = { ...JUDGED, metrics: [successRate, latency] };
    const manifests = declared("flagger", { bakeSeconds: 60, analysis, sources: prometheus });
    const { metrics } = (specOf("Canary", manifests) as { analysis: { metrics: object[] } }).analysis;
    assert.deepEqual(metrics, [
      {
        name: "success rate",
        interval: "60s",
        thresholdRange: { min: 99 },
        templateRef: { name: "myapp-success-rate" },
      },
      {
        name: "latency",
        interval: "60s",
        thresholdRange: { max: 500 },
        templateRef: { name: "myapp-latency" },
      },
    ]);
  });

  it("ask what canary rollout would, of the canary's Service over one bake", () => {
    const analysis = { ...JUDGED, minRequests: 0 };
    const manifests = declared("flagger", { bakeSeconds: 60, analysis, sources: prometheus });
    const own = builtInQuery("success-rate", "traefik", "canary") ?? "";
    assert.deepEqual(specOf("MetricTemplate", manifests), {
      provider: { type: "prometheus", address: "http://prometheus:9090" },
      query: filled(own, {
        app: "myapp",
        namespace: "myapp",
        service: "myapp-canary",
        window: "60s",
        port: "80",
        portName: "http",
        primary: "myapp",
      }),
    });
  });

  it("have no value while there are fewer requests than minRequests, unless the query is one's own", () => {
    const own = { ...successRate, name: "own", query: 'mine{service="{{service}}"}' };
    const queries = declared("flagger", {
      analysis: { ...JUDGED, minRequests: 20, metrics: [successRate, own] },
      sources: prometheus,
    }).flatMap(({ kind, spec }) => (kind === "MetricTemplate" ? [(spec as { query: string }).query] : []));
    assert.match(queries[0] ?? "", /^\(100 .*\) and \(sum\(increase\(.*\[300s\]\)\) >= 20\)$/);
    assert.equal(queries[1], 'mine{service="myapp-canary"}');
  });

  it("ask Datadog at its site, with the keys of a Secret", () => {
    const metric = { ...successRate, source: "datadog", query: "avg:latency{service:{{service}}}" };
    const sources = { datadog: { site: "datadoghq.eu" } };
    const manifests = declared("flagger", { analysis: { ...JUDGED, metrics: [metric] }, sources });
    assert.deepEqual(specOf("MetricTemplate", manifests), {
      provider: {
        type: "datadog",
        address: "https://api.datadoghq.eu",
        secretRef: { name: "datadog" },
      },
      query: "avg:latency{service:myapp-canary}",
    });
  });

  it("leave to Flagger what it makes itself, and give its primary's pods a budget", () => {
    const names = declared("flagger").map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    assert.deepEqual(names, [
      "PodDisruptionBudget myapp-primary",
      "Canary myapp",
      "IngressRoute myapp-fallback",
      "IngressRoute myapp",
    ]);
  });

  it("have the routes that the app has without a controller, its certificate's too", () => {
    const app = { tlsSecret: "myapp-tls" };
    const routes = declared("flagger", {}, app).filter(({ kind }) => kind === "IngressRoute");
    assert.deepEqual(routes, ordinaryRoutes(app));
  });

  it("name the autoscaler, which Flagger copies to the primary", () => {
    const app = { autoscaling: { min: 2, max: 10 } };
    const { autoscalerRef } = specOf("Canary", declared("flagger", {}, app));
    assert.deepEqual(autoscalerRef, {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      name: "myapp",
    });
  });
});

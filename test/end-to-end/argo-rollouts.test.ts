import assert from "node:assert/strict";
import { ControlledApp } from "./controlled";
import { lab } from "./hooks";

const metric = { source: "prometheus", query: "success-rate", better: "higher", threshold: 99 };
const ROLLOUT = {
  engine: "argo-rollouts",
  steps: [5, 50, 100],
  approvals: [50],
  bakeSeconds: 60,
  analysis: {
    metrics: [
      { ...metric, name: "success rate" },
      { ...metric, name: "errors", source: "datadog", query: "sum:errors{service:{{service}}}" },
      { ...metric, name: "quality", source: "http", query: "$.quality[0].rate" },
    ],
  },
  sources: {
    prometheus: { url: "http://prometheus.monitoring:9090" },
    datadog: {},
    http: { url: "http://quality.monitoring/{{namespace}}/{{service}}" },
  },
};

describe("what is rendered for Argo Rollouts", () => {
  it("is accepted by its kinds' definitions, and the second time changes nothing", async () => {
    const app = new ControlledApp(lab(), "argo", ROLLOUT);
    const objects = await app.objects();
    await lab().apply(objects);
    const again = await lab().apply(objects);
    assert.deepEqual(
      again.filter(({ change }) => change !== "unchanged"),
      [],
    );
    for (const kind of ["Rollout", "AnalysisTemplate"]) {
      assert.ok(
        objects.some((object) => object.kind === kind),
        kind,
      );
    }
    for (const object of objects.reverse()) await lab().cluster.delete(object);
  });

  it("serves all users from the Deployment until Argo Rollouts has come", async () => {
    const app = new ControlledApp(lab(), "before-argo", ROLLOUT);
    await app.deploy();
    for (const object of (await app.objects()).reverse()) await lab().cluster.delete(object);
  });
});

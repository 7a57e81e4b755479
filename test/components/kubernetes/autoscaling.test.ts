import assert from "node:assert/strict";
import { CanaryApp } from "../../../components/kubernetes/canary-app";
import { at, only, type Registered, registered } from "./registered";
import { args } from "./workload";

const scaling = { min: 4, max: 12, cpuPercent: 60 };
const image = "registry.example.com/myapp:1.1.0";

const app = (canary: { scaling?: typeof scaling } = {}): Promise<Registered[]> => {
  const primary = { ...args.primary, scaling };
  const canaries = [{ name: "canary", image, replicas: 2, ...canary }];
  return registered(() => new CanaryApp("myapp", { ...args, primary, canaries }));
};

describe("an autoscaler", () => {
  it("chooses the primary's number of pods within its bounds, by cpu", async () => {
    const autoscaler = only(await app(), "HorizontalPodAutoscaler");
    assert.deepEqual(at(autoscaler, "spec"), {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "myapp" },
      minReplicas: 4,
      maxReplicas: 12,
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } },
        },
      ],
    });
    assert.equal(at(autoscaler, "metadata.namespace"), "shop");
  });

  it("has that number to itself: the Deployment says none, while those that don't scale do", async () => {
    const resources = await app();
    const spec = at(only(resources, "Deployment", "myapp"), "spec") as object;
    assert.ok(!("replicas" in spec));
    assert.equal(at(only(resources, "Deployment", "myapp-canary"), "spec.replicas"), 2);
  });

  it("is there for a canary when asked for", async () => {
    const resources = await app({ scaling: { min: 1, max: 2, cpuPercent: 60 } });
    const autoscaler = only(resources, "HorizontalPodAutoscaler", "myapp-canary");
    assert.deepEqual([at(autoscaler, "spec.minReplicas"), at(autoscaler, "spec.maxReplicas")], [1, 2]);
    const spec = at(only(resources, "Deployment", "myapp-canary"), "spec") as object;
    assert.ok(!("replicas" in spec));
  });
});

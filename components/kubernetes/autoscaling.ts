import type { HorizontalPodAutoscalerArgs } from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler";
import type { meta } from "@pulumi/kubernetes/types/input";

/** Bounds within which the cluster chooses a number of pods. */
export interface Scaling {
  readonly min: number;
  readonly max: number;
  /** Percent of the requested cpu that pods are to use on average. */
  readonly cpuPercent: number;
}

/** What has the pods, unless a controller has them. */
export const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment" };

/** An autoscaler of the object of the same name that has the pods. */
export function autoscaler(
  metadata: meta.v1.ObjectMeta & { readonly name: string },
  { min, max, cpuPercent }: Scaling,
  scaled: typeof DEPLOYMENT,
): HorizontalPodAutoscalerArgs {
  const target = { type: "Utilization", averageUtilization: cpuPercent };
  return {
    metadata,
    spec: {
      scaleTargetRef: { ...scaled, name: metadata.name },
      minReplicas: min,
      maxReplicas: max,
      metrics: [{ type: "Resource", resource: { name: "cpu", target } }],
    },
  };
}

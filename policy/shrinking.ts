/** Variants that lose requests in an update, and pods with them. */
import type { RouterName } from "../components/routers";
import { valueAt } from "../offline/values";
import type { GraphResource, GraphWithChanges } from "./graph";
import { resourcesBefore, workload } from "./traffic";

/** A variant that an update takes a part of its requests from and, at the same time, pods. */
export interface Shrinking {
  readonly app: string;
  readonly variant: string;
  /** Percent of the app's requests. */
  readonly before: number;
  readonly after: number;
  /** Name of its Deployment, and of what else is its own. */
  readonly objectName: string;
  readonly pods: number;
  /** 0 where the variant goes. */
  readonly fewer: number;
}

/** The router whose split is made of pods: there the two are one thing. */
const BY_PODS: RouterName = "replicas";

/**
 * Pods go before the route changes, so for a while fewer pods would have the old share. Where an autoscaler owns the number of
 * pods it is its maximum that counts.
 */
export function shrinking(graph: GraphWithChanges): Shrinking[] {
  const { weights, routers } = graph.changes;
  return Object.entries(graph.weights)
    .filter(([app]) => routers[app] !== BY_PODS)
    .flatMap(([app, after]) =>
      Object.entries(weights[app] ?? {}).flatMap(([variant, { asked: before }]) => {
        const objectName = variant === "primary" ? app : `${app}-${variant}`;
        const share = after[variant]?.asked ?? 0;
        const [pods, fewer] = [
          podsOf(resourcesBefore(graph), objectName),
          podsOf(graph.resources, objectName),
        ];
        if (share >= before || pods === undefined || fewer === undefined || fewer >= pods) return [];
        return [{ app, variant, before, after: share, objectName, pods, fewer }];
      }),
    );
}

export const AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";

/** Pods of a variant at most; undefined where it has no such number. */
function podsOf(resources: readonly GraphResource[], name: string): number | undefined {
  const found = workload(resources, name);
  if (found === undefined) return 0;
  const autoscaler = resources.find((resource) => resource.type === AUTOSCALER && resource.name === name);
  const count = valueAt(found.props, "spec.replicas") ?? valueAt(autoscaler?.props, "spec.maxReplicas");
  return typeof count === "number" ? count : undefined;
}

/** Variants that lose requests in an update, and pods with them. */

import { type Router, routers } from "../components/routers";
import { variantName } from "../components/traffic";
import { valueAt } from "../offline/values";
import { routersIn } from "../stacks/outputs";
import type { Changes, GraphResource, GraphWithChanges } from "./graph";
import { resourcesNamed } from "./graph";
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
  /** 0 if the variant goes. */
  readonly fewer: number;
}

/** Whether pods split the app's traffic after the update; in a migration, on the side of the cluster. */
export const isByPods = (changes: Changes, app: string): boolean =>
  routersIn(changes.routers[app] ?? "").some((name) => ALL_ROUTERS[name]?.replicas !== undefined);

const ALL_ROUTERS: Readonly<Record<string, Router | undefined>> = routers;

/**
 * Pods go before the route changes, so for a while fewer pods would have the old share. Where an autoscaler owns the number of
 * pods it is its maximum that counts; if it takes the number over, Kubernetes makes it 1 until the autoscaler corrects it.
 */
export function shrinking(graph: GraphWithChanges): Shrinking[] {
  const { weights } = graph.changes;
  return Object.entries(graph.weights)
    .filter(([app]) => !isByPods(graph.changes, app))
    .flatMap(([app, after]) =>
      Object.entries(weights[app] ?? {}).flatMap(([variant, { asked: before }]) => {
        const objectName = variantName(app, variant);
        const share = after[variant]?.asked ?? 0;
        const was = resourcesBefore(graph);
        const pods = podsOf(was, objectName);
        const takenOver = isScaled(graph.resources, objectName) && !isScaled(was, objectName);
        const fewer = takenOver ? 1 : podsOf(graph.resources, objectName);
        if (share >= before || pods === undefined || fewer === undefined || fewer >= pods) return [];
        return [{ app, variant, before, after: share, objectName, pods, fewer }];
      }),
    );
}

export const AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";

/** Pods of a variant at most; undefined if it has no such number. */
function podsOf(resources: readonly GraphResource[], name: string): number | undefined {
  const found = workload(resources, name);
  if (found === undefined) return 0;
  return numberOfPods(found, resources, "maxReplicas");
}

/** Pods of a Deployment, or a bound within which its autoscaler chooses their number. */
export function numberOfPods(
  { name, props }: GraphResource,
  resources: readonly GraphResource[],
  bound: "minReplicas" | "maxReplicas",
): number | undefined {
  const count =
    valueAt(props, "spec.replicas") ?? valueAt(autoscalerOf(resources, name)?.props, `spec.${bound}`);
  return typeof count === "number" ? count : undefined;
}

const isScaled = (resources: readonly GraphResource[], name: string): boolean =>
  autoscalerOf(resources, name) !== undefined;

const autoscalerOf = (resources: readonly GraphResource[], name: string): GraphResource | undefined =>
  resourcesNamed(resources, name).find(({ type }) => type === AUTOSCALER);

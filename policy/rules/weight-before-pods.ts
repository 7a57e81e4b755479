import { formatWeight } from "../../components/traffic";
import { valueAt } from "../../offline/values";
import type { GraphResource } from "../graph";
import type { ChangeRule } from "../rule";
import { resourcesBefore, shifts, workload } from "../traffic";

/** Pods go before the route changes, so for a while fewer pods would have the old share. On AWS they are one thing. */
export const weightBeforePods: ChangeRule = {
  needs: "changes",
  severity: "mandatory",
  description: "A canary's weight and its pods are not lowered in one update",
  check: (graph) =>
    shifts(graph.changes.weights, graph.weights).flatMap(({ app, canary, before = 0, after }) => {
      if (after === undefined || after >= before) return [];
      const name = `${app}-${canary}`;
      const deployment = workload(graph.resources, name);
      const [had, has] = [replicas(workload(resourcesBefore(graph), name)), replicas(deployment)];
      if (had === undefined || has === undefined || has >= had) return [];
      const message =
        `${app}: ${canary} goes from ${formatWeight(before)} to ${formatWeight(after)} and from ${had} pods to ${has}; ` +
        "allowed: the weight first, the pods in the next update";
      return [{ urn: deployment?.urn, message }];
    }),
};

function replicas(resource: GraphResource | undefined): number | undefined {
  const count = valueAt(resource?.props, "spec.replicas");
  return typeof count === "number" ? count : undefined;
}

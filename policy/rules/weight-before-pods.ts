import { formatWeight } from "../../components/traffic";
import { valueAt } from "../../offline/values";
import type { GraphResource } from "../graph";
import type { ChangeRule } from "../rule";
import { resourcesBefore, shifts, workload } from "../traffic";

/**
 * Pods go before the route changes, so for a while fewer pods would have the old share. Behind an ALB or NLB groups come after
 * the listeners, so for a while too few instances would have the new share. Behind a classic load balancer weight and
 * instances are one thing.
 */
export const weightBeforePods: ChangeRule = {
  needs: "changes",
  severity: "mandatory",
  description:
    "A canary's weight is not lowered together with its pods, nor raised together with its instances behind an ALB or NLB",
  check: (graph) =>
    shifts(graph.changes.weights, graph.weights).flatMap(({ app, canary, before = 0, after }) => {
      if (after === undefined) return [];
      const name = `${app}-${canary}`;
      const [was, is] = [workload(resourcesBefore(graph), name), workload(graph.resources, name)];
      const weights = `${app}: ${canary} goes from ${formatWeight(before)} to ${formatWeight(after)}`;
      const [pods, fewer] = [replicas(was), replicas(is)];
      if (after < before && pods !== undefined && fewer !== undefined && fewer < pods) {
        const allowed = "the weight first, the pods in the next update";
        return [
          { urn: is?.urn, message: `${weights} and from ${pods} pods to ${fewer}; allowed: ${allowed}` },
        ];
      }
      const [instances, more] = [instancesOf(was), instancesOf(is)];
      if (after > before && behindListener(is) && more > instances) {
        const allowed = "the instances first, the weight in the next update";
        const message = `${weights} and from ${instances} to ${more} instances; allowed: ${allowed}`;
        return [{ urn: is?.urn, message }];
      }
      return [];
    }),
};

function replicas(resource: GraphResource | undefined): number | undefined {
  const count = valueAt(resource?.props, "spec.replicas");
  return typeof count === "number" ? count : undefined;
}

const instancesOf = (resource: GraphResource | undefined): number => Number(resource?.props.minSize ?? 0);

const behindListener = (resource: GraphResource | undefined): boolean => {
  const targetGroups = resource?.props.targetGroupArns;
  return Array.isArray(targetGroups) && targetGroups.length > 0;
};

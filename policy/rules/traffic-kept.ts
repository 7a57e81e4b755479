import { type Changes, type GraphResource, labelOf } from "../graph";
import { isCovered, replacements } from "../replacements";
import type { ChangeRule } from "../rule";
import { sideState } from "../sides";
import { canaryOf, isRoute, resourcesBefore, takesTraffic } from "../traffic";

/**
 * Routes that others take the place of are left to `router-switch`. What belongs to a canary, or to a side of a migration,
 * without a share of the requests may go, and so may what stands beside a main route that stays.
 */
export const trafficKept: ChangeRule = {
  needs: "changes",
  severity: "mandatory",
  description: "Nothing that requests pass through is replaced or deleted",
  check: (graph) => {
    const { changes } = graph;
    const all = resourcesBefore({ changes });
    return changes.steps.flatMap(({ op, before, retained, replaceReasons }) => {
      const goes = op === "replace" || (op === "delete" && !retained);
      if (!goes || before === undefined || !takesTraffic(before)) return [];
      if (op === "delete" && isRoute(before) && replacements(before, graph).length > 0) return [];
      if (op === "delete" && isCovered(before, graph)) return [];
      if (mayGo(before, changes)) return [];
      const side = sideState(before, all);
      if (side === "drained") return [];
      const why = replaceReasons.length > 0 ? ` for a new ${replaceReasons.join(", ")}` : "";
      const message = `${labelOf(before)} takes traffic and would be ${op}d${why}${side === "serving" ? SERVING : ""}`;
      return [{ urn: before.urn, message }];
    });
  },
};

/** Whether it is a canary's that takes no requests by weight, or whose last day has passed. */
function mayGo(resource: GraphResource, { weights, expired }: Changes): boolean {
  const canary = canaryOf(weights, resource);
  return canary !== undefined && (canary.asked === 0 || expired.includes(canary.objectName));
}

const SERVING = "; wait until the records of its side have had weight 0 for some times their TTL";

import { label } from "../graph";
import { replacements } from "../replacements";
import type { ChangeRule } from "../rule";
import { sideState } from "../sides";
import { canaryWeight, isRoute, resourcesBefore, takesTraffic } from "../traffic";

/** Routes that others take the place of are left to `router-switch`. What belongs to a canary, or to a side of a migration, without a share of the requests may go. */
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
      if (canaryWeight(changes.weights, before.name)?.asked === 0) return [];
      const side = sideState(before, all);
      if (side === "drained") return [];
      const why = replaceReasons.length > 0 ? ` for a new ${replaceReasons.join(", ")}` : "";
      const message = `${label(before)} takes traffic and would be ${op}d${why}${side === "serving" ? SERVING : ""}`;
      return [{ urn: before.urn, message }];
    });
  },
};

const SERVING = "; allowed: once the records of its side have had weight 0 for some times their TTL";

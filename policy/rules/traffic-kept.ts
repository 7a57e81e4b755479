import { label } from "../graph";
import type { ChangeRule } from "../rule";
import { canaryWeight, takesTraffic } from "../traffic";

/** What belongs to a canary without a share of the requests may go. */
export const trafficKept: ChangeRule = {
  needs: "changes",
  severity: "mandatory",
  description: "Nothing that requests pass through is replaced or deleted",
  check: ({ changes }) =>
    changes.steps.flatMap(({ op, before, retained, replaceReasons }) => {
      const goes = op === "replace" || (op === "delete" && !retained);
      if (!goes || before === undefined || !takesTraffic(before)) return [];
      if (canaryWeight(changes.weights, before.name)?.asked === 0) return [];
      const why = replaceReasons.length > 0 ? ` for a new ${replaceReasons.join(", ")}` : "";
      const message = `${label(before)} takes traffic and would be ${op}d${why}`;
      return [{ urn: before.urn, message }];
    }),
};

import { awsTypes, fleetTypes } from "../../components/aws/types";
import { valueAt } from "../../offline/values";
import { type Changes, type GraphResource, type GraphStep, labelOf } from "../graph";
import { isCovered, replacements } from "../replacements";
import type { ChangeRule } from "../rule";
import { sideState } from "../sides";
import { appOf, canaryOf, isRoute, resourcesBefore, takesTraffic } from "../traffic";

/**
 * Routes that others take the place of are left to `router-switch`. What belongs to a canary, or to a side of a migration,
 * without a share of the requests may go, and so may what stands beside a main route that stays.
 */
export const trafficKept: ChangeRule = {
  needs: "changes",
  severity: "mandatory",
  description: "Nothing that requests pass through is replaced, deleted or forgotten",
  check: (graph) => {
    const { changes } = graph;
    const all = resourcesBefore({ changes });
    return changes.steps.flatMap((step) => {
      const { op, before, retained, replaceReasons } = step;
      if (before !== undefined && isForgotten(step) && keepsTraffic(step, before, changes))
        return [
          {
            urn: before.urn,
            message: `${labelOf(before)} takes traffic and would be forgotten with it; ${FIRST}`,
          },
        ];
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

const FIRST = "take its weight, or that of all canaries that it leads to, to 0 first";

/** Whether it is of a fleet of others, and the program leaves it as it is, or takes another one over. */
const isForgotten = ({ op, before, retained }: GraphStep): boolean =>
  `${before?.parent}`.includes(`${fleetTypes.existing}::`) &&
  (op === "import" || (op === "delete" && retained));

/** Whether users stay with what is forgotten, though the weights say something else. Whoever has the primary alone may go on. */
function keepsTraffic({ op }: GraphStep, before: GraphResource, { weights }: Changes): boolean {
  if (before.type !== awsTypes.group)
    return Object.entries(weights[appOf(before) ?? ""] ?? {}).some(
      ([variant, { asked }]) => variant !== "primary" && asked > 0,
    );
  const canary = canaryOf(weights, before);
  if (canary !== undefined) return canary.asked > 0;
  return op === "import" && valueAt(before.props, "loadBalancers[0]") !== undefined;
}

/** Whether it is a canary's that takes no requests by weight, or whose last day has passed. */
function mayGo(resource: GraphResource, { weights, expired }: Changes): boolean {
  const canary = canaryOf(weights, resource);
  return canary !== undefined && (canary.asked === 0 || expired.includes(canary.objectName));
}

const SERVING = "; wait until the records of its side have had weight 0 for some times their TTL";

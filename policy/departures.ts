/** The load balancers that an update deletes. */
import { fronts } from "../components/aws/fronts";
import type { GraphResource, GraphWithChanges } from "./graph";
import { sideState } from "./sides";
import { canaryOf, resourcesBefore } from "./traffic";

const BALANCERS = Object.values(fronts).map(({ balancerType }) => balancerType);

/** All but those of a canary at weight 0 whose app stays where it is. */
export function departing({ changes }: Pick<GraphWithChanges, "changes">): GraphResource[] {
  const all = resourcesBefore({ changes });
  return changes.steps.flatMap(({ op, before, retained }) => {
    if (op !== "delete" || retained || before === undefined || !BALANCERS.includes(before.type)) return [];
    const idle = canaryOf(changes.weights, before)?.asked === 0;
    return idle && sideState(before, all) === undefined ? [] : [before];
  });
}

import { fronts } from "../../components/aws/fronts";
import { formatWeight } from "../../components/traffic";
import { routersIn } from "../../stacks/outputs";
import { appUrn } from "../graph";
import type { ChangeRule } from "../rule";
import { shifts } from "../traffic";

/** No rule stands in a rollback's way, so this one only says it. */
export const acrossHalf: ChangeRule = {
  needs: "changes",
  aboutUsers: true,
  severity: "advisory",
  description: "Where instances make the weights, a canary's weight goes across 50 % by way of 50",
  check: (graph) =>
    shifts(graph.changes.weights, graph.weights).flatMap(({ app, canary, before = 0, after = 0 }) => {
      if (!isByInstances(graph.changes.routers[app] ?? "")) return [];
      const [low, high] = before < after ? [before, after] : [after, before];
      if (low >= 50 || high <= 50) return [];
      const [going, coming] = before < after ? ["primary", canary] : [canary, "primary"];
      const move = `${app}: ${canary} goes from ${formatWeight(before)} to ${formatWeight(after)} in one update`;
      const why = `the instances of ${going} go before those of ${coming} are there`;
      const better = before < after ? "50 % first" : `canary rollback -s ${graph.stack}, which waits at 50 %`;
      return [{ urn: appUrn(graph, app), message: `${move}, and ${why}; better: ${better}`, harmful: true }];
    }),
};

const isByInstances = (routers: string): boolean =>
  Object.values(fronts).some(({ label, byInstances }) => byInstances && routersIn(routers).includes(label));

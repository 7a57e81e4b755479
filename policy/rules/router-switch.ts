import { type GraphResource, labelOf } from "../graph";
import { replacements } from "../replacements";
import type { ChangeRule } from "../rule";
import { appOf, isRoute } from "../traffic";

/** An update deletes as soon as the API server has what it made, and that is before a data plane serves it. */
export const routerSwitch: ChangeRule = {
  needs: "changes",
  severity: "mandatory",
  description: "A router's routes go once those that take their place have been there for an update",
  check: (graph) => {
    const { steps } = graph.changes;
    const isNew = ({ urn }: GraphResource): boolean =>
      steps.some(({ op, after }) => (op === "create" || op === "replace") && after?.urn === urn);
    const early = steps.flatMap(({ op, before, retained }) => {
      if (op !== "delete" || retained || before === undefined || !isRoute(before)) return [];
      const others = replacements(before, graph);
      return others.length > 0 && others.every(isNew) ? [{ before, others }] : [];
    });
    const apps = new Set(early.map(({ before }) => appOf(before)));
    return [...apps].flatMap((app) => {
      const [first] = early.filter(({ before }) => appOf(before) === app).sort(byName);
      if (first === undefined) return [];
      const { before, others } = first;
      const message =
        `${app}: ${labelOf(before)} would be deleted in the update that creates ${others.map(labelOf).sort().join(", ")}; ` +
        `allowed: both for one update, by apps.${app}.alsoRoutedBy`;
      return [{ urn: before.urn, message }];
    });
  },
};

const byName = (a: { before: GraphResource }, b: { before: GraphResource }): number =>
  a.before.name < b.before.name ? -1 : 1;

import { formatWeight, hundredths } from "../../components/traffic";
import { appUrn } from "../graph";
import type { ChangeRule } from "../rule";
import { shifts } from "../traffic";

/** Going down is a rollback and may be as fast as it likes. */
export const maxStep: ChangeRule = {
  needs: "changes",
  severity: "mandatory",
  description: "The canaries of an app rise by at most `maxStep` points in one update",
  check(graph, { maxStep }) {
    const all = shifts(graph.changes.weights, graph.weights);
    return Object.keys(graph.weights).flatMap((app) => {
      const risen = all.filter((shift) => shift.app === app && rise(shift) > 0);
      const step = risen.reduce((sum, shift) => sum + rise(shift), 0);
      if (hundredths(step) <= hundredths(maxStep)) return [];
      const parts = risen.map(
        ({ canary, before = 0, after = 0 }) => `${canary} ${formatWeight(before)} -> ${formatWeight(after)}`,
      );
      const message = `${app}: ${parts.join(", ")} is a step of ${points(step)}; allowed: ${points(maxStep)}`;
      return [{ urn: appUrn(graph, app), message }];
    });
  },
};

const rise = ({
  before = 0,
  after = 0,
}: {
  before?: number | undefined;
  after?: number | undefined;
}): number => after - before;

const points = (count: number): string => `${Number(count.toFixed(2))} points`;

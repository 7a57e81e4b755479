import { formatWeight, hundredths } from "../../components/traffic";
import { sideShift } from "../../offline/audience";
import { appUrn } from "../graph";
import type { ChangeRule } from "../rule";
import { shifts } from "../traffic";

/** Users who come to a canary count, and those whom DNS takes to Kubernetes. Going back may be as fast as it likes. */
export const maxStep: ChangeRule = {
  needs: "changes",
  aboutUsers: true,
  severity: "mandatory",
  description:
    "At most `maxStep` percent of an app's users move to its canaries, or to Kubernetes, in one update",
  check(graph, { maxStep }) {
    const all = shifts(graph.changes.weights, graph.weights);
    return Object.keys(graph.weights).flatMap((app) => {
      const risen = [
        ...all
          .filter((shift) => shift.app === app)
          .map(({ canary, before, after }) => ({ to: canary, before, after })),
        ...graph.changes.apps
          .filter((shift) => shift.app === app)
          .map((shift) => ({
            to: "Kubernetes",
            before: sideShift(shift)?.from,
            after: sideShift(shift)?.to,
          })),
      ].filter((one) => rise(one) > 0);
      const step = risen.reduce((sum, one) => sum + rise(one), 0);
      if (hundredths(step) <= hundredths(maxStep)) return [];
      const parts = risen.map(
        ({ to, before = 0, after = 0 }) => `${to} ${formatWeight(before)} -> ${formatWeight(after)}`,
      );
      const message = `${app}: ${parts.join(", ")} is a step of ${points(step)}; allowed: ${points(maxStep)}`;
      return [{ urn: appUrn(graph, app), message }];
    });
  },
};

interface Share {
  readonly before: number | undefined;
  readonly after: number | undefined;
}

const rise = ({ before = 0, after = 0 }: Share): number => after - before;

const points = (count: number): string => `${Number(count.toFixed(2))} points`;

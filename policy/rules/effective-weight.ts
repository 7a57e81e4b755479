import { formatWeight, hundredths } from "../../components/traffic";
import { appUrn } from "../graph";
import type { ResourceRule } from "../rule";

/** Points that an effective weight may be off without a word. */
const TOLERANCE = 1;

export const effectiveWeight: ResourceRule = {
  needs: "resources",
  severity: "advisory",
  description: "The effective weight is at most a point off the one asked",
  check: (graph) =>
    Object.entries(graph.weights).flatMap(([app, variants]) =>
      Object.entries(variants)
        .filter(([variant, weight]) => variant !== "primary" && isOff(weight))
        .map(([canary, { asked, effective }]) => ({
          urn: appUrn(graph, app),
          message: `${app}: ${canary} gets ${formatWeight(effective)} where ${formatWeight(asked)} is asked`,
        })),
    ),
};

const isOff = ({ asked, effective }: { asked: number; effective: number }): boolean =>
  hundredths(Math.abs(asked - effective)) > hundredths(TOLERANCE);

import { type GraphResource, labelOf } from "../graph";
import type { ResourceRule } from "../rule";
import { sideState } from "../sides";
import { resourcesBefore, takesTraffic } from "../traffic";

/** A side of a migration may lose its protection once its records have had weight 0, that is one update later. */
export const protectedStacks: ResourceRule = {
  needs: "resources",
  severity: "mandatory",
  description: "In production stacks all that requests pass through is protected from deletion",
  check: ({ stack, resources, changes }, { productionStacks }) => {
    const before = changes && resourcesBefore({ changes });
    const drained = (resource: GraphResource): boolean =>
      [resources, before ?? resources].every((side) => sideState(resource, side) === "drained");
    return productionStacks.includes(stack)
      ? resources
          .filter((resource) => takesTraffic(resource) && !resource.protect && !drained(resource))
          .map((resource) => ({
            urn: resource.urn,
            message: `${labelOf(resource)} is not protected, in stack ${stack}; allowed: protect: true`,
          }))
      : [];
  },
};

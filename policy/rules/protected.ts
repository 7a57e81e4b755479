import { label } from "../graph";
import type { ResourceRule } from "../rule";
import { takesTraffic } from "../traffic";

export const protectedStacks: ResourceRule = {
  needs: "resources",
  severity: "mandatory",
  description: "In production stacks all that requests pass through is protected from deletion",
  check: ({ stack, resources }, { productionStacks }) =>
    productionStacks.includes(stack)
      ? resources
          .filter((resource) => takesTraffic(resource) && !resource.protect)
          .map((resource) => ({
            urn: resource.urn,
            message: `${label(resource)} is not protected, in stack ${stack}; allowed: protect: true`,
          }))
      : [],
};

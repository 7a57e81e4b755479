import { awsTypes } from "../../components/aws/types";
import { formatWeight, variantName } from "../../components/traffic";
import type { GraphResource } from "../graph";
import type { ResourceRule } from "../rule";
import { numberOfPods } from "../shrinking";
import { instancesOf, workloads } from "../traffic";

/** Most routers send a variant its share whether somebody is there to answer or not. */
export const someoneThere: ResourceRule = {
  needs: "resources",
  aboutUsers: true,
  severity: "advisory",
  description: "A variant that gets users has a pod or an instance",
  check: ({ weights, resources }) =>
    Object.entries(weights).flatMap(([app, variants]) =>
      Object.entries(variants)
        .filter(([, { effective }]) => effective > 0)
        .flatMap(([variant, { effective }]) =>
          workloads(resources, variantName(app, variant))
            .filter((workload) => size(workload, resources) === 0)
            .map(({ urn, type }) => {
              const unit = type === awsTypes.group ? "instance" : "pod";
              const message =
                `${app}: ${variant} has no ${unit} for its ${formatWeight(effective)} of the users; ` +
                `better: one ${unit} or more, or weight 0`;
              return { urn, message, harmful: true as const };
            }),
        ),
    ),
};

const size = (workload: GraphResource, resources: readonly GraphResource[]): number | undefined =>
  workload.type === awsTypes.group ? instancesOf(workload) : numberOfPods(workload, resources, "minReplicas");

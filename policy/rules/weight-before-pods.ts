import { awsTypes } from "../../components/aws/types";
import { formatWeight, variantName } from "../../components/traffic";
import type { GraphResource, GraphWithChanges } from "../graph";
import type { ChangeRule, Violation } from "../rule";
import { type Shrinking, shrinking } from "../shrinking";
import { instancesOf, isBehindListener, resourcesBefore, shifts, workload, workloads } from "../traffic";

/**
 * For pods see `shrinking`. Behind an ALB or NLB groups come after the listeners, so for a while too few instances would have
 * the new share. Behind a classic load balancer weight and instances are one thing. A primary with fewer pods is left to
 * `primary-capacity`, a canary that goes to `traffic-kept`.
 */
export const weightBeforePods: ChangeRule = {
  needs: "changes",
  severity: "mandatory",
  description:
    "A canary's weight is not lowered together with its pods, nor raised together with its instances behind an ALB or NLB",
  check: (graph) => [
    ...shrinking(graph)
      .filter(({ app, variant }) => variant !== "primary" && graph.weights[app]?.[variant] !== undefined)
      .map((variant) => ({
        urn: workload(graph.resources, variant.objectName)?.urn,
        message: `${shown(variant)}; change the weight first, and the pods in the next update, as canary up -s ${graph.stack} does`,
      })),
    ...outnumbered(graph),
  ],
};

/** `myapp: canary goes from 50 % to 10 % and from 4 pods to 1`. */
export const shown = ({ app, variant, before, after, pods, fewer }: Shrinking): string =>
  `${app}: ${variant} goes from ${formatWeight(before)} to ${formatWeight(after)} and from ${pods} ${pods === 1 ? "pod" : "pods"} to ${fewer}`;

/** Canaries behind an ALB or NLB whose requests come before the instances for them. */
export const outnumbered = (graph: GraphWithChanges): Violation[] =>
  shifts(graph.changes.weights, graph.weights).flatMap(({ app, canary, before = 0, after = 0 }) => {
    const name = variantName(app, canary);
    const [was, is] = [groupOf(resourcesBefore(graph), name), groupOf(graph.resources, name)];
    const [instances, more] = [instancesOf(was), instancesOf(is)];
    if (after <= before || !isBehindListener(is) || more <= instances) return [];
    const weights = `${app}: ${canary} goes from ${formatWeight(before)} to ${formatWeight(after)}`;
    const allowed = "the instances first, the weight in the next update";
    return [
      { urn: is?.urn, message: `${weights} and from ${instances} to ${more} instances; allowed: ${allowed}` },
    ];
  });

/** In a migration the Deployment has the same name. */
const groupOf = (resources: readonly GraphResource[], name: string): GraphResource | undefined =>
  workloads(resources, name).find(({ type }) => type === awsTypes.group);

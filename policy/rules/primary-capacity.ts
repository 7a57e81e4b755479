import type { Graph, GraphResource } from "../graph";
import type { ResourceRule } from "../rule";
import { GROUP, resourcesBefore, workloads } from "../traffic";

/**
 * A rollback gives the primary all requests at once. What it needs for them is what it had before, where that is known,
 * and on AWS, where the instances of all variants carry the traffic together, at least what a canary has.
 */
export const primaryCapacity: ResourceRule = {
  needs: "resources",
  severity: "mandatory",
  description: "While a canary takes traffic the primary keeps the capacity for all of it",
  check: (graph) =>
    Object.keys(graph.weights).flatMap((app) => {
      const canaries = takingCanaries(graph, app);
      if (canaries.length === 0) return [];
      return workloads(graph.resources, app).flatMap((primary) => {
        const has = capacity(primary);
        const needed = capacityNeeded(graph, primary, canaries);
        if (has === undefined || has >= needed) return [];
        const unit = primary.type === GROUP ? "instances" : "pods";
        const message = `${app}: ${unit} of the primary are ${has} while a canary takes traffic; allowed: ${needed} or more, for a rollback`;
        return [{ urn: primary.urn, message }];
      });
    }),
};

/** What the primary had before, and in AWS what the largest canary has. */
function capacityNeeded(graph: Graph, primary: GraphResource, canaries: readonly string[]): number {
  const before = resourcesBefore(graph).find(({ urn }) => urn === primary.urn);
  const alike = canaries.flatMap((name) =>
    workloads(graph.resources, name).filter(({ type }) => type === primary.type),
  );
  return Math.max(1, capacity(before) ?? 0, ...alike.map(groupSize));
}

/** Names of the canaries that take traffic before or after the update. */
function takingCanaries({ weights, changes }: Graph, app: string): string[] {
  const both = [weights[app] ?? {}, changes?.weights[app] ?? {}];
  return both.flatMap((variants) =>
    Object.entries(variants)
      .filter(([variant, { asked }]) => variant !== "primary" && asked > 0)
      .map(([variant]) => `${app}-${variant}`),
  );
}

/** Pods of a Deployment, or instances that a group has at least. */
function capacity(resource: GraphResource | undefined): number | undefined {
  const spec = resource?.props.spec as { replicas?: unknown } | undefined;
  const size = resource?.type === GROUP ? resource.props.minSize : spec?.replicas;
  return typeof size === "number" ? size : undefined;
}

const groupSize = (resource: GraphResource): number =>
  resource.type === GROUP ? (capacity(resource) ?? 0) : 0;

import type { Graph, GraphResource } from "../graph";
import type { ResourceRule } from "../rule";
import { GROUP, resourcesBefore, workload } from "../traffic";

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
      const primary = workload(graph.resources, app);
      const has = capacity(primary);
      if (canaries.length === 0 || primary === undefined || has === undefined) return [];
      const before = capacity(workload(resourcesBefore(graph), app)) ?? 0;
      const needed = Math.max(
        1,
        before,
        ...canaries.map((name) => groupSize(workload(graph.resources, name))),
      );
      if (has >= needed) return [];
      const unit = primary.type === GROUP ? "instances" : "pods";
      const message = `${app}: ${unit} of the primary are ${has} while a canary takes traffic; allowed: ${needed} or more, for a rollback`;
      return [{ urn: primary.urn, message }];
    }),
};

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

const groupSize = (resource: GraphResource | undefined): number =>
  resource?.type === GROUP ? (capacity(resource) ?? 0) : 0;

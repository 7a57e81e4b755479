import { awsTypes } from "../../components/aws/types";
import { variantName } from "../../components/traffic";
import { type Graph, type GraphResource, resourcesNamed } from "../graph";
import type { ResourceRule } from "../rule";
import { isByPods, numberOfPods } from "../shrinking";
import { DEPLOYMENT_TYPE, resourcesBefore, workloads } from "../traffic";

/**
 * A rollback gives the primary all requests at once. What it needs for them is what it had before, if that is known,
 * and on AWS, where the instances of all variants carry the traffic together, at least what a canary has. Where pods are the
 * weight, a rollback makes those of all variants the primary's: it is their sum that must not shrink.
 */
export const primaryCapacity: ResourceRule = {
  needs: "resources",
  severity: "mandatory",
  description: "While a canary takes traffic the primary keeps the capacity for all of it",
  check: (graph) =>
    Object.keys(graph.weights).flatMap((app) => {
      const canaries = takingCanaries(graph, app);
      if (canaries.length === 0) return [];
      return workloads(graph.resources, app).flatMap((primary) =>
        capacities(graph, app, primary, canaries)
          .filter(({ has, needed }) => has < needed)
          .map(({ of, has, needed }) => {
            const unit = primary.type === awsTypes.group ? "instances" : "pods";
            const message = `${app}: ${unit} of ${of} are ${has} while a canary takes traffic; allowed: ${needed} or more, for a rollback`;
            return { urn: primary.urn, message };
          }),
      );
    }),
};

interface Capacity {
  readonly of: string;
  /** NaN, of which nothing is too few, if it is not known. */
  readonly has: number;
  readonly needed: number;
}

function capacities(
  graph: Graph,
  app: string,
  primary: GraphResource,
  canaries: readonly string[],
): Capacity[] {
  const { resources, changes } = graph;
  const had = resourcesBefore(graph);
  const alike = canaries.flatMap((name) =>
    workloads(resources, name).filter(({ type }) => type === awsTypes.group && type === primary.type),
  );
  const least = Math.max(1, ...alike.map((group) => capacity(group, resources) || 0));
  const has = capacity(primary, resources);
  if (changes === undefined || primary.type === awsTypes.group || !isByPods(changes, app)) {
    const before = resourcesNamed(had, primary.name).find(({ urn }) => urn === primary.urn);
    const kept = before === undefined ? 0 : capacity(before, had) || 0;
    return [{ of: "the primary", has, needed: Math.max(least, kept) }];
  }
  const names = Object.keys({ ...changes.weights[app], ...graph.weights[app] }).map((variant) =>
    variantName(app, variant),
  );
  return [{ of: "all variants", has: podsOf(names, resources), needed: podsOf(names, had) }];
}

/** Pods of these Deployments. */
const podsOf = (names: readonly string[], resources: readonly GraphResource[]): number =>
  names
    .flatMap((name) => resourcesNamed(resources, name))
    .filter(({ type }) => type === DEPLOYMENT_TYPE)
    .reduce((sum, deployment) => sum + capacity(deployment, resources), 0);

/** Names of the canaries that take traffic before or after the update. */
function takingCanaries({ weights, changes }: Graph, app: string): string[] {
  const both = [weights[app] ?? {}, changes?.weights[app] ?? {}];
  return both.flatMap((variants) =>
    Object.entries(variants)
      .filter(([variant, { asked }]) => variant !== "primary" && asked > 0)
      .map(([variant]) => variantName(app, variant)),
  );
}

/** Pods that a Deployment, or instances that a group, has at least; NaN if that is not known. */
function capacity(resource: GraphResource, resources: readonly GraphResource[]): number {
  const size =
    resource.type === awsTypes.group
      ? resource.props.minSize
      : numberOfPods(resource, resources, "minReplicas");
  return typeof size === "number" ? size : Number.NaN;
}

/** The sides of a migration: what runs an app on AWS fleets, and what runs it behind edge nodes. */
import type { Side } from "../components/aws/dns";
import { awsTypes, fleetTypes } from "../components/aws/types";
import { valueAt } from "../offline/values";
import type { GraphResource } from "./graph";

/** The side that a resource belongs to, wherever it is: by its component, as an adopted record has another identifier. */
export function sideOfResource({ urn, type }: Pick<GraphResource, "urn" | "type">): Side | undefined {
  if (Object.values(fleetTypes).some((fleet) => urn.includes(fleet))) return "elb";
  const edge = urn.includes("canary-traffic:aws:EdgeNodes") || type.startsWith("kubernetes:");
  return edge ? "kubernetes" : undefined;
}

/** How the records of a resource's side stand beside the other side's, in a migration. */
export type SideState = "drained" | "serving" | undefined;

/**
 * `drained` if each record of the side has weight 0 beside one of the same host name that has more; undefined if
 * there is no migration, or the resource belongs to no side.
 */
export function sideState(resource: GraphResource, resources: readonly GraphResource[]): SideState {
  const records = recordsOf(resources);
  const side = sideOfResource(resource);
  const own = records.filter((record) => sideOfResource(record) === side);
  const others = records.filter((record) => sideOfResource(record) !== side);
  if (side === undefined || own.length === 0 || others.length === 0) return undefined;
  const taken = (host: unknown): boolean =>
    others.some((other) => other.props.name === host && weightOf(other) > 0);
  return own.every((record) => weightOf(record) === 0 && taken(record.props.name)) ? "drained" : "serving";
}

/** Found once for a list, as each of thousands of resources is asked about. */
const found = new WeakMap<readonly GraphResource[], readonly GraphResource[]>();
function recordsOf(resources: readonly GraphResource[]): readonly GraphResource[] {
  const known = found.get(resources);
  if (known !== undefined) return known;
  const records = resources.filter(({ type }) => type === awsTypes.record);
  found.set(resources, records);
  return records;
}

const weightOf = ({ props }: GraphResource): number =>
  Number(valueAt(props, "weightedRoutingPolicies[0].weight"));

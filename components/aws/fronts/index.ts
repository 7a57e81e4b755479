/** The kinds of load balancers that can lead requests to an app's instances. */
import { alb } from "./alb";
import { classic } from "./classic";
import type { FrontKind } from "./front";
import { nlb } from "./nlb";

const registry = { classic, alb, nlb } as const satisfies Record<string, FrontKind>;

export type FrontName = keyof typeof registry;

/** Every kind by the name that the setting `aws.loadBalancer` takes. */
export const fronts: Readonly<Record<FrontName, FrontKind>> = registry;

/** The kinds that can lead requests to edge nodes, by the name that the setting `aws.edge.loadBalancer` takes. */
export const edgeFronts = { nlb, classic } as const satisfies Record<string, FrontKind>;

export type EdgeFrontName = keyof typeof edgeFronts;

/** The kind of a stack that names none. */
export const DEFAULT_FRONT: FrontName = "classic";

export * from "./front";
export { frontWarning, frontWeights, type NominalWeight } from "./weights";

/** Components on AWS, for programs of one's own: these need no package of Kubernetes'. */
export type { Transform, Transforms } from "../transform";
export type { Bootstrap } from "./bootstrap";
export { CanaryFleet } from "./canary-fleet";
export { type EdgeHost, EdgeNodes, type EdgeNodesArgs, type EdgeNodesChildren } from "./edge-nodes";
export type { CanaryFleetArgs, CanaryFleetChildren, FleetCanary } from "./fleet-args";
export type { EdgeFrontName, FrontName, NominalWeight } from "./fronts";

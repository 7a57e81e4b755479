/** Components on Kubernetes, for programs of one's own: these need no package of AWS's. */
export type { Manifest, RouterName } from "../routers";
export type { Transform, Transforms } from "../transform";
export type { Scaling } from "./autoscaling";
export { CanaryApp, type CanaryAppArgs, type Workload } from "./canary-app";
export { type CanaryRoutes, type CanaryRoutesArgs, canaryRoutes } from "./canary-routes";
export type { PodSettings, PodVariant } from "./pods";
export { Traefik as TraefikEdge, type TraefikArgs as TraefikEdgeArgs } from "./traefik";
export type { TraefikConfigArgs } from "./traefik-config";
export type { TraefikResources } from "./traefik-pod";

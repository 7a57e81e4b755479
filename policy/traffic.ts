/** Which resources requests pass through, and whose they are. */
import { BASELINE } from "../components/traffic";
import type { ShownWeight } from "../offline/shown";
import type { Graph, GraphResource, Weights } from "./graph";

const ON_AWS =
  /^aws:(elb|lb)\/(loadBalancer|listener|listenerRule|targetGroup):|^aws:(autoscaling\/group|route53\/record|ec2\/securityGroup):/;

const ROUTE =
  /^kubernetes:(traefik\.io|gateway\.networking\.k8s\.io(?!.*:GatewayClass)|networking\.istio\.io|route\.openshift\.io|projectcontour\.io|apisix\.apache\.org)\/|:Ingress$/;

/** Whether it is an object of a router's: a route, or what a route is made of. */
export const isRoute = ({ type }: Pick<GraphResource, "type">): boolean => ROUTE.test(type);

/** Whether requests of users pass through a resource of this type. */
export const takesTraffic = (resource: Pick<GraphResource, "type">): boolean =>
  isRoute(resource) ||
  ON_AWS.test(resource.type) ||
  /^kubernetes:(core\/v1:Service|apps\/v1:(Deployment|DaemonSet))$/.test(resource.type);

/** The canary that a resource belongs to, by its name: `myapp-canary` and what starts with `myapp-canary-`. */
export function canaryWeight(weights: Weights, name: string): ShownWeight | undefined {
  for (const [app, variants] of Object.entries(weights)) {
    for (const [variant, weight] of Object.entries(variants)) {
      const own = `${app}-${variant}`;
      if (variant !== "primary" && (name === own || name.startsWith(`${own}-`))) return weight;
    }
  }
  return undefined;
}

/** One canary of an app, with its weights in percent; undefined where there was or will be none. */
export interface CanaryShift {
  readonly app: string;
  readonly canary: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** Every canary of the apps that were there before and stay. A baseline is none: it runs the primary's version. */
export function shifts(before: Weights, after: Weights): CanaryShift[] {
  return Object.keys(after)
    .filter((app) => before[app] !== undefined)
    .flatMap((app) => {
      const [was, is] = [before[app] ?? {}, after[app] ?? {}];
      return [...new Set([...Object.keys(was), ...Object.keys(is)])]
        .filter((variant) => variant !== "primary" && variant !== BASELINE)
        .map((canary) => ({ app, canary, before: was[canary]?.asked, after: is[canary]?.asked }));
    });
}

/** The Deployment and the Auto Scaling group of that name; both are there in a migration alone. */
export function workloads(resources: readonly GraphResource[], name: string): GraphResource[] {
  return resources.filter((resource) => resource.name === name && isWorkload(resource));
}

/** The Deployment of that name, or else the Auto Scaling group. */
export function workload(resources: readonly GraphResource[], name: string): GraphResource | undefined {
  const found = workloads(resources, name);
  return found.find(({ type }) => type !== GROUP) ?? found[0];
}

const isWorkload = ({ type }: GraphResource): boolean =>
  type === "kubernetes:apps/v1:Deployment" || type === GROUP;

export const GROUP = "aws:autoscaling/group:Group";

/** The resources before the update. */
export const resourcesBefore = ({ changes }: Pick<Graph, "changes">): GraphResource[] =>
  (changes?.steps ?? []).flatMap(({ before }) => (before === undefined ? [] : [before]));

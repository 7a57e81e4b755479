/** Which resources requests pass through, and whose they are. */
import { expressionOf } from "../base/patterns";
import { fronts } from "../components/aws/fronts";
import { awsTypes } from "../components/aws/types";
import { routers } from "../components/routers";
import { BASELINE, variantName } from "../components/traffic";
import { nameOf } from "../offline/state";
import { valueAt } from "../offline/values";
import { type AppWeights, type Changes, type Graph, type GraphResource, resourcesNamed } from "./graph";

const ON_AWS = new Set([
  ...Object.values(fronts).flatMap(({ types }) => types),
  ...[awsTypes.group, awsTypes.record, awsTypes.securityGroup],
]);

const KINDS = new Set(Object.values(routers).flatMap(({ routes }) => routes));
const ROUTE = new RegExp(`^(${[...KINDS].map(expressionOf).join("|")})$`);

/** Whether it is an object of a router's: a route, or what a route is made of. A class is the cluster's, and no app's. */
export function isRoute({ type }: Pick<GraphResource, "type">): boolean {
  const [, group, kind = ""] = /^kubernetes:([^/]+)\/[^:]+:(.+)$/.exec(type) ?? [];
  return !kind.endsWith("Class") && ROUTE.test(`${group}/${kind}`);
}

/** Whether requests of users pass through a resource of this type. */
export const takesTraffic = (resource: Pick<GraphResource, "type">): boolean =>
  isRoute(resource) ||
  ON_AWS.has(resource.type) ||
  /^kubernetes:(core\/v1:Service|apps\/v1:(Deployment|DaemonSet))$/.test(resource.type);

/** The app that a resource is part of, by its component: names of apps may begin with one another's. */
export const appOf = ({ parent = "" }: Pick<GraphResource, "parent">): string | undefined =>
  /canary-traffic:(aws:CanaryFleet|aws:ExistingFleet|kubernetes:CanaryApp)\b/.test(parent)
    ? nameOf(parent)
    : undefined;

/** A canary by the name of its workload, such as `myapp-canary`. */
interface Canary {
  readonly objectName: string;
  /** Percent. */
  readonly asked: number;
}

/** The canary that a resource of an app belongs to: the one that it is named after, as `myapp-canary-host` is, or leads to. */
export function canaryOf(weights: AppWeights, resource: GraphResource): Canary | undefined {
  const app = appOf(resource);
  if (app === undefined || resource.name === app) return undefined;
  const names = [resource.name, ...leadsTo(resource, app)];
  return Object.entries(weights[app] ?? {})
    .filter(([variant]) => variant !== "primary")
    .map(([variant, { asked }]) => ({ objectName: variantName(app, variant), asked }))
    .filter(({ objectName: own }) => names.some((name) => name === own || name.startsWith(`${own}-`)))
    .sort((a, b) => b.objectName.length - a.objectName.length)[0];
}

/** The workload behind a Service, and the Service behind an Ingress: some are named after their part in a router. */
function leadsTo({ props }: GraphResource, app: string): string[] {
  const variant = valueAt(props, "spec.selector.variant");
  const service = valueAt(props, "spec.rules[0].http.paths[0].backend.service.name");
  return [typeof variant === "string" ? variantName(app, variant) : undefined, service].filter(
    (name) => typeof name === "string",
  );
}

/** One canary of an app, with its weights in percent; undefined if there was or will be none. */
export interface CanaryShift {
  readonly app: string;
  readonly canary: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** Every canary of the apps that were there before and stay. A baseline is none: it runs the primary's version. */
export function shifts(before: AppWeights, after: AppWeights): CanaryShift[] {
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
  return resourcesNamed(resources, name).filter(isWorkload);
}

/** The Deployment of that name, or else the Auto Scaling group. */
export function workload(resources: readonly GraphResource[], name: string): GraphResource | undefined {
  const found = workloads(resources, name);
  return found.find(({ type }) => type !== awsTypes.group) ?? found[0];
}

const isWorkload = ({ type }: GraphResource): boolean => type === DEPLOYMENT_TYPE || type === awsTypes.group;

export const DEPLOYMENT_TYPE = "kubernetes:apps/v1:Deployment";

const befores = new WeakMap<Changes, readonly GraphResource[]>();

/** The resources before the update: one list for all rules. */
export function resourcesBefore({ changes }: Pick<Graph, "changes">): readonly GraphResource[] {
  if (changes === undefined) return [];
  const known = befores.get(changes);
  if (known !== undefined) return known;
  const before = changes.steps.flatMap((step) => (step.before === undefined ? [] : [step.before]));
  befores.set(changes, before);
  return before;
}

/** Instances that an Auto Scaling group has at least. */
export const instancesOf = (group: GraphResource | undefined): number => Number(group?.props.minSize ?? 0);

/** Whether a listener shares requests out to an Auto Scaling group, and not its number of instances. */
export function isBehindListener(group: GraphResource | undefined): boolean {
  const targetGroups = group?.props.targetGroupArns;
  return Array.isArray(targetGroups) && targetGroups.length > 0;
}

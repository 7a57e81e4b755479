/** Which of a stack's resources carry its weights. */

import { fronts } from "../../components/aws/fronts";
import { awsTypes } from "../../components/aws/types";
import { routers } from "../../components/routers";
import { variantName } from "../../components/traffic";
import type { PropertyDiff } from "../../offline/diff";
import type { ResourceState } from "../../offline/state";
import type { Step } from "../../offline/step";
import { type AppSettings, routersOf } from "../../stacks/apps";
import { hasFleets, type Settings } from "../../stacks/settings";

/** Resources that a change of weight changes. */
export type IsRouting = (state: Pick<ResourceState, "type" | "name" | "inputs" | "parent">) => boolean;

/** The component of an app, or one within it: a listener is a load balancer's, which is the fleet's. */
const COMPONENT =
  /\bcanary-traffic:(kubernetes:CanaryApp|aws:CanaryFleet|aws:ExistingFleet)(?:\$[^$]+?)*::(.+)$/;

/** What a weight changes of the variants' own resources, where pods or instances make it. */
const SIZES: Readonly<Record<string, readonly string[]>> = {
  "kubernetes:apps/v1:Deployment": ["spec.replicas"],
  [awsTypes.group]: ["desiredCapacity", "minSize", "maxSize", "waitForElbCapacity"],
};

/** The routing objects and, on AWS, the listeners or groups of some apps. */
export function routingOf(settings: Settings, apps: readonly string[]): IsRouting {
  return (state) => {
    const [, component, name] = state.parent?.match(COMPONENT) ?? [];
    const app = settings.apps.find((each) => each.name === name);
    if (app === undefined || !apps.includes(app.name)) return false;
    return component === "kubernetes:CanaryApp" ? isObject(app, state) : isOnAws(settings, state.type);
  };
}

/** Whether a step of an update brings users of these apps other weights and nothing else. */
export function shiftOf(settings: Settings, apps: readonly string[]): (step: Step) => boolean {
  const isRouting = routingOf(settings, apps);
  return ({ op, type, name, old, fresh, detailedDiff }) => {
    const state = fresh ?? old;
    if (state === undefined || !isRouting(state)) return false;
    if (op !== "update") return isNamedByContent(state) && (op === "create" || op === "delete");
    const isVariants = settings.apps.some((app) => variantNames(app).includes(name));
    const sizes = isVariants ? SIZES[type] : undefined;
    const isSize = ([path, { kind }]: [string, PropertyDiff]): boolean =>
      sizes?.includes(path) === true || (ATTACHED.test(path) && kind !== "update");
    return sizes === undefined || Object.entries(detailedDiff).every(isSize);
  };
}

/** Another weight is another object of these, by another name: what reads them is told so. */
export const isNamedByContent = ({ inputs }: Pick<ResourceState, "inputs">): boolean =>
  inputs.kind === "ConfigMap";

/** A group without users is at no classic load balancer of theirs. */
const ATTACHED = /^loadBalancers(\[\d+\])?$/;

function isObject(app: AppSettings, { name, inputs }: Parameters<IsRouting>[0]): boolean {
  return routersOf(app).some((router) => {
    const { traits, replicas } = routers[router];
    if (!traits.touches.includes(String(inputs.kind))) return false;
    // A proxy's Deployment is one more beside the variants' own, which an update would wait for.
    const isVariants = variantNames(app).includes(name);
    return inputs.kind !== "Deployment" || isVariants === (replicas !== undefined);
  });
}

/** Names of the variants' own resources. */
const variantNames = ({ name, split }: AppSettings): string[] =>
  split.variants.map((variant) => variantName(name, variant.name));

const isOnAws = (settings: Settings, type: string): boolean =>
  hasFleets(settings) && fronts[settings.aws.loadBalancer].shiftedTypes.includes(type);

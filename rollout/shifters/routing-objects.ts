/** Which of a stack's resources carry its weights. */
import { routers } from "../../components/routers";
import type { ResourceState } from "../../offline/state";
import { type AppSettings, routersOf } from "../../stacks/apps";
import type { Settings } from "../../stacks/settings";
import { variantName } from "../../status/declared";

/** Resources that a change of weight changes. */
export type IsRouting = (state: Pick<ResourceState, "type" | "name" | "inputs" | "parent">) => boolean;

const COMPONENT = /\$?canary-traffic:(kubernetes:CanaryApp|aws:CanaryFleet)::(.+)$/;
const LISTENERS = ["aws:lb/listener:Listener", "aws:lb/listenerRule:ListenerRule"];
const GROUPS = ["aws:autoscaling/group:Group"];

/** The routing objects and, on AWS, the listeners or groups of some apps. */
export function routingOf(settings: Settings, apps: readonly string[]): IsRouting {
  return (state) => {
    const [, component, name] = state.parent?.match(COMPONENT) ?? [];
    const app = settings.apps.find((each) => each.name === name);
    if (app === undefined || !apps.includes(app.name)) return false;
    return component === "kubernetes:CanaryApp" ? isObject(app, state) : isOnAws(settings, state.type);
  };
}

function isObject(app: AppSettings, { name, inputs }: Parameters<IsRouting>[0]): boolean {
  const variants = app.split.variants.map((variant) => variant.name);
  return routersOf(app).some((router) => {
    const { traits, replicas } = routers[router];
    if (!traits.touches.includes(String(inputs.kind))) return false;
    // A proxy's Deployment is one more beside the variants' own, which an update would wait for.
    const isVariants = variants.some((variant) => variantName(app.name, variant) === name);
    return inputs.kind !== "Deployment" || isVariants === (replicas !== undefined);
  });
}

const isOnAws = (settings: Settings, type: string): boolean =>
  settings.platform !== "kubernetes" &&
  (settings.aws.loadBalancer === "classic" ? GROUPS : LISTENERS).includes(type);

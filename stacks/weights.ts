/** What the routers of either side of a stack make of an app's weights. */
import { fronts, frontWeights, type NominalWeight } from "../components/aws/fronts";
import { routedWeights, routers } from "../components/routers";
import { type AppSettings, routeOf } from "./apps";
import { sizesOf } from "./fleets";
import type { TraefikSettings } from "./schema";
import type { FleetsSettings } from "./settings";

/** By variant, percent as asked and as the router can express it. */
export type VariantWeights = Readonly<Record<string, NominalWeight>>;

export const fleetWeights = (settings: Pick<FleetsSettings, "aws">, app: AppSettings): VariantWeights =>
  frontWeights(fronts[settings.aws.loadBalancer], app.split, sizesOf(settings, app));

export function clusterWeights(app: AppSettings, traefik: TraefikSettings): VariantWeights {
  const effective = routedWeights(routers[app.router], routeOf(app, traefik));
  return Object.fromEntries(
    app.split.variants.map(({ name, weight }, i) => [name, { asked: weight, effective: effective[i] ?? 0 }]),
  );
}

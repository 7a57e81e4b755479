/** What the routers of either side of a stack make of an app's weights. */
import type { LoadBalancerKind } from "../components/aws/front";
import { listenerWeights } from "../components/aws/listener";
import { type NominalWeight, nominalWeights } from "../components/aws/nominal-weights";
import { routedWeights, routers } from "../components/routers";
import { type AppSettings, routeOf } from "./apps";
import type { TraefikSettings } from "./schema";
import type { FleetsSettings } from "./settings";

/** By variant, percent as asked and as the router can express it. */
export type Weights = Readonly<Record<string, NominalWeight>>;

/** What splits the traffic of fleets, as previews name it. */
export const FLEET_ROUTERS: Readonly<Record<LoadBalancerKind, string>> = {
  classic: "classic ELB",
  alb: "ALB listener",
  nlb: "NLB listener",
};

export const fleetWeights = ({ split }: AppSettings, aws: FleetsSettings["aws"]): Weights =>
  aws.loadBalancer === "classic" ? nominalWeights(split, aws) : listenerWeights(split);

export function clusterWeights(app: AppSettings, traefik: TraefikSettings): Weights {
  const effective = routedWeights(routers[app.router], routeOf(app, traefik));
  return Object.fromEntries(
    app.split.variants.map(({ name, weight }, i) => [name, { asked: weight, effective: effective[i] ?? 0 }]),
  );
}

import { CanaryFleet } from "../components/aws/canary-fleet";
import { fronts, frontWarning } from "../components/aws/fronts";
import { type AppSettings, publicHost } from "./apps";
import { type Tell, tellAtOnce } from "./messages";
import type { Outputs } from "./outputs";
import type { FleetsSettings } from "./settings";

/**
 * Platform `elb`: a CanaryFleet for each app. Answers the stack's outputs, each by app: `hosts`; `loadBalancers`, the DNS
 * name for each variant; `routers`, what splits the traffic; `weights`, percent for each variant as asked and as the
 * router makes it (nominal behind classic load balancers, see `classic`).
 *
 * @param dnsWeight weight of the records beside those of another side, 0 to 255; default alone in their names
 */
export function elb({ apps, aws }: FleetsSettings, dnsWeight?: number, tell: Tell = tellAtOnce): Outputs {
  const hosts: Record<string, string> = {};
  const loadBalancers: Record<string, CanaryFleet["loadBalancers"]> = {};
  const weights: Record<string, CanaryFleet["weights"]> = {};
  for (const app of apps) {
    const fleet = declareFleet(app, aws, dnsWeight, tell);
    hosts[app.name] = publicHost(app);
    loadBalancers[app.name] = fleet.loadBalancers;
    weights[app.name] = fleet.weights;
  }
  const routers = Object.fromEntries(apps.map(({ name }) => [name, fronts[aws.loadBalancer].label]));
  return { hosts, loadBalancers, routers, weights };
}

function declareFleet(
  app: AppSettings,
  aws: FleetsSettings["aws"],
  dnsWeight: number | undefined,
  tell: Tell,
): CanaryFleet {
  const { canaryAmiId, ...shared } = aws;
  const { name, port, healthPath, canaries } = app;
  const fleet = new CanaryFleet(name, {
    ...shared,
    dnsWeight,
    host: publicHost(app),
    port,
    healthPath,
    canaries: canaries.map(({ name, weight, amiId = canaryAmiId, host }) => ({ name, weight, amiId, host })),
  });
  const warning = frontWarning(name, fleet.weights);
  if (warning !== undefined) tell("warn", warning, fleet);
  return fleet;
}

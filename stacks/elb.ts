import { CanaryFleet } from "../components/aws/canary-fleet";
import { fronts, frontWarning } from "../components/aws/fronts";
import { type AppSettings, addressesOf, publicHost } from "./apps";
import { type Fleet, fleetOf } from "./fleets";
import { type Tell, tellAtOnce } from "./messages";
import type { Outputs } from "./outputs";
import type { FleetsSettings } from "./settings";

/**
 * Platform `elb`: a CanaryFleet for each app. Answers the stack's outputs, each by app: `hosts`; `fleets`, what other stacks may
 * refer to; `loadBalancers`, the DNS
 * name for each variant; `routers`, what splits the traffic; `weights`, percent for each variant as asked and as the
 * router makes it (nominal behind classic load balancers, see `classic`).
 *
 * @param dnsWeight weight of the records beside those of another side, 0 to 255; default alone in their names
 */
export function elb(settings: FleetsSettings, dnsWeight?: number, tell: Tell = tellAtOnce): Outputs {
  const { apps, aws } = settings;
  const hosts: Record<string, string> = {};
  const fleets: Record<string, CanaryFleet["references"]> = {};
  const loadBalancers: Record<string, CanaryFleet["loadBalancers"]> = {};
  const weights: Record<string, CanaryFleet["weights"]> = {};
  for (const app of apps) {
    const fleet = declareFleet(app, fleetOf(settings, app), dnsWeight, tell);
    hosts[app.name] = addressesOf(app).join(", ");
    fleets[app.name] = fleet.references;
    loadBalancers[app.name] = fleet.loadBalancers;
    weights[app.name] = fleet.weights;
  }
  const routers = Object.fromEntries(apps.map(({ name }) => [name, fronts[aws.loadBalancer].label]));
  return { fleets, hosts, loadBalancers, routers, weights };
}

function declareFleet(
  app: AppSettings,
  { canaryAmiId, ...fleet }: Fleet,
  dnsWeight: number | undefined,
  tell: Tell,
): CanaryFleet {
  const { name, hosts, port, healthPath, canaries } = app;
  const made = new CanaryFleet(name, {
    ...fleet,
    dnsWeight,
    host: publicHost(app),
    hosts,
    port,
    healthPath,
    canaries: canaries.map(({ name, weight, amiId = canaryAmiId, host }) => ({ name, weight, amiId, host })),
  });
  const warning = frontWarning(name, made.weights);
  if (warning !== undefined) tell("warn", warning, made);
  return made;
}

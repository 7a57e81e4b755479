import { CanaryFleet } from "../components/aws/canary-fleet";
import { ExistingFleet } from "../components/aws/existing-fleet";
import { fronts, frontWarning } from "../components/aws/fronts";
import { type AppSettings, addressesOf, publicHost } from "./apps";
import { type Fleet, fleetOf, isExisting, mergedFleet, sizesOf } from "./fleets";
import { type Tell, tellAtOnce } from "./messages";
import type { Outputs } from "./outputs";
import type { FleetsSettings } from "./settings";

/**
 * Platform `elb`: a CanaryFleet for each app, or an ExistingFleet. Answers the stack's outputs, each by app: `hosts`; `fleets`,
 * what other stacks may refer to; `loadBalancers`, the DNS name for each variant, of fleets that the program makes; `routers`,
 * what splits the traffic; `weights`, percent for each variant as asked and as the router makes it (nominal behind classic load
 * balancers, see `classic`).
 *
 * @param dnsWeight weight of the records beside those of another side, 0 to 255; default alone in their names
 */
export function elb(settings: FleetsSettings, dnsWeight?: number, tell: Tell = tellAtOnce): Outputs {
  const { apps, aws } = settings;
  const hosts: Record<string, string> = {};
  const fleets: Record<string, (CanaryFleet | ExistingFleet)["references"]> = {};
  const loadBalancers: Record<string, CanaryFleet["loadBalancers"]> = {};
  const weights: Record<string, CanaryFleet["weights"]> = {};
  for (const app of apps) {
    const fleet = isExisting(app)
      ? declareExisting(app, settings)
      : declareFleet(app, fleetOf(settings, app), dnsWeight);
    hosts[app.name] = addressesOf(app).join(", ");
    fleets[app.name] = fleet.references;
    if ("loadBalancers" in fleet) loadBalancers[app.name] = fleet.loadBalancers;
    weights[app.name] = fleet.weights;
    const warning = frontWarning(app.name, fleet.weights);
    if (warning !== undefined) tell("warn", warning, fleet);
  }
  const routers = Object.fromEntries(apps.map(({ name }) => [name, fronts[aws.loadBalancer].label]));
  return { fleets, hosts, loadBalancers, routers, weights };
}

function declareFleet(
  app: AppSettings,
  { canaryAmiId, ...fleet }: Fleet,
  dnsWeight: number | undefined,
): CanaryFleet {
  const { name, hosts, port, healthPath, canaries } = app;
  return new CanaryFleet(name, {
    ...fleet,
    dnsWeight,
    host: publicHost(app),
    hosts,
    port,
    healthPath,
    canaries: canaries.map(({ name, weight, amiId = canaryAmiId, host }) => ({ name, weight, amiId, host })),
  });
}

function declareExisting(app: AppSettings, settings: FleetsSettings): ExistingFleet {
  const { name, existing = {}, hosts, canaries } = app;
  const { loadBalancer, stickiness, protect, tags } = mergedFleet(settings.aws, app);
  return new ExistingFleet(name, {
    ...sizesOf(settings, app),
    loadBalancer,
    existing,
    hosts: [publicHost(app), ...hosts],
    canaries: canaries.map(({ name, weight }) => ({ name, weight })),
    stickiness,
    tags,
    protect,
  });
}

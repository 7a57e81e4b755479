import * as pulumi from "@pulumi/pulumi";
import { CanaryFleet } from "../components/aws/canary-fleet";
import { nominalWarning } from "../components/aws/nominal-weights";
import type { AppSettings } from "./apps";
import type { ElbSettings } from "./settings";

/**
 * Platform `elb`: a CanaryFleet for each app. Answers the stack's outputs, each by app: `hosts`; `loadBalancers`, the DNS
 * name for each variant; `routers`, what splits the traffic; `weights`, percent for each variant as asked and as the instance counts make it (nominal, see
 * NominalWeight).
 */
export function elb({ apps, aws, protect }: ElbSettings): Record<string, pulumi.Input<unknown>> {
  const hosts: Record<string, string> = {};
  const loadBalancers: Record<string, CanaryFleet["loadBalancers"]> = {};
  const weights: Record<string, CanaryFleet["weights"]> = {};
  for (const app of apps) {
    const fleet = declareFleet(app, aws, protect);
    hosts[app.name] = app.host;
    loadBalancers[app.name] = fleet.loadBalancers;
    weights[app.name] = fleet.weights;
  }
  const routers = Object.fromEntries(apps.map(({ name }) => [name, "classic ELB"]));
  return { hosts, loadBalancers, routers, weights };
}

function declareFleet(
  { name, host, port, healthPath, canaries }: AppSettings,
  aws: ElbSettings["aws"],
  protect: boolean,
): CanaryFleet {
  const { canaryAmiId, ...shared } = aws;
  const fleet = new CanaryFleet(name, {
    ...shared,
    protect,
    host,
    port,
    healthPath,
    canaries: canaries.map(({ name, weight, amiId = canaryAmiId, host }) => ({ name, weight, amiId, host })),
  });
  const warning = nominalWarning(name, fleet.weights);
  if (warning !== undefined) pulumi.log.warn(warning, fleet);
  return fleet;
}

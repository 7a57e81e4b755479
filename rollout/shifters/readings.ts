/** The weights that a stack has, from its state, its cluster and its AWS account. */

import type { Target } from "../../analysis/plan";
import { targetKey, type Weights } from "../../analysis/plan";
import { dnsWeights } from "../../components/aws/dns";
import { rounded } from "../../components/traffic";
import type { StackConfiguration } from "../../offline/configuration";
import { readWeights } from "../../offline/shown";
import { outputsOf, type ResourceState } from "../../offline/state";
import { hasCluster, hasFleets, type Settings } from "../../stacks/settings";
import type { Account } from "../../status/account";
import { observeAws } from "../../status/aws";
import { appsOf, type Declared, idsOf } from "../../status/declared";
import { type Cluster, observeKubernetes } from "../../status/kubernetes";

/** A stack as its last update left it. */
export interface Deployed {
  readonly settings: Settings;
  readonly configuration: StackConfiguration;
  readonly state: readonly ResourceState[];
}

/** What can be asked for weights; undefined if the stack has nothing there. */
export interface Readers {
  readonly cluster: Cluster | undefined;
  readonly account: Account | undefined;
}

/** The cluster as the last update left it. */
const asDeployed: Cluster = { find: async (manifest) => manifest };

/** Points by which the objects' weights may be off from what the program said of them, as those are rounded. */
const ROUNDING = 0.011;

/**
 * The targets' weights as asked, by the stack's outputs. Where the routing objects say otherwise, because an update was cut
 * off between the two, those of the objects.
 */
export async function deployedWeights(deployed: Deployed, targets: readonly Target[]): Promise<Weights> {
  const said = readWeights(outputsOf(deployed.state));
  const objects = hasFleets(deployed.settings)
    ? {}
    : await weightsIn(deployed, { cluster: asDeployed, account: undefined });
  return pick(targets, ({ app, canary }) => {
    const weight = said[app]?.[canary];
    const found = objects[app]?.[canary];
    if (weight === undefined || found === undefined) return weight?.asked;
    return Math.abs(found - weight.effective) <= ROUNDING ? weight.asked : rounded(found);
  });
}

/** The targets' shares by the cluster's objects and the AWS account; if there is no cluster to be read, by the state. */
export async function observedWeights(
  deployed: Deployed,
  targets: readonly Target[],
  { cluster = asDeployed, account }: Readers,
): Promise<Weights> {
  const weights = await weightsIn(deployed, { cluster, account });
  return pick(targets, ({ app, canary }) => weights[app]?.[canary]);
}

type ByVariant = Record<string, Record<string, number>>;

async function weightsIn({ settings, configuration, state }: Deployed, readers: Readers): Promise<ByVariant> {
  const declared = (routerOf?: (app: string) => string): Declared => ({
    stack: configuration.stack,
    resources: state,
    ids: idsOf(state),
    apps: appsOf(state, routerOf),
  });
  const onKubernetes = async (): Promise<ByVariant> => {
    const router = (name: string) => settings.apps.find((app) => app.name === name)?.router ?? "";
    if (readers.cluster === undefined) return {};
    return (await observeKubernetes(declared(router), readers.cluster)).weights as ByVariant;
  };
  const onAws = async (): Promise<ByVariant> => {
    if (readers.account === undefined) return {};
    return (await observeAws(declared(), readers.account)).weights as ByVariant;
  };
  if (!hasFleets(settings)) return onKubernetes();
  if (!hasCluster(settings)) return onAws();
  const { elb, kubernetes } = dnsWeights(settings.dns.kubernetesWeight);
  return blended(await onAws(), elb, await onKubernetes(), kubernetes);
}

/** What both sides come to for users that DNS shares out between them, where each that has users is known. */
function blended(elb: ByVariant, before: number, kubernetes: ByVariant, after: number): ByVariant {
  return Object.fromEntries(
    Object.entries(kubernetes).map(([app, variants]) => [
      app,
      Object.fromEntries(
        Object.entries(variants).flatMap(([variant, percent]) => {
          const fleet = before === 0 ? 0 : elb[app]?.[variant];
          return fleet === undefined ? [] : [[variant, (fleet * before + percent * after) / 100]];
        }),
      ),
    ]),
  );
}

const pick = (targets: readonly Target[], weightOf: (target: Target) => number | undefined): Weights =>
  Object.fromEntries(
    targets.flatMap((target) => {
      const weight = weightOf(target);
      return weight === undefined ? [] : [[targetKey(target), weight]];
    }),
  );

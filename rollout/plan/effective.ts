/** What routers and fleets make of a rollout's weights. */
import { targetKey, type Weights } from "../../analysis/plan";
import { dnsWeights } from "../../components/aws/dns";
import { fronts } from "../../components/aws/fronts";
import type { GroupBounds } from "../../components/aws/group-plan";
import { routers } from "../../components/routers";
import { effectiveWeights, type TrafficSplit } from "../../components/traffic";
import { type AppSettings, routeOf } from "../../stacks/apps";
import { splitOf } from "../../stacks/baseline";
import { capacityProblems } from "../../stacks/checks/workloads";
import { sizesOf } from "../../stacks/fleets";
import { formatProblem } from "../../stacks/problems";
import {
  type ClusterSettings,
  type FleetsSettings,
  hasCluster,
  hasFleets,
  type Settings,
} from "../../stacks/settings";
import { clusterWeights, fleetWeights } from "../../stacks/weights";

/** Percent of requests between which a canary's share lies. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/** The shares, by `app/canary`, that users get at weights as asked. */
export type Expected = (weights: Weights) => Readonly<Record<string, Range>>;

/**
 * The shares that the stack's routers make of weights. They are exact, but behind classic load balancers, where a
 * scaling policy that grows the primary makes the canary's share smaller.
 */
export function expectedShares(settings: Settings, weights: Weights): Record<string, Range> {
  return Object.fromEntries(
    settings.apps.flatMap((app) => {
      const asked = withWeights(app, weights);
      return asked.canaries.flatMap(({ name }) => {
        const key = targetKey({ app: app.name, canary: name });
        return key in weights ? [[key, share(settings, asked, name)]] : [];
      });
    }),
  );
}

/**
 * Why the stack can't have these weights, a sentence each; empty when it can.
 */
export function refusals(settings: Settings, weights: Weights): string[] {
  return settings.apps.flatMap((app) => {
    try {
      const asked = withWeights(app, weights);
      if (!hasCluster(settings)) return [];
      const problems = routers[app.router].problems(routeOf(asked, settings.traefik));
      return [
        ...problems.map((problem) => `${app.name}: router ${app.router} takes ${problem}`),
        ...capacityProblems(settings, [asked]).map(formatProblem),
      ];
    } catch (error) {
      if (error instanceof RangeError) return [`${app.name}: ${error.message}`];
      throw error;
    }
  });
}

/** Whether numbers of instances make the weights, which then go across 50 % by way of 50 alone. */
export const isByInstances = (settings: Settings): boolean =>
  hasFleets(settings) && fronts[settings.aws.loadBalancer].byInstances;

/** The app's split at weights as asked. */
export const splitAt = (app: AppSettings, weights: Weights): TrafficSplit => withWeights(app, weights).split;

function withWeights(app: AppSettings, weights: Weights): AppSettings {
  const canaries = app.canaries.map((canary) => ({
    ...canary,
    weight: weights[targetKey({ app: app.name, canary: canary.name })] ?? canary.weight,
  }));
  return { ...app, canaries, split: splitOf(canaries, app.baseline) };
}

/** A variant's share of the app's requests. */
function share(settings: Settings, app: AppSettings, variant: string): Range {
  if (!hasCluster(settings)) return fleetShare(settings, app, variant);
  if (!hasFleets(settings)) return routedShare(settings, app, variant);
  const { elb, kubernetes } = dnsWeights(settings.dns.kubernetesWeight);
  const [fleet, routed] = [fleetShare(settings, app, variant), routedShare(settings, app, variant)];
  return {
    least: (fleet.least * elb + routed.least * kubernetes) / 100,
    most: (fleet.most * elb + routed.most * kubernetes) / 100,
  };
}

function routedShare(
  { traefik }: Pick<ClusterSettings, "traefik">,
  app: AppSettings,
  variant: string,
): Range {
  const { effective } = clusterWeights(app, traefik)[variant] ?? { effective: 0 };
  return { least: effective, most: effective };
}

function fleetShare(settings: Pick<FleetsSettings, "aws">, app: AppSettings, variant: string): Range {
  const { effective } = fleetWeights(settings, app)[variant] ?? { effective: 0 };
  const mayGrow = fronts[settings.aws.loadBalancer].byInstances && app.split.canaryWeight <= 50;
  return { least: mayGrow ? besideGrown(effective, sizesOf(settings, app)) : effective, most: effective };
}

/** What a share is beside a primary that has grown as far as it may. */
function besideGrown(percent: number, { fleetSize, maxSize }: GroupBounds): number {
  const [canary = 0, others = 0] = effectiveWeights([percent, ((100 - percent) * maxSize) / fleetSize]);
  return canary + others === 0 ? 0 : canary;
}

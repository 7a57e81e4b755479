/** Fleets that others make, as AWS has them. */
import type { Existing } from "../components/aws/existing";
import { fleetTypes } from "../components/aws/types";
import { variantName } from "../components/traffic";
import type { ResourceState } from "../offline/state";
import type { Account } from "./account";
import type { DeclaredApp } from "./declared";
import { type Fact, fact } from "./report";

/** What was found of all such fleets. */
export interface FoundExisting {
  readonly facts: readonly Fact[];
  /** Names of variants' resources by the ARNs of their target groups. */
  readonly names: ReadonlyMap<string, string>;
  /** Ids of the instances that classic load balancers send requests to. */
  readonly inService: ReadonlyMap<string, ReadonlySet<string>>;
  /** Classic load balancers that serve the apps, by app. */
  readonly mains: ReadonlyMap<string, string>;
}

export async function findExisting(
  resources: readonly ResourceState[],
  apps: readonly DeclaredApp[],
  account: Account,
): Promise<FoundExisting> {
  const fleets = resources
    .filter(({ type }) => type === fleetTypes.existing)
    .map(({ name, outputs }) => ({ app: name, existing: (outputs.existing ?? {}) as Existing }));
  const facts: Fact[] = [];
  const names = new Map<string, string>();
  const inService = new Map<string, ReadonlySet<string>>();
  const mains = new Map<string, string>();
  const has = (all: readonly (string | undefined)[], what: string, one: string): boolean => {
    const isThere = all.includes(one);
    if (!isThere) facts.push(fact(`${what} ${one}`, "one", undefined));
    return isThere;
  };

  const targetGroups = fleets.some(({ existing }) => existing.targetGroupArns !== undefined)
    ? (await account.targetGroups()).map(({ TargetGroupArn }) => TargetGroupArn)
    : [];
  const balancers = fleets.some(({ existing }) => existing.loadBalancers !== undefined)
    ? (await account.classicLoadBalancers()).map(({ LoadBalancerName }) => LoadBalancerName)
    : [];
  for (const { app, existing } of fleets) {
    const { targetGroupArns = {}, loadBalancers = {} } = existing;
    const weights = new Map(apps.find(({ name }) => name === app)?.weights);
    for (const [variant, arn] of Object.entries(targetGroupArns)) {
      names.set(arn, variantName(app, variant));
      if (!has(targetGroups, "target group", arn)) continue;
      const healthy = (await account.targets(arn)).filter(
        ({ TargetHealth }) => TargetHealth?.State === "healthy",
      );
      facts.push(
        someHealthy(variantName(app, variant), healthy.length, weights.get(variant)?.effective ?? 0),
      );
    }
    for (const [variant, balancer] of Object.entries(loadBalancers)) {
      if (!has(balancers, "load balancer", balancer)) continue;
      if (variant === "primary") mains.set(app, balancer);
      inService.set(balancer, await account.inService(balancer));
    }
  }
  return { facts, names, inService, mains };
}

/** How many there are to be is their maker's to say, but for those that users come to. */
const someHealthy = (name: string, healthy: number, weight: number): Fact => ({
  what: `target group ${name}: healthy targets`,
  asked: weight > 0 ? "1 or more" : "0 or more",
  observed: String(healthy),
  holds: weight === 0 || healthy > 0,
});

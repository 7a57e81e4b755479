import { LoadBalancer, type LoadBalancerArgs } from "@pulumi/aws/elb/loadBalancer";
import type * as pulumi from "@pulumi/pulumi";
import type { TrafficSplit } from "../traffic";
import { variantName } from "../traffic";
import { type Transform, transformed } from "../transform";
import { classicHealth } from "./dns-health";
import type { Front } from "./front";
import { type GroupBounds, planGroups } from "./group-plan";

import { type LoadBalancerSpec, loadBalancerArgs } from "./load-balancer";

export interface ClassicArgs extends LoadBalancerSpec, GroupBounds {
  readonly split: TrafficSplit;
  readonly transform: Transform<LoadBalancerArgs> | undefined;
}

/**
 * Makes a classic load balancer for each variant. A canary's group in service is attached to the primary's load balancer,
 * too, so its share of the app's requests is its share of the instances there.
 */
export function makeClassicLoadBalancers(
  name: string,
  args: ClassicArgs,
  opts: pulumi.CustomResourceOptions,
): Front {
  const spec = transformed(loadBalancerArgs(args), args.transform);
  const [main, ...others] = args.split.variants.map(
    (variant) => new LoadBalancer(variantName(name, variant.name), spec, opts),
  ) as [LoadBalancer, ...LoadBalancer[]];
  const plans = planGroups(args.split, args);
  const served = [main, ...others].map((own, i) => ({
    variant: args.split.variants[i]?.name ?? "",
    target: { dnsName: own.dnsName, zoneId: own.zoneId, health: classicHealth(own) },
    loadBalancers: plans[i]?.loadBalancers.map((which) => (which === "main" ? main.name : own.name)) ?? [],
  }));
  return {
    targets: Object.fromEntries(served.map(({ variant, target }) => [variant, target])),
    attachments: Object.fromEntries(
      served.map(({ variant, loadBalancers }) => [variant, { loadBalancers, targetGroupArns: [] }]),
    ),
    listeners: [],
  };
}

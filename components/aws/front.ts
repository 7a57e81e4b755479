import type * as pulumi from "@pulumi/pulumi";
import type { DnsTarget } from "./dns";

/** What can lead requests to an app's instances: a classic, an Application or a Network Load Balancer. */
export const loadBalancerKinds = ["classic", "alb", "nlb"] as const;

export type LoadBalancerKind = (typeof loadBalancerKinds)[number];

/** What a variant's group is attached to: names of classic load balancers, ARNs of target groups. */
export interface Attachment {
  readonly loadBalancers: readonly pulumi.Input<string>[];
  readonly targetGroupArns: readonly pulumi.Input<string>[];
}

/** The load balancers of one kind in front of an app's groups. */
export interface Front {
  /** By variant, the load balancer that leads to it. A canary without a host may have none. */
  readonly targets: Readonly<Record<string, DnsTarget>>;
  /** By variant, what its group is attached to. */
  readonly attachments: Readonly<Record<string, Attachment>>;
  /** Without these no instance can become healthy: a target group outside all listeners is not checked. */
  readonly listeners: readonly pulumi.Resource[];
}

/** Ending of the name of the target group of a canary's own Network Load Balancer. */
export const OWN = "-own";

/** Ports that the world reaches: 80, and 443 where there is a certificate. */
export function publicPorts(certificateArn: pulumi.Input<string> | undefined): number[] {
  return certificateArn === undefined ? [80] : [80, 443];
}

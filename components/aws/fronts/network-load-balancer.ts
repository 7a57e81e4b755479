import { Listener, type ListenerArgs } from "@pulumi/aws/lb/listener";
import type { TargetGroup } from "@pulumi/aws/lb/targetGroup";
import type { lb } from "@pulumi/aws/types/input";
import * as pulumi from "@pulumi/pulumi";
import { variantName } from "../../traffic";
import { transformed } from "../../transform";
import type { DnsTarget } from "../dns";
import { listenerHealth } from "../dns-health";
import { type Attachment, type Front, publicPorts, type Reference } from "./front";
import {
  type ListenerFrontArgs,
  makeLoadBalancer,
  makeTargetGroup,
  tlsArgs,
  weightedGroups,
} from "./listener-children";
import { nlb, OWN } from "./nlb";

/** Each node reaches the instances of all zones, so that a small canary has its share in each of them. */
const NETWORK = { loadBalancerType: "network", enableCrossZoneLoadBalancing: true };

/**
 * A Network Load Balancer for all variants of an app: a target group for each, and listeners that share connections
 * out among these by weight. A connection stays where it is when weights change. A Network Load Balancer sees no host
 * names and a target group belongs to one load balancer, so each canary with a host has a load balancer and a second
 * target group of its own.
 */
export class NetworkLoadBalancer extends pulumi.ComponentResource implements Front {
  readonly targets: Front["targets"];
  readonly targetGroups: Front["targetGroups"];
  readonly attachments: Readonly<Record<string, Attachment>>;
  readonly listeners: readonly Listener[];
  private readonly args: ListenerFrontArgs;
  private readonly opts: pulumi.CustomResourceOptions;

  constructor(name: string, args: ListenerFrontArgs, opts?: pulumi.ComponentResourceOptions) {
    super("canary-traffic:aws:NetworkLoadBalancer", name, {}, opts);
    this.args = args;
    this.opts = { parent: this, protect: args.protect };
    const { split, canaryHosts } = args;
    const variants = split.variants.map((variant) => variant.name);
    const groups = variants.map((variant) => this.makeTargetGroup(variantName(name, variant))) as [
      TargetGroup,
      ...TargetGroup[],
    ];
    const arns = groups.map(({ arn }) => arn);
    const main = this.serve(name, groups[0], {
      type: "forward",
      forward: { targetGroups: weightedGroups(split, arns) },
    });
    const own = variants
      .filter((variant) => canaryHosts[variant] !== undefined)
      .map((variant) => {
        const childName = variantName(name, variant);
        const group = this.makeTargetGroup(`${childName}${OWN}`);
        const targetGroupArn = group.arn;
        const served = this.serve(childName, group, { type: "forward", targetGroupArn });
        return { variant, targetGroupArn, ...served };
      });

    this.listeners = [main, ...own].flatMap(({ listeners }) => listeners);
    this.attachments = Object.fromEntries(
      variants.map((variant, i) => {
        const alone = own.filter((other) => other.variant === variant).map((other) => other.targetGroupArn);
        return [variant, { loadBalancers: [], targetGroupArns: [...arns.slice(i, i + 1), ...alone] }];
      }),
    );
    this.targets = Object.fromEntries([
      ["primary", main.target],
      ...own.map(({ variant, target }) => [variant, target]),
    ]);
    this.targetGroups = Object.fromEntries(
      variants.flatMap((variant, i) =>
        groups.slice(i, i + 1).map(({ name, arn }) => [variant, { name, arn }]),
      ),
    );
    this.registerOutputs({});
  }

  private makeTargetGroup(name: string): TargetGroup {
    return makeTargetGroup(name, { protocol: "TCP" }, this.args, this.opts);
  }

  /** A load balancer whose listeners all do the same, healthy while that target group is. */
  private serve(
    name: string,
    group: TargetGroup,
    action: lb.ListenerDefaultAction,
  ): { target: DnsTarget & Reference; listeners: Listener[] } {
    const { certificateArn, transform } = this.args;
    const balancer = makeLoadBalancer(name, NETWORK, this.args, this.opts);
    const { arn, dnsName, zoneId } = balancer;
    const listeners = publicPorts(certificateArn).map((port) => {
      const spec: ListenerArgs = {
        loadBalancerArn: arn,
        port,
        ...(port === 443 ? { protocol: "TLS", ...tlsArgs(certificateArn) } : { protocol: "TCP" }),
        defaultActions: [action],
      };
      return new Listener(`${name}-${port}`, transformed(spec, transform.listener), this.opts);
    });
    return {
      target: { name: balancer.name, arn, dnsName, zoneId, health: listenerHealth(nlb, balancer, group) },
      listeners,
    };
  }
}

import { Listener, type ListenerArgs } from "@pulumi/aws/lb/listener";
import { ListenerRule, type ListenerRuleArgs } from "@pulumi/aws/lb/listenerRule";
import * as pulumi from "@pulumi/pulumi";
import { variantName } from "../../traffic";
import { transformed } from "../../transform";
import { listenerHealth } from "../dns-health";
import { alb } from "./alb";
import { type Attachment, type Front, type FrontSettings, publicPorts } from "./front";
import {
  type ListenerFrontArgs,
  makeLoadBalancer,
  makeTargetGroup,
  tlsArgs,
  weightedGroups,
} from "./listener-children";

export interface ApplicationLoadBalancerArgs extends ListenerFrontArgs, FrontSettings {}

/**
 * One Application Load Balancer for all variants of an app: a target group for each, and listeners that share requests
 * out among these by weight. A canary's host is a rule of the listeners, so it needs no load balancer of its own.
 */
export class ApplicationLoadBalancer extends pulumi.ComponentResource implements Front {
  readonly targets: Front["targets"];
  readonly targetGroups: Front["targetGroups"];
  readonly attachments: Readonly<Record<string, Attachment>>;
  readonly listeners: readonly Listener[];
  private readonly args: ApplicationLoadBalancerArgs;
  private readonly opts: pulumi.CustomResourceOptions;

  constructor(name: string, args: ApplicationLoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("canary-traffic:aws:ApplicationLoadBalancer", name, {}, opts);
    this.args = args;
    this.opts = { parent: this, protect: args.protect };
    const { split, canaryHosts, idleTimeout, slowStart, strictHttp, certificateArn } = args;
    const own = {
      loadBalancerType: "application",
      idleTimeout,
      ...(strictHttp && { dropInvalidHeaderFields: true, desyncMitigationMode: "defensive" }),
    };
    const balancer = makeLoadBalancer(name, own, args, this.opts);
    const groups = split.variants.map(({ name: variant }) => {
      const spec = { protocol: "HTTP", ...(slowStart !== undefined && { slowStart }) };
      const group = makeTargetGroup(variantName(name, variant), spec, args, this.opts);
      return { variant, name: group.name, arn: group.arn, health: listenerHealth(alb, balancer, group) };
    });

    const listeners = publicPorts(certificateArn).map((port) => ({
      port,
      listener: this.makeListener(`${name}-${port}`, balancer.arn, port, groups),
    }));
    for (const { port, listener } of listeners.filter(({ port }) => !this.redirects(port))) {
      for (const { variant, arn } of groups) {
        const host = canaryHosts[variant];
        if (host !== undefined) this.makeRule(`${name}-${variant}-${port}`, listener, host, arn);
      }
    }

    this.listeners = listeners.map(({ listener }) => listener);
    this.attachments = Object.fromEntries(
      groups.map(({ variant, arn }) => [variant, { loadBalancers: [], targetGroupArns: [arn] }]),
    );
    const reachable = ["primary", ...Object.keys(canaryHosts)];
    const { name: balancerName, arn, dnsName, zoneId } = balancer;
    this.targets = Object.fromEntries(
      groups
        .filter(({ variant }) => reachable.includes(variant))
        .map(({ variant, health }) => [variant, { name: balancerName, arn, dnsName, zoneId, health }]),
    );
    this.targetGroups = Object.fromEntries(groups.map(({ variant, name, arn }) => [variant, { name, arn }]));
    this.registerOutputs({});
  }

  private redirects(port: number): boolean {
    return port === 80 && this.args.redirectToHttps;
  }

  private makeListener(
    name: string,
    loadBalancerArn: pulumi.Output<string>,
    port: number,
    groups: readonly { arn: pulumi.Output<string> }[],
  ): Listener {
    const { split, certificateArn, stickiness, transform } = this.args;
    const forward = {
      targetGroups: weightedGroups(
        split,
        groups.map(({ arn }) => arn),
      ),
      // A block that is left out changes nothing: it has to say that it is off.
      stickiness: { enabled: stickiness !== undefined, duration: stickiness ?? 1 },
    };
    const spec: ListenerArgs = {
      loadBalancerArn,
      port,
      ...(port === 443 ? { protocol: "HTTPS", ...tlsArgs(certificateArn) } : { protocol: "HTTP" }),
      defaultActions: [this.redirects(port) ? TO_HTTPS : { type: "forward", forward }],
    };
    return new Listener(name, transformed(spec, transform.listener), this.opts);
  }

  /** AWS gives a rule the next free priority; rules for different hosts need no order. */
  private makeRule(
    name: string,
    listener: Listener,
    host: string,
    targetGroupArn: pulumi.Output<string>,
  ): void {
    const spec: ListenerRuleArgs = {
      listenerArn: listener.arn,
      conditions: [{ hostHeader: { values: [host] } }],
      actions: [{ type: "forward", targetGroupArn }],
    };
    new ListenerRule(name, transformed(spec, this.args.transform.listenerRule), this.opts);
  }
}

const TO_HTTPS = {
  type: "redirect",
  redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" },
};

/** What makes each kind of front. Apart from the kinds, which commands need that load no Pulumi. */
import type { LoadBalancerArgs } from "@pulumi/aws/elb/loadBalancer";
import type * as pulumi from "@pulumi/pulumi";
import type { Transforms } from "../../transform";
import type { GroupBounds } from "../group-plan";
import { ApplicationLoadBalancer } from "./application-load-balancer";
import { makeClassicLoadBalancers } from "./classic-load-balancers";
import type { Front, FrontName, FrontSettings } from "./index";
import type { ListenerFrontArgs, ListenerFrontChildren } from "./listener-children";
import { NetworkLoadBalancer } from "./network-load-balancer";

/** The args of each kind of child, for `transform`. */
export interface FrontChildren extends ListenerFrontChildren {
  /** A classic load balancer. */
  loadBalancer: LoadBalancerArgs;
}

export interface FrontArgs extends ListenerFrontArgs, FrontSettings, GroupBounds {
  readonly transform: Transforms<FrontChildren>;
}

type Maker = (name: string, args: FrontArgs, opts: { readonly parent: pulumi.Resource }) => Front;

export const makers: Readonly<Record<FrontName, Maker>> = {
  classic: (name, args, opts) => makeClassicLoadBalancers(name, args, { ...opts, protect: args.protect }),
  alb: (name, args, opts) => new ApplicationLoadBalancer(name, args, opts),
  nlb: (name, args, opts) => new NetworkLoadBalancer(name, args, opts),
};

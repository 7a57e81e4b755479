import {
  LoadBalancer as ClassicLoadBalancer,
  type LoadBalancerArgs as ClassicLoadBalancerArgs,
} from "@pulumi/aws/elb/loadBalancer";
import { Listener, type ListenerArgs } from "@pulumi/aws/lb/listener";
import {
  LoadBalancer as NetworkLoadBalancer,
  type LoadBalancerArgs as NetworkLoadBalancerArgs,
} from "@pulumi/aws/lb/loadBalancer";
import { TargetGroup, type TargetGroupArgs } from "@pulumi/aws/lb/targetGroup";
import type * as pulumi from "@pulumi/pulumi";
import { INTERNAL_PORT } from "../kubernetes/traefik-config";
import { type Transforms, transformed } from "../transform";
import type { DnsTarget } from "./dns";
import { classicHealth, listenerHealth } from "./dns-health";
import { EDGE_PORTS } from "./edge-security";
import { type EdgeFrontName, edgeFronts } from "./fronts";
import { checkTimes } from "./health-check";

/** The load balancer that all edge nodes are behind. */
export interface EdgeLoadBalancerSpec {
  /** `nlb`: nodes see the client's address. `classic`: they see the load balancer's. */
  readonly loadBalancer: EdgeFrontName;
  /**
   * The network of all of it.
   *
   * @example "vpc-0a1b2c3d4e5f60718"
   */
  readonly vpcId: pulumi.Input<string>;
  readonly publicSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /** Whether it has private addresses alone. */
  readonly internal: boolean;
  /** Seconds that connections get to end when a node leaves, 1 to 3600. */
  readonly drainingTimeout: number;
  /**
   * Seconds that a connection may be idle at a classic load balancer, 1 to 4000.
   *
   * @default AWS's, which is 60
   * @example 300
   */
  readonly idleTimeout?: number | undefined;
}

/** The args that a transform can change. */
export interface EdgeLoadBalancerChildren {
  networkLoadBalancer: NetworkLoadBalancerArgs;
  targetGroup: TargetGroupArgs;
  listener: ListenerArgs;
  classicLoadBalancer: ClassicLoadBalancerArgs;
}

export interface EdgeLoadBalancer extends DnsTarget {
  /** How Auto Scaling groups attach to it. Both are given always: what is left out would stay attached. */
  readonly attachment: {
    readonly loadBalancers: pulumi.Input<string>[];
    readonly targetGroupArns: pulumi.Input<string>[];
  };
  /** Without these it takes no requests. */
  readonly listeners: pulumi.Resource[];
}

/** The options of its resources; `protect` is for what requests pass through. */
type Options = pulumi.CustomResourceOptions & { readonly protect: boolean };

/**
 * Makes the load balancer: TCP on 80 and 443 to the same ports of the nodes, where Traefik has the certificates. A node is in
 * service after two good answers of Traefik's ping, 20 s, and out of service after two bad ones.
 */
export function makeEdgeLoadBalancer(
  name: string,
  spec: EdgeLoadBalancerSpec,
  securityGroupId: pulumi.Input<string>,
  transform: Transforms<EdgeLoadBalancerChildren>,
  opts: Options,
): EdgeLoadBalancer {
  return MAKERS[spec.loadBalancer](name, spec, securityGroupId, transform, opts);
}

const MAKERS: Readonly<Record<EdgeFrontName, typeof makeEdgeLoadBalancer>> = {
  nlb: makeNetwork,
  classic: makeClassic,
};

const PING = { path: "/ping", port: INTERNAL_PORT };
const TIMES = checkTimes();

function makeNetwork(
  name: string,
  { vpcId, publicSubnetIds, internal, drainingTimeout }: EdgeLoadBalancerSpec,
  securityGroupId: pulumi.Input<string>,
  transform: Transforms<EdgeLoadBalancerChildren>,
  opts: Options,
): EdgeLoadBalancer {
  const args: NetworkLoadBalancerArgs = {
    loadBalancerType: "network",
    internal,
    subnets: publicSubnetIds,
    securityGroups: [securityGroupId],
    enableCrossZoneLoadBalancing: true,
    enableDeletionProtection: opts.protect,
  };
  const balancer = new NetworkLoadBalancer(name, transformed(args, transform.networkLoadBalancer), opts);
  const serve = (port: number) => {
    const targets: TargetGroupArgs = {
      vpcId,
      port,
      protocol: "TCP",
      targetType: "instance",
      deregistrationDelay: drainingTimeout,
      healthCheck: { protocol: "HTTP", path: PING.path, port: String(PING.port), ...TIMES },
    };
    const group = new TargetGroup(`${name}-${port}`, transformed(targets, transform.targetGroup), opts);
    const listens: ListenerArgs = {
      loadBalancerArn: balancer.arn,
      port,
      protocol: "TCP",
      defaultActions: [{ type: "forward", targetGroupArn: group.arn }],
    };
    const listener = new Listener(`${name}-${port}`, transformed(listens, transform.listener), opts);
    return { group, listener };
  };
  const ports = EDGE_PORTS.map(serve) as [ReturnType<typeof serve>, ...ReturnType<typeof serve>[]];
  return {
    dnsName: balancer.dnsName,
    zoneId: balancer.zoneId,
    health: listenerHealth(edgeFronts.nlb, balancer, ports[0].group),
    attachment: { loadBalancers: [], targetGroupArns: ports.map(({ group }) => group.arn) },
    listeners: ports.map(({ listener }) => listener),
  };
}

function makeClassic(
  name: string,
  { publicSubnetIds, internal, drainingTimeout, idleTimeout }: EdgeLoadBalancerSpec,
  securityGroupId: pulumi.Input<string>,
  transform: Transforms<EdgeLoadBalancerChildren>,
  opts: Options,
): EdgeLoadBalancer {
  const args: ClassicLoadBalancerArgs = {
    internal,
    subnets: publicSubnetIds,
    securityGroups: [securityGroupId],
    listeners: EDGE_PORTS.map((port) => ({
      lbPort: port,
      lbProtocol: "tcp",
      instancePort: port,
      instanceProtocol: "tcp",
    })),
    healthCheck: { target: `HTTP:${PING.port}${PING.path}`, ...TIMES },
    crossZoneLoadBalancing: true,
    connectionDraining: true,
    connectionDrainingTimeout: drainingTimeout,
    ...(idleTimeout !== undefined && { idleTimeout }),
  };
  const balancer = new ClassicLoadBalancer(name, transformed(args, transform.classicLoadBalancer), opts);
  return {
    dnsName: balancer.dnsName,
    zoneId: balancer.zoneId,
    health: classicHealth(balancer),
    attachment: { loadBalancers: [balancer.name], targetGroupArns: [] },
    listeners: [balancer],
  };
}

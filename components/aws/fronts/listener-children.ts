/** What Application and Network Load Balancers make alike. */
import type { ListenerArgs } from "@pulumi/aws/lb/listener";
import type { ListenerRuleArgs } from "@pulumi/aws/lb/listenerRule";
import { LoadBalancer, type LoadBalancerArgs } from "@pulumi/aws/lb/loadBalancer";
import { TargetGroup, type TargetGroupArgs } from "@pulumi/aws/lb/targetGroup";
import type { lb } from "@pulumi/aws/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { integerWeights, type TrafficSplit } from "../../traffic";
import { type Transforms, transformed } from "../../transform";
import { checkTimes, type FleetHealthCheck, HEALTH_CHECK } from "../health-check";
import { HEAVIEST } from "./listening";

/** The args of each kind of child, for `transform`. */
export interface ListenerFrontChildren {
  /** An Application or a Network Load Balancer. */
  loadBalancerV2: LoadBalancerArgs;
  targetGroup: TargetGroupArgs;
  listener: ListenerArgs;
  listenerRule: ListenerRuleArgs;
}

export interface ListenerFrontArgs {
  readonly split: TrafficSplit;
  /** The hosts that lead to one canary alone, by canary. */
  readonly canaryHosts: Readonly<Record<string, string>>;
  readonly vpcId: pulumi.Input<string>;
  readonly publicSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /** Whether load balancers have private addresses alone. */
  readonly internal: boolean;
  readonly securityGroupId: pulumi.Input<string>;
  /** Port that the instances listen on. */
  readonly port: number;
  /** Path that answers 200 when an instance can serve. */
  readonly healthPath: string;
  readonly healthCheck?: FleetHealthCheck | undefined;
  readonly certificateArn?: pulumi.Input<string> | undefined;
  /** Seconds that requests in flight get when an instance leaves. */
  readonly drainingTimeout: number;
  /** Bucket for access logs, whose policy lets AWS write to it. */
  readonly accessLogsBucket?: pulumi.Input<string> | undefined;
  /** Whether Pulumi and AWS refuse to delete the load balancers, and Pulumi all that belongs to them. */
  readonly protect: boolean;
  readonly transform: Transforms<ListenerFrontChildren>;
}

/** A load balancer, the same in all subnets. */
export function makeLoadBalancer(
  name: string,
  own: Pick<
    LoadBalancerArgs,
    | "loadBalancerType"
    | "idleTimeout"
    | "enableCrossZoneLoadBalancing"
    | "dropInvalidHeaderFields"
    | "desyncMitigationMode"
  >,
  args: ListenerFrontArgs,
  opts: pulumi.CustomResourceOptions,
): LoadBalancer {
  const { publicSubnetIds, internal, securityGroupId, accessLogsBucket, protect, transform } = args;
  const spec: LoadBalancerArgs = {
    ...own,
    internal,
    subnets: publicSubnetIds,
    securityGroups: [securityGroupId],
    enableDeletionProtection: protect,
    ...(accessLogsBucket !== undefined && { accessLogs: { bucket: accessLogsBucket, enabled: true } }),
  };
  return new LoadBalancer(name, transformed(spec, transform.loadBalancerV2), opts);
}

/** One variant's instances, as listeners see them. Both kinds of load balancer check by HTTP, as a classic one. */
export function makeTargetGroup(
  name: string,
  own: Pick<TargetGroupArgs, "protocol" | "slowStart">,
  { vpcId, port, healthPath, healthCheck, drainingTimeout, transform }: ListenerFrontArgs,
  opts: pulumi.CustomResourceOptions,
): TargetGroup {
  const spec: TargetGroupArgs = {
    ...own,
    vpcId,
    port,
    deregistrationDelay: drainingTimeout,
    healthCheck: {
      protocol: "HTTP",
      path: healthPath,
      ...(healthCheck?.port !== undefined && { port: String(healthCheck.port) }),
      matcher: healthCheck?.matcher ?? HEALTH_CHECK.matcher,
      ...checkTimes(healthCheck),
    },
  };
  return new TargetGroup(name, transformed(spec, transform.targetGroup), opts);
}

/**
 * The variants' target groups, in the order of `split.variants`, each with its weight. All are checked that a listener names
 * (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html), so one of weight 0, too,
 * though AWS does not say that of weight 0 in so many words.
 */
export function weightedGroups(
  split: TrafficSplit,
  arns: readonly pulumi.Input<string>[],
): lb.ListenerDefaultActionForwardTargetGroup[] {
  const weights = integerWeights(split, HEAVIEST);
  return arns.map((arn, i) => ({ arn, weight: weights[i] ?? 0 }));
}

/** TLS 1.3 and 1.2 (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html). */
const SSL_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06";

/** The certificate of a listener, and the TLS versions that clients may speak. */
export function tlsArgs(
  certificateArn: pulumi.Input<string> | undefined,
): Pick<ListenerArgs, "certificateArn" | "sslPolicy"> {
  return { certificateArn, sslPolicy: SSL_POLICY };
}

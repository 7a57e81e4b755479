import { LoadBalancer, type LoadBalancerArgs } from "@pulumi/aws/elb/loadBalancer";
import type * as pulumi from "@pulumi/pulumi";
import type { TrafficSplit } from "../../traffic";
import { variantName } from "../../traffic";
import { type Transforms, transformed } from "../../transform";
import { classicHealth } from "../dns-health";
import { type GroupBounds, planGroups } from "../group-plan";
import { checkTimes, type FleetHealthCheck } from "../health-check";
import { type Front, publicPorts } from "./front";

export interface ClassicArgs extends LoadBalancerSpec, GroupBounds {
  readonly split: TrafficSplit;
  readonly transform: Transforms<{ loadBalancer: LoadBalancerArgs }>;
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
  const spec = transformed(loadBalancerArgs(args), args.transform.loadBalancer);
  const [main, ...others] = args.split.variants.map(
    (variant) => new LoadBalancer(variantName(name, variant.name), spec, opts),
  ) as [LoadBalancer, ...LoadBalancer[]];
  const plans = planGroups(args.split, args);
  const served = [main, ...others].map((own, i) => ({
    variant: args.split.variants[i]?.name ?? "",
    target: {
      name: own.name,
      arn: own.arn,
      dnsName: own.dnsName,
      zoneId: own.zoneId,
      health: classicHealth(own),
    },
    loadBalancers: plans[i]?.loadBalancers.map((which) => (which === "main" ? main.name : own.name)) ?? [],
  }));
  return {
    targets: Object.fromEntries(served.map(({ variant, target }) => [variant, target])),
    attachments: Object.fromEntries(
      served.map(({ variant, loadBalancers }) => [variant, { loadBalancers, targetGroupArns: [] }]),
    ),
    targetGroups: {},
    listeners: [],
  };
}

/** What all classic load balancers of an app have in common. */
interface LoadBalancerSpec {
  /** Port that the instances listen on. */
  readonly port: number;
  /** Path that answers 200 when an instance can serve. */
  readonly healthPath: string;
  readonly healthCheck?: FleetHealthCheck | undefined;
  readonly publicSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
  readonly internal: boolean;
  readonly securityGroupId: pulumi.Input<string>;
  readonly certificateArn?: pulumi.Input<string> | undefined;
  /** Seconds that a connection may be idle. */
  readonly idleTimeout: number;
  /** Seconds that requests in flight get when an instance leaves. */
  readonly drainingTimeout: number;
  /** Bucket for access logs. */
  readonly accessLogsBucket?: pulumi.Input<string> | undefined;
}

/** Args of a classic load balancer, the same in all subnets. */
function loadBalancerArgs(spec: LoadBalancerSpec): LoadBalancerArgs {
  const { certificateArn, accessLogsBucket } = spec;
  const toInstances = { instancePort: spec.port, instanceProtocol: "http" };
  return {
    internal: spec.internal,
    subnets: spec.publicSubnetIds,
    securityGroups: [spec.securityGroupId],
    listeners: publicPorts(certificateArn).map((lbPort) =>
      lbPort === 443
        ? { ...toInstances, lbPort, lbProtocol: "https", sslCertificateId: certificateArn }
        : { ...toInstances, lbPort, lbProtocol: "http" },
    ),
    healthCheck: {
      target: `HTTP:${spec.healthCheck?.port ?? spec.port}${spec.healthPath}`,
      ...checkTimes(spec.healthCheck),
    },
    crossZoneLoadBalancing: true,
    connectionDraining: true,
    connectionDrainingTimeout: spec.drainingTimeout,
    idleTimeout: spec.idleTimeout,
    ...(accessLogsBucket !== undefined && { accessLogs: { bucket: accessLogsBucket } }),
  };
}

import type { LoadBalancerArgs } from "@pulumi/aws/elb/loadBalancer";
import type * as pulumi from "@pulumi/pulumi";
import { publicPorts } from "./front";

/** What all load balancers of an app have in common. */
export interface LoadBalancerSpec {
  /** Port that the instances listen on. */
  readonly port: number;
  /** Path that answers 200 when an instance can serve. */
  readonly healthPath: string;
  readonly publicSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
  readonly securityGroupId: pulumi.Input<string>;
  readonly certificateArn?: pulumi.Input<string> | undefined;
  /** Seconds that a connection may be idle. */
  readonly idleTimeout: number;
  /** Seconds that requests in flight get when an instance leaves. */
  readonly drainingTimeout: number;
  /** Bucket for access logs. */
  readonly accessLogsBucket?: pulumi.Input<string> | undefined;
}

/**
 * Args of an internet-facing classic load balancer, the same in all subnets. An instance is in service after two good
 * health checks, that is 20 s after it can serve, and out of service after two bad ones.
 */
export function loadBalancerArgs(spec: LoadBalancerSpec): LoadBalancerArgs {
  const { certificateArn, accessLogsBucket } = spec;
  const toInstances = { instancePort: spec.port, instanceProtocol: "http" };
  return {
    internal: false,
    subnets: spec.publicSubnetIds,
    securityGroups: [spec.securityGroupId],
    listeners: publicPorts(certificateArn).map((lbPort) =>
      lbPort === 443
        ? { ...toInstances, lbPort, lbProtocol: "https", sslCertificateId: certificateArn }
        : { ...toInstances, lbPort, lbProtocol: "http" },
    ),
    healthCheck: {
      target: `HTTP:${spec.port}${spec.healthPath}`,
      interval: 10,
      timeout: 5,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
    },
    crossZoneLoadBalancing: true,
    connectionDraining: true,
    connectionDrainingTimeout: spec.drainingTimeout,
    idleTimeout: spec.idleTimeout,
    ...(accessLogsBucket !== undefined && { accessLogs: { bucket: accessLogsBucket } }),
  };
}

/** Classic load balancers. */
import {
  ConfigureHealthCheckCommand,
  type CreateAccessPointOutput,
  CreateLoadBalancerCommand,
  ModifyLoadBalancerAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing";
import type { LoadBalancerArgs } from "@pulumi/aws/elb/loadBalancer";
import type { ApiRequest } from "../api";
import { type Translator, tagList, translator } from "./translation";

const elb = (command: ApiRequest["command"]): ApiRequest => ({ service: "elb", command });

const loadBalancer = translator<LoadBalancerArgs>({
  sample: { id: "elb", dnsName: "elb-1234567890.eu-west-1.elb.amazonaws.com", zoneId: "Z32O12XQLNTSW2" },
  translate: ({ name = "", internal, healthCheck, ...spec }) => ({
    create: elb(
      new CreateLoadBalancerCommand({
        LoadBalancerName: name,
        Scheme: internal ? "internal" : undefined,
        Subnets: spec.subnets,
        SecurityGroups: spec.securityGroups,
        Listeners: spec.listeners.map((listener) => ({
          Protocol: listener.lbProtocol,
          LoadBalancerPort: listener.lbPort,
          InstanceProtocol: listener.instanceProtocol,
          InstancePort: listener.instancePort,
          SSLCertificateId: listener.sslCertificateId,
        })),
        ...(spec.tags && { Tags: tagList(spec.tags) }),
      }),
    ),
    outputs: (answer) => ({ id: name, name, dnsName: (answer as CreateAccessPointOutput).DNSName ?? "" }),
    after: () => [
      elb(
        new ModifyLoadBalancerAttributesCommand({
          LoadBalancerName: name,
          LoadBalancerAttributes: {
            CrossZoneLoadBalancing: { Enabled: spec.crossZoneLoadBalancing },
            // The provider fills in its default.
            ConnectionSettings: { IdleTimeout: spec.idleTimeout ?? 60 },
            ConnectionDraining: { Enabled: spec.connectionDraining, Timeout: spec.connectionDrainingTimeout },
            ...(spec.accessLogs && {
              AccessLog: {
                Enabled: spec.accessLogs.enabled ?? true,
                S3BucketName: spec.accessLogs.bucket,
                S3BucketPrefix: spec.accessLogs.bucketPrefix,
                EmitInterval: spec.accessLogs.interval,
              },
            }),
          },
        }),
      ),
      ...(healthCheck === undefined
        ? []
        : [
            elb(
              new ConfigureHealthCheckCommand({
                LoadBalancerName: name,
                HealthCheck: {
                  Target: healthCheck.target,
                  Interval: healthCheck.interval,
                  Timeout: healthCheck.timeout,
                  HealthyThreshold: healthCheck.healthyThreshold,
                  UnhealthyThreshold: healthCheck.unhealthyThreshold,
                },
              }),
            ),
          ]),
    ],
  }),
});

export const elbTranslators: Readonly<Record<string, Translator>> = {
  "aws:elb/loadBalancer:LoadBalancer": loadBalancer,
};

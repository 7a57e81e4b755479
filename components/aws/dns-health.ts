import { MetricAlarm, type MetricAlarmArgs } from "@pulumi/aws/cloudwatch/metricAlarm";
import type { LoadBalancer as ClassicLoadBalancer } from "@pulumi/aws/elb/loadBalancer";
import type { LoadBalancer } from "@pulumi/aws/lb/loadBalancer";
import type { TargetGroup } from "@pulumi/aws/lb/targetGroup";
import { HealthCheck, type HealthCheckArgs } from "@pulumi/aws/route53/healthCheck";
import type * as pulumi from "@pulumi/pulumi";
import { type Transforms, transformed } from "../transform";
import type { HealthMetric } from "./dns";
import { classic } from "./fronts/classic";
import type { FrontKind } from "./fronts/front";

/** That of a classic load balancer. */
export const classicHealth = ({ name }: ClassicLoadBalancer): HealthMetric => ({
  namespace: classic.metrics.namespace,
  dimensions: { LoadBalancerName: name },
});

/** That of an Application or a Network Load Balancer, for one of its target groups. */
export const listenerHealth = (
  { metrics: { namespace } }: FrontKind,
  balancer: Pick<LoadBalancer, "arnSuffix">,
  group: Pick<TargetGroup, "arnSuffix">,
): HealthMetric => ({
  namespace,
  dimensions: { LoadBalancer: balancer.arnSuffix, TargetGroup: group.arnSuffix },
});

/** The args that a transform can change. */
export interface DnsHealthChildren {
  alarm: MetricAlarmArgs;
  healthCheck: HealthCheckArgs;
}

/**
 * Makes a health check of Route 53 that fails while a load balancer, or its target group that counts, has no healthy
 * instance. It needs no path that answers whatever the host name, and no way in from outside.
 *
 * Route 53 reads the alarm's metric and not its state. AWS reports the metric while any instance is registered, so no data
 * is a failure, too. Where the checks of all records of a name fail, Route 53 goes by the weights alone
 * (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html).
 */
export function makeHealthCheck(
  name: string,
  { namespace, dimensions }: HealthMetric,
  transform: Transforms<DnsHealthChildren>,
  opts: pulumi.CustomResourceOptions,
): HealthCheck {
  const alarmArgs: MetricAlarmArgs = {
    alarmDescription: "No healthy instance behind the load balancer",
    namespace,
    metricName: "HealthyHostCount",
    dimensions,
    statistic: "Maximum",
    period: 60,
    evaluationPeriods: 1,
    comparisonOperator: "LessThanThreshold",
    threshold: 1,
    treatMissingData: "breaching",
  };
  const alarm = new MetricAlarm(`${name}-healthy`, transformed(alarmArgs, transform.alarm), opts);
  const checkArgs: HealthCheckArgs = {
    type: "CLOUDWATCH_METRIC",
    cloudwatchAlarmName: alarm.name,
    cloudwatchAlarmRegion: alarm.region,
    insufficientDataHealthStatus: "Unhealthy",
  };
  return new HealthCheck(`${name}-healthy`, transformed(checkArgs, transform.healthCheck), opts);
}

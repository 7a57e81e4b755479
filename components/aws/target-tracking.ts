/** A scaling policy by which a group follows its load. */
import type { PolicyArgs } from "@pulumi/aws/autoscaling/policy";
import type * as pulumi from "@pulumi/pulumi";

/** The measure that an ALB alone has. */
export const REQUESTS_PER_TARGET = "ALBRequestCountPerTarget";
const CPU = "ASGAverageCPUUtilization";

/** What AWS measures without further words (https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PredefinedMetricSpecification.html). */
export const trackedMetrics = [
  CPU,
  "ASGAverageNetworkIn",
  "ASGAverageNetworkOut",
  REQUESTS_PER_TARGET,
] as const;

export interface TargetTracking {
  /** What is measured; default ASGAverageCPUUtilization, in percent. */
  readonly predefinedMetricType?: (typeof trackedMetrics)[number] | undefined;
  /** What each instance is to have of it on average, above 0. */
  readonly targetValue: number;
  /** Whether the policy takes no instances away; default false. */
  readonly disableScaleIn?: boolean | undefined;
}

/**
 * Args of the policy.
 *
 * @param resourceLabel the load balancer and the target group that ALBRequestCountPerTarget is about
 */
export function targetTrackingArgs(
  { predefinedMetricType = CPU, targetValue, disableScaleIn }: TargetTracking,
  autoscalingGroupName: pulumi.Input<string>,
  resourceLabel: pulumi.Input<string>,
): PolicyArgs {
  return {
    autoscalingGroupName,
    policyType: "TargetTrackingScaling",
    targetTrackingConfiguration: {
      predefinedMetricSpecification: {
        predefinedMetricType,
        ...(predefinedMetricType === REQUESTS_PER_TARGET && { resourceLabel }),
      },
      targetValue,
      ...(disableScaleIn !== undefined && { disableScaleIn }),
    },
  };
}

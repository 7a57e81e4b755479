/** Auto Scaling groups and their lifecycle hooks. */
import {
  CreateAutoScalingGroupCommand,
  type CreateAutoScalingGroupCommandInput,
  EnableMetricsCollectionCommand,
  type MetricType,
  PutLifecycleHookCommand,
  PutScalingPolicyCommand,
  PutWarmPoolCommand,
  StartInstanceRefreshCommand,
} from "@aws-sdk/client-auto-scaling";
import type { GroupArgs } from "@pulumi/aws/autoscaling/group";
import type { LifecycleHookArgs } from "@pulumi/aws/autoscaling/lifecycleHook";
import type { PolicyArgs } from "@pulumi/aws/autoscaling/policy";
import type { Unwrap } from "@pulumi/pulumi";
import type { ApiRequest } from "../api";
import { type Translator, translator } from "./translation";

const autoScaling = (command: ApiRequest["command"]): ApiRequest => ({ service: "autoscaling", command });

const group = translator<GroupArgs>({
  providerOnly: ["waitForElbCapacity", "waitForCapacityTimeout", "minElbCapacity", "forceDelete"],
  sample: { id: "group" },
  translate: ({
    name,
    launchTemplate,
    instanceRefresh,
    initialLifecycleHooks,
    mixedInstancesPolicy,
    warmPool,
    ...group
  }) => ({
    create: autoScaling(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: name,
        MinSize: group.minSize,
        MaxSize: group.maxSize,
        DesiredCapacity: group.desiredCapacity,
        DefaultCooldown: group.defaultCooldown,
        DefaultInstanceWarmup: group.defaultInstanceWarmup,
        CapacityRebalance: group.capacityRebalance,
        MaxInstanceLifetime: group.maxInstanceLifetime,
        NewInstancesProtectedFromScaleIn: group.protectFromScaleIn,
        TerminationPolicies: group.terminationPolicies,
        LoadBalancerNames: group.loadBalancers,
        TargetGroupARNs: group.targetGroupArns,
        VPCZoneIdentifier: group.vpcZoneIdentifiers?.join(","),
        HealthCheckType: group.healthCheckType,
        HealthCheckGracePeriod: group.healthCheckGracePeriod,
        LaunchTemplate: launchTemplate && {
          LaunchTemplateId: launchTemplate.id,
          LaunchTemplateName: launchTemplate.name,
          Version: launchTemplate.version,
        },
        MixedInstancesPolicy: mixed(mixedInstancesPolicy),
        LifecycleHookSpecificationList: initialLifecycleHooks?.map((hook) => ({
          LifecycleHookName: hook.name,
          LifecycleTransition: hook.lifecycleTransition,
          HeartbeatTimeout: hook.heartbeatTimeout,
          DefaultResult: hook.defaultResult,
          NotificationMetadata: hook.notificationMetadata,
          NotificationTargetARN: hook.notificationTargetArn,
          RoleARN: hook.roleArn,
        })),
        Tags: group.tags?.map(({ key, value, propagateAtLaunch }) => ({
          ResourceId: name,
          ResourceType: "auto-scaling-group",
          Key: key,
          Value: value,
          PropagateAtLaunch: propagateAtLaunch,
        })),
      }),
    ),
    outputs: () => ({ id: name ?? "", name: name ?? "" }),
    after: () => [
      ...(group.enabledMetrics === undefined
        ? []
        : [
            autoScaling(
              new EnableMetricsCollectionCommand({
                AutoScalingGroupName: name,
                Granularity: "1Minute",
                Metrics: group.enabledMetrics,
              }),
            ),
          ]),
      ...(warmPool === undefined
        ? []
        : [
            autoScaling(
              new PutWarmPoolCommand({
                AutoScalingGroupName: name,
                PoolState: warmPool.poolState as "Stopped",
                MinSize: warmPool.minSize,
                MaxGroupPreparedCapacity: warmPool.maxGroupPreparedCapacity,
              }),
            ),
          ]),
    ],
    ...(instanceRefresh && { onUpdate: [refresh(name, instanceRefresh)] }),
  }),
});

function mixed(
  policy: Unwrap<GroupArgs>["mixedInstancesPolicy"],
): CreateAutoScalingGroupCommandInput["MixedInstancesPolicy"] {
  if (policy === undefined) return undefined;
  const { instancesDistribution: distribution, launchTemplate } = policy;
  const { launchTemplateSpecification: template, overrides } = launchTemplate;
  return {
    InstancesDistribution: distribution && {
      OnDemandBaseCapacity: distribution.onDemandBaseCapacity,
      OnDemandPercentageAboveBaseCapacity: distribution.onDemandPercentageAboveBaseCapacity,
      SpotAllocationStrategy: distribution.spotAllocationStrategy,
    },
    LaunchTemplate: {
      LaunchTemplateSpecification: {
        LaunchTemplateId: template.launchTemplateId,
        Version: template.version,
      },
      Overrides: overrides?.map(({ instanceType }) => ({ InstanceType: instanceType })),
    },
  };
}

function refresh(
  name: string | undefined,
  { strategy, preferences }: NonNullable<Unwrap<GroupArgs>["instanceRefresh"]>,
): ApiRequest {
  return autoScaling(
    new StartInstanceRefreshCommand({
      AutoScalingGroupName: name,
      Strategy: strategy as "Rolling",
      Preferences: {
        MinHealthyPercentage: preferences?.minHealthyPercentage,
        MaxHealthyPercentage: preferences?.maxHealthyPercentage,
        SkipMatching: preferences?.skipMatching,
        InstanceWarmup:
          preferences?.instanceWarmup === undefined ? undefined : Number(preferences.instanceWarmup),
      },
    }),
  );
}

const lifecycleHook = translator<LifecycleHookArgs>({
  sample: { id: "hook" },
  translate: (hook) => ({
    create: autoScaling(
      new PutLifecycleHookCommand({
        LifecycleHookName: hook.name,
        AutoScalingGroupName: hook.autoscalingGroupName,
        LifecycleTransition: hook.lifecycleTransition,
        HeartbeatTimeout: hook.heartbeatTimeout,
        DefaultResult: hook.defaultResult,
        NotificationMetadata: hook.notificationMetadata,
        NotificationTargetARN: hook.notificationTargetArn,
        RoleARN: hook.roleArn,
      }),
    ),
    outputs: () => ({ id: hook.name ?? "" }),
  }),
});

const scalingPolicy = translator<PolicyArgs>({
  sample: { id: "policy" },
  translate: ({ name, autoscalingGroupName, policyType, targetTrackingConfiguration: tracking }) => ({
    create: autoScaling(
      new PutScalingPolicyCommand({
        PolicyName: name,
        AutoScalingGroupName: autoscalingGroupName,
        PolicyType: policyType,
        ...(tracking && {
          TargetTrackingConfiguration: {
            PredefinedMetricSpecification: tracking.predefinedMetricSpecification && {
              PredefinedMetricType: tracking.predefinedMetricSpecification.predefinedMetricType as MetricType,
              ResourceLabel: tracking.predefinedMetricSpecification.resourceLabel,
            },
            TargetValue: tracking.targetValue,
            DisableScaleIn: tracking.disableScaleIn,
          },
        }),
      }),
    ),
    outputs: () => ({ id: name ?? "" }),
  }),
});

export const autoScalingTranslators: Readonly<Record<string, Translator>> = {
  "aws:autoscaling/group:Group": group,
  "aws:autoscaling/lifecycleHook:LifecycleHook": lifecycleHook,
  "aws:autoscaling/policy:Policy": scalingPolicy,
};

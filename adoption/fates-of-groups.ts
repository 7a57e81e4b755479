/** What becomes of what Auto Scaling groups have. Inputs that the provider sets back are optional ones without a computed value: https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/autoscaling/group.go */
import type {
  AutoScalingGroup,
  EnabledMetric,
  InstanceMaintenancePolicy,
  SuspendedProcess,
} from "@aws-sdk/client-auto-scaling";
import { type Fates, READ, STAYS, TOLD } from "./fates";

export const groupFates: Fates<AutoScalingGroup> = {
  AutoScalingGroupName: READ,
  AutoScalingGroupARN: TOLD,
  LaunchConfigurationName: TOLD,
  LaunchTemplate: READ,
  MixedInstancesPolicy: {
    input: "mixedInstancesPolicy",
    follows: "new instances are of one type then, and none is a spot instance",
  },
  MinSize: READ,
  MaxSize: READ,
  DesiredCapacity: READ,
  PredictedCapacity: TOLD,
  DefaultCooldown: STAYS,
  AvailabilityZones: TOLD,
  AvailabilityZoneIds: TOLD,
  LoadBalancerNames: READ,
  TargetGroupARNs: READ,
  HealthCheckType: READ,
  HealthCheckGracePeriod: READ,
  Instances: TOLD,
  CreatedTime: TOLD,
  SuspendedProcesses: {
    input: "suspendedProcesses",
    follows: "AWS starts these processes again",
    from: (processes: SuspendedProcess[]) => processes.flatMap(({ ProcessName = [] }) => ProcessName).sort(),
  },
  PlacementGroup: { input: "placementGroup", follows: "new instances are outside of it" },
  VPCZoneIdentifier: READ,
  EnabledMetrics: {
    input: "enabledMetrics",
    follows: "CloudWatch gets these metrics no more, and alarms on them fall silent",
    from: (metrics: EnabledMetric[]) => metrics.flatMap(({ Metric = [] }) => Metric).sort(),
  },
  Status: TOLD,
  Tags: READ,
  TerminationPolicies: {
    input: "terminationPolicies",
    follows: "AWS ends instances in its own order then",
    usual: ["Default"],
  },
  NewInstancesProtectedFromScaleIn: {
    input: "protectFromScaleIn",
    follows: "new instances may be ended by scaling in",
  },
  ServiceLinkedRoleARN: STAYS,
  MaxInstanceLifetime: {
    input: "maxInstanceLifetime",
    follows: "instances are not replaced for their age any more",
    usual: 0,
  },
  CapacityRebalance: {
    input: "capacityRebalance",
    follows: "spot instances are not replaced before AWS takes them",
  },
  WarmPoolConfiguration: { input: "warmPool", follows: "its stopped instances are ended" },
  WarmPoolSize: TOLD,
  Context: { input: "context", follows: "what reads it finds nothing" },
  DesiredCapacityType: {
    input: "desiredCapacityType",
    follows: "sizes are numbers of instances then",
    usual: "units",
  },
  DefaultInstanceWarmup: {
    input: "defaultInstanceWarmup",
    follows: "new instances count for scaling policies at once",
  },
  TrafficSources: STAYS,
  InstanceMaintenancePolicy: {
    input: "instanceMaintenancePolicy",
    follows: "a refresh of instances keeps to AWS's own limits",
    from: ({ MinHealthyPercentage: least, MaxHealthyPercentage: most }: InstanceMaintenancePolicy) =>
      least === undefined || least < 0 || most === undefined
        ? undefined
        : { minHealthyPercentage: least, maxHealthyPercentage: most },
  },
  DeletionProtection: STAYS,
  AvailabilityZoneDistribution: STAYS,
  AvailabilityZoneImpairmentPolicy: STAYS,
  CapacityReservationSpecification: STAYS,
  InstanceLifecyclePolicy: {
    input: "instanceLifecyclePolicy",
    follows: "instances whose hooks fail are ended",
  },
  Operator: TOLD,
};

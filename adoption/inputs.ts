/** What AWS has, in the form in which the program declares it. */
import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { ResponseLaunchTemplateData } from "@aws-sdk/client-ec2";
import type { LoadBalancerAttributes, LoadBalancerDescription } from "@aws-sdk/client-elastic-load-balancing";
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import type { Properties, Value } from "../offline/values";

export function balancerInputs(
  balancer: LoadBalancerDescription,
  attributes: LoadBalancerAttributes,
): Properties {
  const { HealthCheck: check } = balancer;
  const { CrossZoneLoadBalancing: zones, ConnectionDraining: draining, AccessLog: log } = attributes;
  return known({
    name: balancer.LoadBalancerName,
    internal: balancer.Scheme === "internal",
    subnets: balancer.Subnets,
    securityGroups: balancer.SecurityGroups,
    listeners: (balancer.ListenerDescriptions ?? []).map(({ Listener: listener }) =>
      known({
        lbPort: listener?.LoadBalancerPort,
        lbProtocol: listener?.Protocol?.toLowerCase(),
        instancePort: listener?.InstancePort,
        instanceProtocol: listener?.InstanceProtocol?.toLowerCase(),
        sslCertificateId: listener?.SSLCertificateId,
      }),
    ),
    healthCheck: known({
      target: check?.Target,
      interval: check?.Interval,
      timeout: check?.Timeout,
      healthyThreshold: check?.HealthyThreshold,
      unhealthyThreshold: check?.UnhealthyThreshold,
    }),
    crossZoneLoadBalancing: zones?.Enabled,
    connectionDraining: draining?.Enabled,
    connectionDrainingTimeout: draining?.Timeout,
    idleTimeout: attributes.ConnectionSettings?.IdleTimeout,
    accessLogs: log?.Enabled ? known({ bucket: log.S3BucketName }) : undefined,
  });
}

/** @param isPrimary whether it is the primary's, whose desired capacity a scaling policy owns */
export function groupInputs(group: AutoScalingGroup, isPrimary: boolean): Properties {
  return known({
    name: group.AutoScalingGroupName,
    minSize: group.MinSize,
    maxSize: group.MaxSize,
    desiredCapacity: isPrimary ? undefined : group.DesiredCapacity,
    loadBalancers: group.LoadBalancerNames ?? [],
    targetGroupArns: group.TargetGroupARNs ?? [],
    launchTemplate:
      group.LaunchTemplate &&
      known({ id: group.LaunchTemplate.LaunchTemplateId, version: group.LaunchTemplate.Version }),
    vpcZoneIdentifiers: group.VPCZoneIdentifier?.split(","),
    healthCheckType: group.HealthCheckType,
    healthCheckGracePeriod: group.HealthCheckGracePeriod,
    tags: group.Tags?.map(({ Key, Value, PropagateAtLaunch }) =>
      known({ key: Key, value: Value, propagateAtLaunch: PropagateAtLaunch }),
    ),
  });
}

export function templateInputs(id: string, data: ResponseLaunchTemplateData): Properties {
  const { MetadataOptions: metadata } = data;
  return known({
    name: id,
    imageId: data.ImageId,
    instanceType: data.InstanceType,
    vpcSecurityGroupIds: data.SecurityGroupIds,
    networkInterfaces: data.NetworkInterfaces?.map((each) =>
      known({
        deviceIndex: each.DeviceIndex,
        securityGroups: each.Groups,
        associatePublicIpAddress:
          each.AssociatePublicIpAddress === undefined ? undefined : String(each.AssociatePublicIpAddress),
      }),
    ),
    metadataOptions:
      metadata &&
      known({
        httpEndpoint: metadata.HttpEndpoint,
        httpTokens: metadata.HttpTokens,
        httpPutResponseHopLimit: metadata.HttpPutResponseHopLimit,
      }),
    blockDeviceMappings: data.BlockDeviceMappings?.map(({ DeviceName, Ebs }) =>
      known({
        deviceName: DeviceName,
        ebs:
          Ebs &&
          known({
            encrypted: Ebs.Encrypted === undefined ? undefined : String(Ebs.Encrypted),
            volumeType: Ebs.VolumeType,
            volumeSize: Ebs.VolumeSize,
            kmsKeyId: Ebs.KmsKeyId,
            deleteOnTermination:
              Ebs.DeleteOnTermination === undefined ? undefined : String(Ebs.DeleteOnTermination),
          }),
      }),
    ),
    keyName: data.KeyName,
    userData: data.UserData,
    iamInstanceProfile:
      data.IamInstanceProfile &&
      known({ arn: data.IamInstanceProfile.Arn, name: data.IamInstanceProfile.Name }),
  });
}

export function recordInputs(zoneId: string, host: string, record: ResourceRecordSet): Properties {
  const { AliasTarget: alias } = record;
  return known({
    zoneId,
    name: host,
    type: record.Type,
    setIdentifier: record.SetIdentifier,
    weightedRoutingPolicies: [known({ weight: record.Weight })],
    ttl: record.TTL,
    records: alias === undefined ? record.ResourceRecords?.map(({ Value = "" }) => Value) : undefined,
    aliases: alias && [
      known({
        name: alias.DNSName,
        zoneId: alias.HostedZoneId,
        evaluateTargetHealth: alias.EvaluateTargetHealth,
      }),
    ],
    healthCheckId: record.HealthCheckId,
  });
}

/** What is there of an object. */
export function known(values: Readonly<Record<string, Value | undefined>>): Properties {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Properties;
}

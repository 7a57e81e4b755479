/** What moto 5.2.5 can't do that AWS does, and how the suite gets past it without another input for any resource. */
import { type AutoScalingGroupsType, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import {
  type CreateLaunchTemplateCommandInput,
  CreateLaunchTemplateVersionCommand,
  type CreateLaunchTemplateVersionResult,
  ModifyLaunchTemplateCommand,
} from "@aws-sdk/client-ec2";
import { RegisterInstancesWithLoadBalancerCommand } from "@aws-sdk/client-elastic-load-balancing";
import { CreateHostedZoneCommand, type CreateHostedZoneResponse } from "@aws-sdk/client-route-53";
import { type ApiRequest, operationOf, type Send } from "./api";

/**
 * moto launches instances by a template's default version, whatever version a group names, and takes no disk without a
 * size, which AWS takes from the image: a second version, the default one, has a size.
 */
export async function sizeDisks(request: ApiRequest, send: Send): Promise<void> {
  if (operationOf(request) !== "CreateLaunchTemplate") return;
  const { LaunchTemplateName, LaunchTemplateData } = request.command
    .input as CreateLaunchTemplateCommandInput;
  const BlockDeviceMappings = LaunchTemplateData?.BlockDeviceMappings?.map((disk) => ({
    ...disk,
    Ebs: { ...disk.Ebs, VolumeSize: disk.Ebs?.VolumeSize ?? 8 },
  }));
  const sized = new CreateLaunchTemplateVersionCommand({
    LaunchTemplateName,
    LaunchTemplateData: { ...LaunchTemplateData, BlockDeviceMappings },
  });
  const { LaunchTemplateVersion } = await send<CreateLaunchTemplateVersionResult>({
    service: "ec2",
    command: sized,
  });
  const DefaultVersion = String(LaunchTemplateVersion?.VersionNumber);
  const command = new ModifyLaunchTemplateCommand({ LaunchTemplateName, DefaultVersion });
  await send({ service: "ec2", command });
}

/** moto has EKS's clusters and no access entries: that request is held against AWS's service models alone. */
export const isBeyondMoto = (request: ApiRequest): boolean => operationOf(request) === "CreateAccessEntry";

/** moto's ids of hosted zones begin with any letter, AWS's with a Z. */
export async function zoneWithAwsId(name: string, send: Send): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const command = new CreateHostedZoneCommand({ Name: name, CallerReference: String(attempt) });
    const { HostedZone } = await send<CreateHostedZoneResponse>({ service: "route53", command });
    const id = HostedZone?.Id?.replace("/hostedzone/", "") ?? "";
    if (id.startsWith("Z")) return id;
  }
}

/** Where several groups share a classic load balancer, moto keeps the last one's instances: this registers all. */
export async function registerAll(send: Send): Promise<void> {
  const command = new DescribeAutoScalingGroupsCommand({});
  const { AutoScalingGroups = [] } = await send<AutoScalingGroupsType>({ service: "autoscaling", command });
  for (const { LoadBalancerNames = [], Instances = [] } of AutoScalingGroups) {
    for (const LoadBalancerName of LoadBalancerNames) {
      const ids = Instances.map(({ InstanceId }) => ({ InstanceId }));
      const register = new RegisterInstancesWithLoadBalancerCommand({ LoadBalancerName, Instances: ids });
      await send({ service: "elb", command: register });
    }
  }
}

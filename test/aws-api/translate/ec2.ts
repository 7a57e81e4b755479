/** Security groups, their rules and launch templates. */
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateLaunchTemplateCommand,
  type CreateLaunchTemplateResult,
  CreateSecurityGroupCommand,
  type CreateSecurityGroupResult,
  type IpPermission,
  type RequestLaunchTemplateData,
  type ResourceType,
  RevokeSecurityGroupEgressCommand,
  type TagSpecification,
} from "@aws-sdk/client-ec2";
import type { LaunchTemplateArgs } from "@pulumi/aws/ec2/launchTemplate";
import type { SecurityGroupArgs } from "@pulumi/aws/ec2/securityGroup";
import type { SecurityGroupEgressRuleArgs } from "@pulumi/aws/vpc/securityGroupEgressRule";
import type { SecurityGroupIngressRuleArgs } from "@pulumi/aws/vpc/securityGroupIngressRule";
import type { Unwrap } from "@pulumi/pulumi";
import type { ApiRequest } from "../api";
import { flag, type Translator, tagList, translator } from "./translation";

const ec2 = (command: ApiRequest["command"]): ApiRequest => ({ service: "ec2", command });

const tagged = (type: ResourceType, tags: Record<string, string> | undefined): TagSpecification[] =>
  tags === undefined ? [] : [{ ResourceType: type, Tags: tagList(tags) }];

const EVERYTHING: IpPermission = { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] };

const securityGroup = translator<SecurityGroupArgs>({
  sample: { id: "sg-0a1b2c3d4e5f60718" },
  translate: ({ name, description, vpcId, tags }) => ({
    create: ec2(
      new CreateSecurityGroupCommand({
        GroupName: name,
        Description: description,
        VpcId: vpcId,
        TagSpecifications: tagged("security-group", tags),
      }),
    ),
    outputs: (answer) => ({ id: (answer as CreateSecurityGroupResult).GroupId ?? "" }),
    after: ({ id }) => [
      ec2(new RevokeSecurityGroupEgressCommand({ GroupId: String(id), IpPermissions: [EVERYTHING] })),
    ],
  }),
});

type RuleArgs = SecurityGroupIngressRuleArgs & SecurityGroupEgressRuleArgs;
type RuleRequest = { GroupId: string; IpPermissions: IpPermission[]; TagSpecifications: TagSpecification[] };

const rule = (authorize: (rule: RuleRequest) => ApiRequest["command"]): Translator =>
  translator<RuleArgs>({
    sample: { id: "sgr-0a1b2c3d4e5f60718" },
    translate: ({ securityGroupId, tags, ...rule }) => ({
      create: ec2(
        authorize({
          GroupId: securityGroupId,
          IpPermissions: [permission(rule)],
          TagSpecifications: tagged("security-group-rule", tags),
        }),
      ),
      outputs: () => ({}),
    }),
  });

function permission(rule: Omit<Unwrap<RuleArgs>, "securityGroupId" | "tags">): IpPermission {
  const { ipProtocol, fromPort, toPort, description: Description } = rule;
  const { cidrIpv4, cidrIpv6, prefixListId, referencedSecurityGroupId } = rule;
  return {
    IpProtocol: ipProtocol,
    FromPort: fromPort,
    ToPort: toPort,
    ...(cidrIpv4 && { IpRanges: [{ CidrIp: cidrIpv4, Description }] }),
    ...(cidrIpv6 && { Ipv6Ranges: [{ CidrIpv6: cidrIpv6, Description }] }),
    ...(prefixListId && { PrefixListIds: [{ PrefixListId: prefixListId, Description }] }),
    ...(referencedSecurityGroupId && {
      UserIdGroupPairs: [{ GroupId: referencedSecurityGroupId, Description }],
    }),
  };
}

const launchTemplate = translator<LaunchTemplateArgs>({
  providerOnly: ["updateDefaultVersion"],
  sample: { id: "lt-0a1b2c3d4e5f60718", latestVersion: 1 },
  translate: ({ name, description, tags, ...data }) => ({
    create: ec2(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: name,
        VersionDescription: description,
        LaunchTemplateData: launchTemplateData(data),
        TagSpecifications: tagged("launch-template", tags),
      }),
    ),
    outputs: (answer) => {
      const { LaunchTemplate } = answer as CreateLaunchTemplateResult;
      return {
        id: LaunchTemplate?.LaunchTemplateId ?? "",
        latestVersion: LaunchTemplate?.LatestVersionNumber ?? 0,
      };
    },
  }),
});

function launchTemplateData(data: Unwrap<LaunchTemplateArgs>): RequestLaunchTemplateData {
  const { metadataOptions, blockDeviceMappings, tagSpecifications, iamInstanceProfile, networkInterfaces } =
    data;
  return {
    ImageId: data.imageId,
    InstanceType: data.instanceType as RequestLaunchTemplateData["InstanceType"],
    KeyName: data.keyName,
    UserData: data.userData,
    ...(data.instanceMarketOptions && {
      InstanceMarketOptions: { MarketType: data.instanceMarketOptions.marketType as "spot" },
    }),
    SecurityGroupIds: data.vpcSecurityGroupIds,
    ...(iamInstanceProfile && {
      IamInstanceProfile: { Arn: iamInstanceProfile.arn, Name: iamInstanceProfile.name },
    }),
    ...(metadataOptions && {
      MetadataOptions: {
        HttpEndpoint: metadataOptions.httpEndpoint as "enabled",
        HttpTokens: metadataOptions.httpTokens as "required",
        HttpPutResponseHopLimit: metadataOptions.httpPutResponseHopLimit,
        HttpProtocolIpv6: metadataOptions.httpProtocolIpv6 as "enabled",
        InstanceMetadataTags: metadataOptions.instanceMetadataTags as "enabled",
      },
    }),
    BlockDeviceMappings: blockDeviceMappings?.map(({ deviceName, ebs }) => ({
      DeviceName: deviceName,
      Ebs: {
        Encrypted: flag(ebs?.encrypted),
        DeleteOnTermination: flag(ebs?.deleteOnTermination),
        VolumeType: ebs?.volumeType as "gp3",
        VolumeSize: ebs?.volumeSize,
        Iops: ebs?.iops,
        Throughput: ebs?.throughput,
        KmsKeyId: ebs?.kmsKeyId,
      },
    })),
    NetworkInterfaces: networkInterfaces?.map((each) => ({
      DeviceIndex: each.deviceIndex,
      AssociatePublicIpAddress: flag(each.associatePublicIpAddress),
      DeleteOnTermination: flag(each.deleteOnTermination),
      Groups: each.securityGroups,
      SubnetId: each.subnetId,
    })),
    TagSpecifications: tagSpecifications?.map(({ resourceType, tags }) => ({
      ResourceType: resourceType as ResourceType,
      Tags: tagList(tags),
    })),
  };
}

export const ec2Translators: Readonly<Record<string, Translator>> = {
  "aws:ec2/securityGroup:SecurityGroup": securityGroup,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": rule(
    (input) => new AuthorizeSecurityGroupIngressCommand(input),
  ),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": rule(
    (input) => new AuthorizeSecurityGroupEgressCommand(input),
  ),
  "aws:ec2/launchTemplate:LaunchTemplate": launchTemplate,
};

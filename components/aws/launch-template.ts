import type { LaunchTemplateArgs } from "@pulumi/aws/ec2/launchTemplate";
import type * as pulumi from "@pulumi/pulumi";

/** The instances of one variant. */
export interface InstanceSpec {
  readonly amiId: pulumi.Input<string>;
  readonly instanceType: pulumi.Input<string>;
  readonly securityGroupIds: readonly pulumi.Input<string>[];
  /** What its machines may do in AWS; default nothing. */
  readonly iamInstanceProfile?: LaunchTemplateArgs["iamInstanceProfile"];
  /** Script or cloud-config for the first boot, at most 16 KB; default none. */
  readonly userData?: string | undefined;
  /** Key pair for SSH; default none, so no SSH. */
  readonly keyName?: pulumi.Input<string> | undefined;
}

/**
 * Args of a launch template: instance metadata by session token only (IMDSv2) and one network hop, so not from
 * containers; an encrypted gp3 root volume of the image's size.
 *
 * The root device must be `/dev/xvda`, as in Amazon Linux images
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html). For an image with another one change
 * `blockDeviceMappings` by the component's `transform`. The groups name the latest version by its number, so the
 * template's default version is left alone.
 */
export function launchTemplateArgs({
  amiId,
  instanceType,
  securityGroupIds,
  iamInstanceProfile,
  userData,
  keyName,
}: InstanceSpec): LaunchTemplateArgs {
  return {
    imageId: amiId,
    instanceType,
    vpcSecurityGroupIds: [...securityGroupIds],
    metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
    blockDeviceMappings: [
      { deviceName: "/dev/xvda", ebs: { encrypted: "true", volumeType: "gp3", deleteOnTermination: "true" } },
    ],
    ...(iamInstanceProfile !== undefined && { iamInstanceProfile }),
    ...(userData !== undefined && { userData: Buffer.from(userData).toString("base64") }),
    ...(keyName !== undefined && { keyName }),
  };
}

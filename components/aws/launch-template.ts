import type { LaunchTemplateArgs } from "@pulumi/aws/ec2/launchTemplate";
import type * as pulumi from "@pulumi/pulumi";

/** The instances of one variant. */
export interface InstanceSpec {
  readonly amiId: pulumi.Input<string>;
  readonly instanceType: pulumi.Input<string>;
  readonly securityGroupId: pulumi.Input<string>;
}

/**
 * Args of a launch template: instance metadata by session token only (IMDSv2) and one network hop, so not from
 * containers; an encrypted gp3 root volume of the image's size; no key pair, so no SSH.
 *
 * The root device must be `/dev/xvda`, as in Amazon Linux images
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html). For an image with another one change
 * `blockDeviceMappings` by the component's `transform`. The groups name the latest version by its number, so the
 * template's default version is left alone.
 */
export function launchTemplateArgs({
  amiId,
  instanceType,
  securityGroupId,
}: InstanceSpec): LaunchTemplateArgs {
  return {
    imageId: amiId,
    instanceType,
    vpcSecurityGroupIds: [securityGroupId],
    metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
    blockDeviceMappings: [
      { deviceName: "/dev/xvda", ebs: { encrypted: "true", volumeType: "gp3", deleteOnTermination: "true" } },
    ],
  };
}

import type { LaunchTemplateArgs } from "@pulumi/aws/ec2/launchTemplate";
import type * as pulumi from "@pulumi/pulumi";

/** The root volume of instances; always gp3, encrypted, and deleted with its instance. */
export interface RootBlockDevice {
  /**
   * What the image calls its root device, `RootDeviceName` in `aws ec2 describe-images`; default `/dev/xvda`, as in Amazon Linux
   * images. By another name the settings here would be those of a second, empty volume
   * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html).
   */
  readonly deviceName?: string | undefined;
  /** GiB, 1 to 65536 and no less than the image's; default the image's. */
  readonly volumeSize?: number | undefined;
  /** Id, alias or ARN of the key that encrypts it; default the account's default key for volumes. */
  readonly kmsKeyId?: string | undefined;
}

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
  readonly rootBlockDevice?: RootBlockDevice | undefined;
}

/** That of Amazon Linux images. */
export const ROOT_DEVICE = "/dev/xvda";

/**
 * Args of a launch template: instance metadata by session token only (IMDSv2) and one network hop, so not from
 * containers; an encrypted gp3 root volume. The groups name the latest version by its number, so the template's default
 * version is left alone.
 */
export function launchTemplateArgs({
  amiId,
  instanceType,
  securityGroupIds,
  iamInstanceProfile,
  userData,
  keyName,
  rootBlockDevice: { deviceName = ROOT_DEVICE, volumeSize, kmsKeyId } = {},
}: InstanceSpec): LaunchTemplateArgs {
  return {
    imageId: amiId,
    instanceType,
    vpcSecurityGroupIds: [...securityGroupIds],
    metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
    blockDeviceMappings: [
      {
        deviceName,
        ebs: {
          encrypted: "true",
          volumeType: "gp3",
          deleteOnTermination: "true",
          ...(volumeSize !== undefined && { volumeSize }),
          ...(kmsKeyId !== undefined && { kmsKeyId }),
        },
      },
    ],
    ...(iamInstanceProfile !== undefined && { iamInstanceProfile }),
    ...(userData !== undefined && { userData: Buffer.from(userData).toString("base64") }),
    ...(keyName !== undefined && { keyName }),
  };
}

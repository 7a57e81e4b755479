/** What of a launch template the program declares. */
import type { ResponseLaunchTemplateData } from "@aws-sdk/client-ec2";

/** Names of a launch template's, with those in them; `true` for one that is read whole. */
interface Names {
  readonly [name: string]: Names | true;
}

/** What is read, and what AWS adds to its answers. */
const READ: Names = {
  ImageId: true,
  InstanceType: true,
  KeyName: true,
  UserData: true,
  IamInstanceProfile: true,
  SecurityGroupIds: true,
  NetworkInterfaces: { DeviceIndex: true, Groups: true },
  MetadataOptions: { HttpEndpoint: true, HttpTokens: true, HttpPutResponseHopLimit: true, State: true },
  BlockDeviceMappings: {
    DeviceName: true,
    Ebs: { Encrypted: true, VolumeType: true, VolumeSize: true, KmsKeyId: true, DeleteOnTermination: true },
  },
  Operator: true,
};

/** What is set and not read, such as `Monitoring` and `BlockDeviceMappings.Ebs.Iops`, each once. */
export const unread = (data: ResponseLaunchTemplateData): string[] => [...new Set(unreadIn(data, READ))];

function unreadIn(value: unknown, read: Names): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => unreadIn(item, read));
  return Object.entries(value ?? {})
    .filter(([, item]) => item !== undefined && !(Array.isArray(item) && item.length === 0))
    .flatMap(([name, item]) => {
      const within = read[name];
      if (within === undefined) return [name];
      return within === true ? [] : unreadIn(item, within).map((each) => `${name}.${each}`);
    });
}

/** The instances' security groups: of the template's own, or of its first network interface. */
export const securityGroupsOf = ({
  SecurityGroupIds: own = [],
  NetworkInterfaces: [first] = [],
}: ResponseLaunchTemplateData): string[] => (own.length > 0 ? own : (first?.Groups ?? []));

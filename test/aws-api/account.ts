/** What an AWS account has before the program comes: a network, an image, a hosted zone and a certificate. */
import {
  CreateSecurityGroupCommand,
  type CreateSecurityGroupResult,
  CreateSubnetCommand,
  type CreateSubnetResult,
  CreateVpcCommand,
  type CreateVpcResult,
  DescribeImagesCommand,
  type DescribeImagesResult,
} from "@aws-sdk/client-ec2";
import { UploadServerCertificateCommand, type UploadServerCertificateResponse } from "@aws-sdk/client-iam";
import { REGION, type Send } from "./api";
import { zoneWithAwsId } from "./moto-limits";

/** The settings, as `-c` takes them, that name what an account has. */
export interface Account {
  /** Network and zone, which every platform takes. */
  readonly network: readonly string[];
  /** Those of platform `elb`: network, zone and images. */
  readonly settings: readonly string[];
  /** Image and cluster of the edge nodes. */
  readonly edge: readonly string[];
  readonly zoneId: string;
  readonly certificateArn: string;
}

export async function prepareAccount(send: Send): Promise<Account> {
  const vpc = await send<CreateVpcResult>({
    service: "ec2",
    command: new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }),
  });
  const vpcId = vpc.Vpc?.VpcId ?? "";
  const subnetIds = await Promise.all(
    ["a", "b"].map(async (zone, i) => {
      const command = new CreateSubnetCommand({
        VpcId: vpcId,
        CidrBlock: `10.0.${i}.0/24`,
        AvailabilityZone: `${REGION}${zone}`,
      });
      return (await send<CreateSubnetResult>({ service: "ec2", command })).Subnet?.SubnetId ?? "";
    }),
  );
  const images = await send<DescribeImagesResult>({
    service: "ec2",
    command: new DescribeImagesCommand({ Owners: ["amazon"] }),
  });
  const [image, canaryImage] = (images.Images ?? []).map(({ ImageId }) => ImageId);
  const zoneId = await zoneWithAwsId("example.com", send);
  const cluster = await send<CreateSecurityGroupResult>({
    service: "ec2",
    command: new CreateSecurityGroupCommand({ GroupName: "cluster", Description: "Cluster", VpcId: vpcId }),
  });
  const certificate = await send<UploadServerCertificateResponse>({
    service: "iam",
    command: new UploadServerCertificateCommand({
      ServerCertificateName: "example",
      CertificateBody: "certificate",
      PrivateKey: "key",
    }),
  });
  const network = [
    `aws.vpcId=${vpcId}`,
    ...subnetIds.map((id, i) => `aws.publicSubnetIds[${i}]=${id}`),
    `aws.zoneId=${zoneId}`,
  ];
  return {
    network,
    settings: [...network, `aws.amiId=${image}`, `aws.canaryAmiId=${canaryImage}`],
    edge: [`aws.edge.amiId=${image}`, `aws.edge.clusterSecurityGroupIds[0]=${cluster.GroupId}`],
    zoneId,
    certificateArn: certificate.ServerCertificateMetadata?.Arn ?? "",
  };
}

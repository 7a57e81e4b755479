/** What an AWS account has before the program comes: a network, an image, a hosted zone and a certificate. */
import {
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
  readonly settings: readonly string[];
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
  const certificate = await send<UploadServerCertificateResponse>({
    service: "iam",
    command: new UploadServerCertificateCommand({
      ServerCertificateName: "example",
      CertificateBody: "certificate",
      PrivateKey: "key",
    }),
  });
  return {
    settings: [
      `aws.vpcId=${vpcId}`,
      ...subnetIds.map((id, i) => `aws.publicSubnetIds[${i}]=${id}`),
      `aws.amiId=${image}`,
      `aws.canaryAmiId=${canaryImage}`,
      `aws.zoneId=${zoneId}`,
    ],
    zoneId,
    certificateArn: certificate.ServerCertificateMetadata?.Arn ?? "",
  };
}

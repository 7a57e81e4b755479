/** The AWS APIs that the program's resources live in. */
import * as autoScaling from "@aws-sdk/client-auto-scaling";
import * as cloudWatch from "@aws-sdk/client-cloudwatch";
import * as ec2 from "@aws-sdk/client-ec2";
import * as eks from "@aws-sdk/client-eks";
import * as elb from "@aws-sdk/client-elastic-load-balancing";
import * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import * as iam from "@aws-sdk/client-iam";
import * as route53 from "@aws-sdk/client-route-53";

/** The services by the names that botocore has for them. */
const CLIENTS = {
  autoscaling: autoScaling.AutoScalingClient,
  cloudwatch: cloudWatch.CloudWatchClient,
  ec2: ec2.EC2Client,
  eks: eks.EKSClient,
  elb: elb.ElasticLoadBalancingClient,
  elbv2: elbv2.ElasticLoadBalancingV2Client,
  iam: iam.IAMClient,
  route53: route53.Route53Client,
} as const;

export type Service = keyof typeof CLIENTS;

/** One of the SDK's commands: named after the operation, with the operation's input. */
interface Command {
  input: object;
}

/** An operation of a service and what it is asked. */
export interface ApiRequest {
  readonly service: Service;
  readonly command: Command;
}

/** The operation's name in AWS's service models. */
export const operationOf = ({ command }: ApiRequest): string =>
  command.constructor.name.replace(/Command$/, "");

/** Sends requests by the AWS SDK to one endpoint. */
export type Send = <Answer>(request: ApiRequest) => Promise<Answer>;

export const REGION = "eu-west-1";

export function sendTo(endpoint: string): Send {
  const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
  const options = { endpoint, region: REGION, credentials, maxAttempts: 1 };
  const clients = new Map<Service, { send(command: object): Promise<unknown> }>();
  return async <Answer>({ service, command }: ApiRequest) => {
    const client = clients.get(service) ?? new CLIENTS[service](options);
    clients.set(service, client as { send(command: object): Promise<unknown> });
    return (await (client as { send(command: object): Promise<unknown> }).send(command)) as Answer;
  };
}

/** What is read of an AWS account beside what `canary status` reads. Nothing is ever changed. */
import type { LaunchTemplateVersion, SecurityGroupRule } from "@aws-sdk/client-ec2";
import type { LoadBalancerAttributes } from "@aws-sdk/client-elastic-load-balancing";
import { type Account, all, awsAccount, read } from "../status/account";
import type { AwsAccess } from "../status/aws-access";

export interface TheirAccount
  extends Pick<
    Account,
    | "groups"
    | "classicLoadBalancers"
    | "loadBalancers"
    | "listeners"
    | "listenerRules"
    | "targetGroups"
    | "records"
  > {
  /** Name of a hosted zone. */
  zoneName(zoneId: string): Promise<string>;
  attributes(classicLoadBalancer: string): Promise<LoadBalancerAttributes>;
  /** Attributes of an ALB or NLB. */
  balancerAttributes(arn: string): Promise<Attributes>;
  targetGroupAttributes(arn: string): Promise<Attributes>;
  /** @param version a number, `$Latest` or `$Default` */
  launchTemplate(id: string, version: string): Promise<LaunchTemplateVersion | undefined>;
  /** The number of a launch template's latest version. */
  latestVersion(id: string): Promise<number | undefined>;
  rules(securityGroupIds: readonly string[]): Promise<SecurityGroupRule[]>;
  /**
   * Tags that people have given, without AWS's own.
   *
   * @param id of a security group or launch template, name of a classic load balancer, or ARN of what is elbv2's
   */
  tags(service: "ec2" | "elb" | "elbv2", id: string): Promise<Attributes>;
}

/** Such as `idle_timeout.timeout_seconds`, each with its value in text. */
export type Attributes = Readonly<Record<string, string>>;

export async function theirAccount(access: AwsAccess): Promise<TheirAccount> {
  const account = await awsAccount(access);
  const [ec2, classic, v2, dns] = await Promise.all([
    import("@aws-sdk/client-ec2"),
    import("@aws-sdk/client-elastic-load-balancing"),
    import("@aws-sdk/client-elastic-load-balancing-v2"),
    import("@aws-sdk/client-route-53"),
  ]);
  const machines = new ec2.EC2Client(access.options("ec2"));
  const elb = new classic.ElasticLoadBalancingClient(access.options("elb"));
  const elbv2 = new v2.ElasticLoadBalancingV2Client(access.options("elbv2"));
  const route53 = new dns.Route53Client(access.options("route53"));

  const described = {
    ec2: async (id: string) => {
      const Filters = [{ Name: "resource-id", Values: [id] }];
      return all("tags", ec2.paginateDescribeTags({ client: machines }, { Filters }), ({ Tags }) => Tags);
    },
    elb: async (name: string) => {
      const command = new classic.DescribeTagsCommand({ LoadBalancerNames: [name] });
      return (await read(`tags of ${name}`, elb.send(command))).TagDescriptions?.[0]?.Tags;
    },
    elbv2: async (arn: string) => {
      const command = new v2.DescribeTagsCommand({ ResourceArns: [arn] });
      return (await read(`tags of ${arn}`, elbv2.send(command))).TagDescriptions?.[0]?.Tags;
    },
  };

  return {
    ...account,
    tags: async (service, id) => pairs((await described[service](id))?.filter(isGiven)),
    zoneName: async (Id) => {
      const command = new dns.GetHostedZoneCommand({ Id });
      return (await read(`hosted zone ${Id}`, route53.send(command))).HostedZone?.Name ?? "";
    },
    attributes: async (LoadBalancerName) => {
      const command = new classic.DescribeLoadBalancerAttributesCommand({ LoadBalancerName });
      const answer = await read(`attributes of ${LoadBalancerName}`, elb.send(command));
      return answer.LoadBalancerAttributes ?? {};
    },
    balancerAttributes: async (LoadBalancerArn) => {
      const command = new v2.DescribeLoadBalancerAttributesCommand({ LoadBalancerArn });
      return pairs((await read(`attributes of ${LoadBalancerArn}`, elbv2.send(command))).Attributes);
    },
    targetGroupAttributes: async (TargetGroupArn) => {
      const command = new v2.DescribeTargetGroupAttributesCommand({ TargetGroupArn });
      return pairs((await read(`attributes of ${TargetGroupArn}`, elbv2.send(command))).Attributes);
    },
    launchTemplate: async (LaunchTemplateId, version) => {
      const command = new ec2.DescribeLaunchTemplateVersionsCommand({
        LaunchTemplateId,
        Versions: [version],
      });
      const answer = await read(`launch template ${LaunchTemplateId}`, machines.send(command));
      return answer.LaunchTemplateVersions?.[0];
    },
    latestVersion: async (id) => {
      const command = new ec2.DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [id] });
      const answer = await read(`launch template ${id}`, machines.send(command));
      return answer.LaunchTemplates?.[0]?.LatestVersionNumber;
    },
    rules: (ids) =>
      all(
        "security groups' rules",
        ec2.paginateDescribeSecurityGroupRules(
          { client: machines },
          { Filters: [{ Name: "group-id", Values: [...ids] }] },
        ),
        ({ SecurityGroupRules }) => SecurityGroupRules,
      ),
  };
}

/** Tags of that prefix are AWS's own, and nobody's to set: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html. */
const isGiven = ({ Key = "" }: { Key?: string | undefined }): boolean => !Key.startsWith("aws:");

const pairs = (
  attributes: readonly { Key?: string | undefined; Value?: string | undefined }[] = [],
): Attributes => Object.fromEntries(attributes.map(({ Key = "", Value = "" }) => [Key, Value]));

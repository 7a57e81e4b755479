/** An app as somebody may run it who has never seen this program: other names, other settings. */
import { CreateAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling";
import {
  AuthorizeSecurityGroupIngressCommand,
  type AuthorizeSecurityGroupIngressResult,
  CreateLaunchTemplateCommand,
  type CreateLaunchTemplateResult,
  CreateSecurityGroupCommand,
  type CreateSecurityGroupResult,
  DescribeSecurityGroupRulesCommand,
  type DescribeSecurityGroupRulesResult,
} from "@aws-sdk/client-ec2";
import {
  ConfigureHealthCheckCommand,
  type CreateAccessPointOutput,
  CreateLoadBalancerCommand,
  ModifyLoadBalancerAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing";
import { ChangeResourceRecordSetsCommand } from "@aws-sdk/client-route-53";
import type { Account } from "./account";
import type { ApiRequest, Send } from "./api";
import { sizeDisks } from "./moto-limits";

/** Ids by the names that the setting `adopt` has for them. */
export type Ids = Readonly<Record<string, string>>;

/** One of a list of settings, as `-c` takes them. */
export const setting = (settings: readonly string[], key: string): string =>
  settings.find((each) => each.startsWith(`${key}=`))?.slice(key.length + 1) ?? "";

/** Makes 4 instances of a primary and 1 of a canary behind classic load balancers, and weighted records of both. */
export async function buildTheirs({ settings, zoneId }: Account, send: Send): Promise<Ids> {
  const ask = <Answer>(service: ApiRequest["service"], command: ApiRequest["command"]) =>
    send<Answer>({ service, command });
  const VpcId = setting(settings, "aws.vpcId");
  const subnets = [0, 1].map((i) => setting(settings, `aws.publicSubnetIds[${i}]`));

  const securityGroup = async (GroupName: string): Promise<string> => {
    const command = new CreateSecurityGroupCommand({ GroupName, Description: "by hand", VpcId });
    return (await ask<CreateSecurityGroupResult>("ec2", command)).GroupId ?? "";
  };
  const letIn = async (GroupId: string, port: number, source: object): Promise<string> => {
    const IpPermissions = [{ IpProtocol: "tcp", FromPort: port, ToPort: port, ...source }];
    const command = new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions });
    const answer = await ask<AuthorizeSecurityGroupIngressResult>("ec2", command);
    return answer.SecurityGroupRules?.[0]?.SecurityGroupRuleId ?? "";
  };
  const outRule = async (id: string): Promise<string> => {
    const command = new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [id] }] });
    const { SecurityGroupRules = [] } = await ask<DescribeSecurityGroupRulesResult>("ec2", command);
    return SecurityGroupRules.find(({ IsEgress }) => IsEgress)?.SecurityGroupRuleId ?? "";
  };
  const elb = await securityGroup("shop-web");
  const instances = await securityGroup("shop-nodes");
  const fromWorld = await letIn(elb, 80, { IpRanges: [{ CidrIp: "0.0.0.0/0" }] });
  const fromElb = await letIn(instances, 9090, { UserIdGroupPairs: [{ GroupId: elb }] });

  const balancer = async (LoadBalancerName: string): Promise<string> => {
    const listener = {
      LoadBalancerPort: 80,
      Protocol: "HTTP",
      InstancePort: 9090,
      InstanceProtocol: "HTTP",
    };
    const create = new CreateLoadBalancerCommand({
      LoadBalancerName,
      Subnets: subnets,
      SecurityGroups: [elb],
      Listeners: [listener],
    });
    const { DNSName = "" } = await ask<CreateAccessPointOutput>("elb", create);
    const HealthCheck = {
      Target: "HTTP:9090/ready",
      Interval: 30,
      Timeout: 5,
      HealthyThreshold: 2,
      UnhealthyThreshold: 2,
    };
    await ask("elb", new ConfigureHealthCheckCommand({ LoadBalancerName, HealthCheck }));
    const LoadBalancerAttributes = {
      CrossZoneLoadBalancing: { Enabled: true },
      ConnectionDraining: { Enabled: true, Timeout: 45 },
      ConnectionSettings: { IdleTimeout: 120 },
    };
    await ask("elb", new ModifyLoadBalancerAttributesCommand({ LoadBalancerName, LoadBalancerAttributes }));
    return DNSName;
  };
  const hosts = {
    "myapp.example.com": await balancer("shop-lb"),
    "canary.myapp.example.com": await balancer("shop-lb-new"),
  };

  const template = async (LaunchTemplateName: string, image: string): Promise<string> => {
    const create = new CreateLaunchTemplateCommand({
      LaunchTemplateName,
      LaunchTemplateData: {
        ImageId: setting(settings, image),
        InstanceType: "m7g.xlarge",
        SecurityGroupIds: [instances],
        KeyName: "ops",
      },
    });
    const made = await ask<CreateLaunchTemplateResult>("ec2", create);
    await sizeDisks({ service: "ec2", command: create }, send);
    return made.LaunchTemplate?.LaunchTemplateId ?? "";
  };
  const group = async (name: string, id: string, count: number, max: number, at: string[]): Promise<void> => {
    const command = new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: name,
      MinSize: count,
      MaxSize: max,
      DesiredCapacity: count,
      LoadBalancerNames: at,
      VPCZoneIdentifier: subnets.join(","),
      HealthCheckType: "ELB",
      HealthCheckGracePeriod: 240,
      LaunchTemplate: { LaunchTemplateId: id, Version: "1" },
    });
    await ask("autoscaling", command);
  };
  const templates = [
    await template("shop", "aws.amiId"),
    await template("shop-new", "aws.canaryAmiId"),
  ] as const;
  await group("shop", templates[0], 4, 12, ["shop-lb"]);
  await group("shop-new", templates[1], 1, 1, ["shop-lb", "shop-lb-new"]);

  const Changes = Object.entries(hosts).map(([Name, Value]) => ({
    Action: "CREATE" as const,
    ResourceRecordSet: {
      Name,
      Type: "CNAME" as const,
      SetIdentifier: "blue",
      Weight: 100,
      TTL: 30,
      ResourceRecords: [{ Value }],
    },
  }));
  await ask(
    "route53",
    new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: { Changes } }),
  );

  return {
    "Record/myapp": `${zoneId}_myapp.example.com_CNAME_blue`,
    "LoadBalancer/myapp": "shop-lb",
    "SecurityGroup/myapp-elb": elb,
    "Record/myapp-canary": `${zoneId}_canary.myapp.example.com_CNAME_blue`,
    "LoadBalancer/myapp-canary": "shop-lb-new",
    "Group/myapp": "shop",
    "LaunchTemplate/myapp": templates[0],
    "SecurityGroup/myapp-instances": instances,
    "Group/myapp-canary": "shop-new",
    "LaunchTemplate/myapp-canary": templates[1],
    "SecurityGroupIngressRule/myapp-elb-from-ipv4-80": fromWorld,
    "SecurityGroupIngressRule/myapp-instances-from-elb": fromElb,
    "SecurityGroupEgressRule/myapp-instances-to-ipv4": await outRule(instances),
  };
}

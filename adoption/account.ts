/** What is read of an AWS account beside what `canary status` reads. Nothing is ever changed. */
import type { LaunchTemplateVersion, SecurityGroupRule } from "@aws-sdk/client-ec2";
import type { LoadBalancerAttributes } from "@aws-sdk/client-elastic-load-balancing";
import { type Account, all, awsAccount, read } from "../status/account";

export interface TheirAccount
  extends Pick<Account, "groups" | "classicLoadBalancers" | "loadBalancers" | "records"> {
  attributes(classicLoadBalancer: string): Promise<LoadBalancerAttributes>;
  /** @param version a number, `$Latest` or `$Default` */
  launchTemplate(id: string, version: string): Promise<LaunchTemplateVersion | undefined>;
  /** The number of a launch template's latest version. */
  latestVersion(id: string): Promise<number | undefined>;
  rules(securityGroupIds: readonly string[]): Promise<SecurityGroupRule[]>;
}

/** @param region default that of the environment or the profile */
export async function theirAccount(region: string | undefined): Promise<TheirAccount> {
  const account = await awsAccount(region);
  const [ec2, classic] = await Promise.all([
    import("@aws-sdk/client-ec2"),
    import("@aws-sdk/client-elastic-load-balancing"),
  ]);
  const options = { maxAttempts: 5, ...(region !== undefined && { region }) };
  const machines = new ec2.EC2Client(options);
  const elb = new classic.ElasticLoadBalancingClient(options);

  return {
    ...account,
    attributes: async (LoadBalancerName) => {
      const command = new classic.DescribeLoadBalancerAttributesCommand({ LoadBalancerName });
      const answer = await read(`attributes of ${LoadBalancerName}`, elb.send(command));
      return answer.LoadBalancerAttributes ?? {};
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

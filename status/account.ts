/** What is read of an AWS account, by the AWS SDK. Nothing is ever changed. */
import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { LoadBalancerDescription } from "@aws-sdk/client-elastic-load-balancing";
import type {
  Listener,
  LoadBalancer,
  Rule,
  TargetGroup,
  TargetHealthDescription,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import type { AwsAccess } from "./aws-access";
import { StatusError } from "./errors";

export interface Account {
  groups(): Promise<AutoScalingGroup[]>;
  classicLoadBalancers(): Promise<LoadBalancerDescription[]>;
  /** Ids of the instances that a classic load balancer sends requests to. */
  inService(loadBalancer: string): Promise<ReadonlySet<string>>;
  loadBalancers(): Promise<LoadBalancer[]>;
  targetGroups(): Promise<TargetGroup[]>;
  targets(targetGroupArn: string): Promise<TargetHealthDescription[]>;
  listeners(loadBalancerArn: string): Promise<Listener[]>;
  listenerRules(listenerArn: string): Promise<Rule[]>;
  /** The records of a host name. */
  records(zoneId: string, host: string): Promise<ResourceRecordSet[]>;
}

export async function awsAccount(access: AwsAccess): Promise<Account> {
  const [autoScaling, classic, v2, dns] = await Promise.all([
    import("@aws-sdk/client-auto-scaling"),
    import("@aws-sdk/client-elastic-load-balancing"),
    import("@aws-sdk/client-elastic-load-balancing-v2"),
    import("@aws-sdk/client-route-53"),
  ]);
  const groups = new autoScaling.AutoScalingClient(access.options("autoscaling"));
  const elb = new classic.ElasticLoadBalancingClient(access.options("elb"));
  const elbv2 = new v2.ElasticLoadBalancingV2Client(access.options("elbv2"));
  const route53 = new dns.Route53Client(access.options("route53"));

  return {
    groups: () =>
      all(
        "Auto Scaling groups",
        autoScaling.paginateDescribeAutoScalingGroups({ client: groups }, {}),
        ({ AutoScalingGroups }) => AutoScalingGroups,
      ),
    classicLoadBalancers: () =>
      all(
        "classic load balancers",
        classic.paginateDescribeLoadBalancers({ client: elb }, {}),
        ({ LoadBalancerDescriptions }) => LoadBalancerDescriptions,
      ),
    inService: async (LoadBalancerName) => {
      const command = new classic.DescribeInstanceHealthCommand({ LoadBalancerName });
      const { InstanceStates = [] } = await read(`instances of ${LoadBalancerName}`, elb.send(command));
      const serving = InstanceStates.filter(({ State }) => State === "InService");
      return new Set(serving.map(({ InstanceId = "" }) => InstanceId));
    },
    loadBalancers: () =>
      all(
        "load balancers",
        v2.paginateDescribeLoadBalancers({ client: elbv2 }, {}),
        ({ LoadBalancers }) => LoadBalancers,
      ),
    targetGroups: () =>
      all(
        "target groups",
        v2.paginateDescribeTargetGroups({ client: elbv2 }, {}),
        ({ TargetGroups }) => TargetGroups,
      ),
    targets: async (TargetGroupArn) => {
      const command = new v2.DescribeTargetHealthCommand({ TargetGroupArn });
      return (await read("target health", elbv2.send(command))).TargetHealthDescriptions ?? [];
    },
    listeners: (LoadBalancerArn) =>
      all(
        "listeners",
        v2.paginateDescribeListeners({ client: elbv2 }, { LoadBalancerArn }),
        ({ Listeners }) => Listeners,
      ),
    listenerRules: (ListenerArn) =>
      all(
        "listener rules",
        v2.paginateDescribeRules({ client: elbv2 }, { ListenerArn }),
        ({ Rules }) => Rules,
      ),
    records: async (HostedZoneId, host) => {
      const command = new dns.ListResourceRecordSetsCommand({
        HostedZoneId,
        StartRecordName: host,
        MaxItems: 100,
      });
      const { ResourceRecordSets = [] } = await read(`records of ${host}`, route53.send(command));
      return ResourceRecordSets.filter(({ Name = "" }) => sameHost(Name, host));
    },
  };
}

/** Whether two host names are the same to DNS. */
export const sameHost = (a: string, b: string): boolean =>
  a.replace(/\.$/, "").toLowerCase() === b.replace(/\.$/, "").toLowerCase();

export async function all<Page, Item>(
  what: string,
  pages: AsyncIterable<Page>,
  items: (page: Page) => Item[] | undefined,
): Promise<Item[]> {
  const found: Item[] = [];
  const collect = async (): Promise<Item[]> => {
    for await (const page of pages) found.push(...(items(page) ?? []));
    return found;
  };
  return read(what, collect());
}

/** @throws StatusError with AWS's own words, in one line and without keys */
export async function read<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof StatusError) throw error;
    const { name, message, code } = error as Error & { code?: string };
    const reason = (message || (code ?? "no answer")).split("\n")[0] ?? "";
    const masked = reason.replace(/\b(AKIA|ASIA)[A-Z0-9]{12,}/g, "[key]");
    throw new StatusError(
      `AWS, ${what}: ${name === "Error" ? "" : `${name}: `}${masked}${hint(name, reason)}`,
    );
  }
}

function hint(name: string, reason: string): string {
  if (reason === "Region is missing") return "; set aws:region of the stack, or AWS_REGION";
  if (/Credentials|Token|Signature|Unrecognized/.test(name))
    return "; set AWS's usual credentials, as for pulumi up";
  return /Throttl|TooManyRequests|RequestLimit/.test(name) ? "; try again in a minute" : "";
}

/** What AWS says of values in its documents, and its service models don't. */
import type { ApiRequest } from "./api";
import { operationOf } from "./api";

interface Limit {
  /** Operation and the input's path, `[]` for every item of a list. */
  readonly at: string;
  readonly service: ApiRequest["service"];
  readonly allowed: string;
  readonly source: string;
  holds(value: unknown): boolean;
}

const within =
  (least: number, most: number) =>
  (value: unknown): boolean =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most;

const DOCS = "https://docs.aws.amazon.com";
const V1 = `${DOCS}/elasticloadbalancing/2012-06-01/APIReference`;
const V2 = `${DOCS}/elasticloadbalancing/latest/APIReference`;
const EC2 = `${DOCS}/AWSEC2/latest/APIReference`;

const name32 = { allowed: "1 to 32 letters, digits and hyphens, none of these first or last" };
const isName32 = (value: unknown): boolean => /^(?!.*-$)(?!-)[a-zA-Z0-9-]{1,32}$/.test(String(value));
const port = { allowed: "a port, 1 to 65535", holds: within(1, 65535) };
const weight999 = { allowed: "0 to 999", holds: within(0, 999), service: "elbv2" as const };

export const LIMITS: readonly Limit[] = [
  {
    at: "CreateLoadBalancer.LoadBalancerName",
    service: "elb",
    ...name32,
    holds: isName32,
    source: `${V1}/API_CreateLoadBalancer.html`,
  },
  {
    at: "CreateLoadBalancer.Listeners[].LoadBalancerPort",
    service: "elb",
    ...port,
    source: `${V1}/API_Listener.html`,
  },
  {
    at: "CreateLoadBalancer.Listeners[].InstancePort",
    service: "elb",
    ...port,
    source: `${V1}/API_Listener.html`,
  },
  {
    at: "CreateLoadBalancer.Listeners[].Protocol",
    service: "elb",
    allowed: "HTTP, HTTPS, TCP or SSL",
    holds: (value) => /^(https?|tcp|ssl)$/i.test(String(value)),
    source: `${V1}/API_Listener.html`,
  },
  {
    at: "ConfigureHealthCheck.HealthCheck.Target",
    service: "elb",
    allowed: "a protocol, a port from 1 to 65535 and for HTTP a path, 1024 ASCII characters at most",
    holds: (value) => {
      const found = /^HTTPS?:(\d+)\/[\x21-\x7e]*$|^(?:TCP|SSL):(\d+)$/.exec(String(value));
      return String(value).length <= 1024 && within(1, 65535)(Number(found?.[1] ?? found?.[2]));
    },
    source: `${V1}/API_HealthCheck.html`,
  },
  {
    at: "CreateLoadBalancer.Name",
    service: "elbv2",
    allowed: `${name32.allowed}, and not internal- first`,
    holds: (value) => isName32(value) && !String(value).startsWith("internal-"),
    source: `${V2}/API_CreateLoadBalancer.html`,
  },
  {
    at: "CreateTargetGroup.Name",
    service: "elbv2",
    ...name32,
    holds: isName32,
    source: `${V2}/API_CreateTargetGroup.html`,
  },
  {
    at: "CreateListener.DefaultActions[].ForwardConfig.TargetGroups[].Weight",
    ...weight999,
    source: `${V2}/API_TargetGroupTuple.html`,
  },
  {
    at: "CreateRule.Actions[].ForwardConfig.TargetGroups[].Weight",
    ...weight999,
    source: `${V2}/API_TargetGroupTuple.html`,
  },
  {
    at: "CreateListener.DefaultActions[].ForwardConfig.TargetGroups",
    service: "elbv2",
    allowed: "five target groups at most",
    holds: (value) => (value as unknown[]).length <= 5,
    source: `${DOCS}/elasticloadbalancing/latest/application/load-balancer-limits.html`,
  },
  {
    at: "ChangeResourceRecordSets.ChangeBatch.Changes[].ResourceRecordSet.Weight",
    service: "route53",
    allowed: "0 to 255",
    holds: within(0, 255),
    source: `${DOCS}/Route53/latest/APIReference/API_ResourceRecordSet.html`,
  },
  {
    at: "AuthorizeSecurityGroupIngress.IpPermissions[].FromPort",
    service: "ec2",
    allowed: "a port, 0 to 65535",
    holds: within(0, 65535),
    source: `${EC2}/API_IpPermission.html`,
  },
  {
    at: "AuthorizeSecurityGroupEgress.IpPermissions[].FromPort",
    service: "ec2",
    allowed: "a port, 0 to 65535",
    holds: within(0, 65535),
    source: `${EC2}/API_IpPermission.html`,
  },
  {
    at: "CreateSecurityGroup.GroupName",
    service: "ec2",
    allowed: "255 characters at most, not sg- first",
    holds: (value) => /^(?!sg-)[\w .:/()#,@[\]+=&;{}!$*-]{1,255}$/.test(String(value)),
    source: `${EC2}/API_CreateSecurityGroup.html`,
  },
  {
    at: "CreateAutoScalingGroup.HealthCheckGracePeriod",
    service: "autoscaling",
    allowed: "0 to 7200",
    holds: within(0, 7200),
    source: `${DOCS}/autoscaling/ec2/userguide/health-check-grace-period.html`,
  },
  {
    at: "PutLifecycleHook.HeartbeatTimeout",
    service: "autoscaling",
    allowed: "30 to 7200",
    holds: within(30, 7200),
    source: `${DOCS}/autoscaling/ec2/APIReference/API_PutLifecycleHook.html`,
  },
  {
    at: "CreateLaunchTemplate.LaunchTemplateData.UserData",
    service: "ec2",
    allowed: "16 KB before base64",
    holds: (value) => Buffer.from(String(value), "base64").length <= 16 * 1024,
    source: `${DOCS}/AWSEC2/latest/UserGuide/instancedata-add-user-data.html`,
  },
];

/** What is wrong with a request by these limits. */
export function beyondLimits(request: ApiRequest): string[] {
  const operation = operationOf(request);
  return LIMITS.filter(
    ({ at, service }) => service === request.service && at.startsWith(`${operation}.`),
  ).flatMap(({ at, allowed, holds }) =>
    valuesAt(request.command.input, at.split(".").slice(1))
      .filter((value) => !holds(value))
      .map((value) => `${at}: ${JSON.stringify(value)}, allowed: ${allowed}`),
  );
}

function valuesAt(value: unknown, [step, ...rest]: readonly string[]): unknown[] {
  if (value === undefined) return [];
  if (step === undefined) return [value];
  const item = (value as Record<string, unknown>)[step.replace("[]", "")];
  if (!step.endsWith("[]")) return valuesAt(item, rest);
  return ((item as unknown[] | undefined) ?? []).flatMap((each) => valuesAt(each, rest));
}

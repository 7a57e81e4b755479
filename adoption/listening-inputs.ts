/** What AWS has of ALBs and NLBs, in the form in which the program declares it. */
import type {
  Action,
  Listener,
  LoadBalancer,
  RedirectActionConfig,
  Rule,
  TargetGroup,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { FleetHealthCheck } from "../components/aws/health-check";
import type { Properties, Value } from "../offline/values";
import type { Attributes } from "./account";
import { losable } from "./fates";
import { actionFates } from "./fates-of-balancers";
import { known } from "./inputs";

export const subnetsOf = ({ AvailabilityZones = [] }: LoadBalancer): string[] =>
  AvailabilityZones.flatMap(({ SubnetId }) => SubnetId ?? []).sort();

export function listeningInputs(balancer: LoadBalancer, attributes: Attributes): Properties {
  const network = balancer.Type === "network";
  return known({
    name: balancer.LoadBalancerName,
    loadBalancerType: balancer.Type,
    internal: balancer.Scheme === "internal",
    subnets: subnetsOf(balancer),
    securityGroups: balancer.SecurityGroups,
    enableDeletionProtection: isOn(attributes["deletion_protection.enabled"]),
    idleTimeout: network ? undefined : secondsOf(attributes["idle_timeout.timeout_seconds"]),
    enableCrossZoneLoadBalancing: network ? isOn(attributes["load_balancing.cross_zone.enabled"]) : undefined,
    accessLogs: isOn(attributes["access_logs.s3.enabled"])
      ? known({ bucket: attributes["access_logs.s3.bucket"], enabled: true })
      : undefined,
  });
}

/** How a target group's instances are checked, beside the path; a port of its own alone. */
export function healthCheckOf(group: TargetGroup): FleetHealthCheck {
  const { HealthCheckPort: port } = group;
  const isOwn = port !== undefined && port !== "traffic-port" && Number(port) !== group.Port;
  return {
    port: isOwn ? Number(port) : undefined,
    matcher: group.Matcher?.HttpCode,
    interval: group.HealthCheckIntervalSeconds,
    timeout: group.HealthCheckTimeoutSeconds,
    healthyThreshold: group.HealthyThresholdCount,
    unhealthyThreshold: group.UnhealthyThresholdCount,
  };
}

export function targetGroupInputs(group: TargetGroup, attributes: Attributes): Properties {
  const slowStart = secondsOf(attributes["slow_start.duration_seconds"]);
  const check = healthCheckOf(group);
  return known({
    name: group.TargetGroupName,
    protocol: group.Protocol,
    port: group.Port,
    vpcId: group.VpcId,
    deregistrationDelay: secondsOf(attributes["deregistration_delay.timeout_seconds"]),
    slowStart: slowStart === 0 ? undefined : slowStart,
    healthCheck: known({
      enabled: group.HealthCheckEnabled === false ? false : undefined,
      protocol: group.HealthCheckProtocol,
      path: group.HealthCheckPath,
      ...check,
      port: check.port === undefined ? undefined : String(check.port),
    }),
  });
}

/** @param order ARNs of target groups in the program's order, where a listener shares requests out among several */
export function listenerInputs(listener: Listener, order: readonly string[] | undefined): Properties {
  return known({
    loadBalancerArn: listener.LoadBalancerArn,
    port: listener.Port,
    protocol: listener.Protocol,
    certificateArn: listener.Certificates?.[0]?.CertificateArn,
    sslPolicy: listener.SslPolicy,
    defaultActions: (listener.DefaultActions ?? []).map((action) => actionInputs(action, order)),
  });
}

export function ruleInputs(listenerArn: string, { Conditions = [], Actions = [] }: Rule): Properties {
  return {
    listenerArn,
    conditions: Conditions.map((condition) => ({ hostHeader: { values: hostsOf(condition) } })),
    actions: Actions.map((action) => actionInputs(action, undefined)),
  };
}

/** The hosts that a condition wants; none where it is about something else. */
export const hostsOf = ({
  Field,
  HostHeaderConfig,
  Values = [],
}: NonNullable<Rule["Conditions"]>[number]): string[] =>
  Field === "host-header" ? (HostHeaderConfig?.Values ?? Values) : [];

/** The target groups of actions, with their weights. */
export const forwarded = (actions: readonly Action[] | undefined): { arn: string; weight: number }[] =>
  (actions ?? []).flatMap(({ ForwardConfig, TargetGroupArn }) =>
    (ForwardConfig?.TargetGroups ?? [{ TargetGroupArn, Weight: 1 }]).flatMap(
      ({ TargetGroupArn: arn, Weight = 1 }) => (arn === undefined ? [] : [{ arn, weight: Weight }]),
    ),
  );

function actionInputs(action: Action, order: readonly string[] | undefined): Properties {
  const { Type, RedirectConfig: redirect, ForwardConfig } = action;
  if (redirect !== undefined) {
    const { Protocol: protocol, Port: port, StatusCode: statusCode } = redirect;
    return { type: "redirect", redirect: known({ protocol, port, statusCode, ...moved(redirect) }) };
  }
  const lost = losable(action, actionFates);
  if (Object.keys(lost).length > 0) return known({ type: Type, ...lost });
  const groups = forwarded([action]);
  if (order === undefined) return known({ type: Type, targetGroupArn: groups[0]?.arn });
  const targetGroups = groups.sort((a, b) => order.indexOf(a.arn) - order.indexOf(b.arn));
  const { Enabled: enabled = false, DurationSeconds = 1 } = ForwardConfig?.TargetGroupStickinessConfig ?? {};
  // NLBs have none to say anything of.
  const stickiness: Value | undefined = ForwardConfig?.TargetGroupStickinessConfig && {
    enabled,
    duration: enabled ? DurationSeconds : 1,
  };
  return known({ type: Type, forward: known({ targetGroups, stickiness }) });
}

/** What of a redirect is not as users asked for it. */
function moved({
  Host = "#{host}",
  Path = "/#{path}",
  Query = "#{query}",
}: RedirectActionConfig): Properties {
  return known({
    host: Host === "#{host}" ? undefined : Host,
    path: Path === "/#{path}" ? undefined : Path,
    query: Query === "#{query}" ? undefined : Query,
  });
}

export const isOn = (value: string | undefined): boolean => value === "true";

export const secondsOf = (value: string | undefined): number | undefined =>
  value === undefined ? undefined : Number(value);

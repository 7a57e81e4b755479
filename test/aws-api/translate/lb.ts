/** Application and network load balancers. */
import {
  type Action,
  CreateListenerCommand,
  type CreateListenerOutput,
  CreateLoadBalancerCommand,
  type CreateLoadBalancerOutput,
  CreateRuleCommand,
  type CreateRuleOutput,
  CreateTargetGroupCommand,
  type CreateTargetGroupOutput,
  ModifyLoadBalancerAttributesCommand,
  ModifyTargetGroupAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ListenerArgs } from "@pulumi/aws/lb/listener";
import type { ListenerRuleArgs } from "@pulumi/aws/lb/listenerRule";
import type { LoadBalancerArgs } from "@pulumi/aws/lb/loadBalancer";
import type { TargetGroupArgs } from "@pulumi/aws/lb/targetGroup";
import type { Unwrap } from "@pulumi/pulumi";
import type { ApiRequest } from "../api";
import { type Translator, tagList, translator } from "./translation";

const elbv2 = (command: ApiRequest["command"]): ApiRequest => ({ service: "elbv2", command });

const ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012";

/** What names a load balancer or target group to others; its metrics go by the suffix. */
const identified = (arn: string) => ({
  id: arn,
  arn,
  arnSuffix: arn.replace(/^.*:(loadbalancer\/)?/, ""),
});

/** Attributes as the API lists them, of those that are given. */
const attributes = (given: Record<string, string | number | boolean | undefined>) =>
  Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([Key, value]) => ({ Key, Value: String(value) }));

const loadBalancer = translator<LoadBalancerArgs>({
  sample: {
    ...identified(`${ARN}:loadbalancer/app/lb/50dc6c495c0c9188`),
    dnsName: "lb-1234567890.eu-west-1.elb.amazonaws.com",
    zoneId: "Z32O12XQLNTSW2",
  },
  translate: ({ name, internal, loadBalancerType, subnets, securityGroups, ipAddressType, ...spec }) => ({
    create: elbv2(
      new CreateLoadBalancerCommand({
        Name: name,
        Type: loadBalancerType as "application" | undefined,
        Scheme: internal ? "internal" : undefined,
        Subnets: subnets,
        SecurityGroups: securityGroups,
        IpAddressType: ipAddressType as "ipv4" | undefined,
        ...(spec.tags && { Tags: tagList(spec.tags) }),
      }),
    ),
    outputs: (answer) => {
      const [made] = (answer as CreateLoadBalancerOutput).LoadBalancers ?? [];
      return {
        ...identified(made?.LoadBalancerArn ?? ""),
        dnsName: made?.DNSName ?? "",
        zoneId: made?.CanonicalHostedZoneId ?? "",
      };
    },
    after: ({ arn }) => {
      const Attributes = attributes({
        "idle_timeout.timeout_seconds": spec.idleTimeout,
        "load_balancing.cross_zone.enabled": spec.enableCrossZoneLoadBalancing,
        "deletion_protection.enabled": spec.enableDeletionProtection,
        "routing.http.drop_invalid_header_fields.enabled": spec.dropInvalidHeaderFields,
        "routing.http.desync_mitigation_mode": spec.desyncMitigationMode,
        "access_logs.s3.enabled": spec.accessLogs?.enabled,
        "access_logs.s3.bucket": spec.accessLogs?.bucket,
        "access_logs.s3.prefix": spec.accessLogs?.prefix,
      });
      const request = new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn: String(arn), Attributes });
      return Attributes.length === 0 ? [] : [elbv2(request)];
    },
  }),
});

const targetGroup = translator<TargetGroupArgs>({
  sample: identified(`${ARN}:targetgroup/group/943f017f100becff`),
  translate: ({ name, port, protocol, protocolVersion, vpcId, targetType, healthCheck, ...spec }) => ({
    create: elbv2(
      new CreateTargetGroupCommand({
        Name: name,
        Port: port,
        Protocol: protocol as "HTTP" | undefined,
        ProtocolVersion: protocolVersion,
        VpcId: vpcId,
        TargetType: targetType as "instance" | undefined,
        HealthCheckEnabled: healthCheck?.enabled,
        HealthCheckProtocol: healthCheck?.protocol as "HTTP" | undefined,
        HealthCheckPort: healthCheck?.port,
        HealthCheckPath: healthCheck?.path,
        HealthCheckIntervalSeconds: healthCheck?.interval,
        HealthCheckTimeoutSeconds: healthCheck?.timeout,
        HealthyThresholdCount: healthCheck?.healthyThreshold,
        UnhealthyThresholdCount: healthCheck?.unhealthyThreshold,
        ...(healthCheck?.matcher && { Matcher: { HttpCode: healthCheck.matcher } }),
        ...(spec.tags && { Tags: tagList(spec.tags) }),
      }),
    ),
    outputs: (answer) => {
      const [made] = (answer as CreateTargetGroupOutput).TargetGroups ?? [];
      return identified(made?.TargetGroupArn ?? "");
    },
    after: ({ arn }) => {
      const Attributes = attributes({
        "deregistration_delay.timeout_seconds": spec.deregistrationDelay,
        "deregistration_delay.connection_termination.enabled": spec.connectionTermination,
        "slow_start.duration_seconds": spec.slowStart,
        "preserve_client_ip.enabled": spec.preserveClientIp,
        "proxy_protocol_v2.enabled": spec.proxyProtocolV2,
        "load_balancing.algorithm.type": spec.loadBalancingAlgorithmType,
        "stickiness.enabled": spec.stickiness?.enabled,
        "stickiness.type": spec.stickiness?.type,
        "stickiness.lb_cookie.duration_seconds": spec.stickiness?.cookieDuration,
      });
      const request = new ModifyTargetGroupAttributesCommand({ TargetGroupArn: String(arn), Attributes });
      return Attributes.length === 0 ? [] : [elbv2(request)];
    },
  }),
});

type ActionArgs = Unwrap<ListenerArgs>["defaultActions"][number];

const actions = (all: readonly ActionArgs[]): Action[] =>
  all.map(({ type, order, targetGroupArn, forward, redirect, fixedResponse }) => ({
    Type: type as "forward",
    Order: order,
    TargetGroupArn: targetGroupArn,
    ...(forward && {
      ForwardConfig: {
        TargetGroups: forward.targetGroups?.map(({ arn, weight }) => ({
          TargetGroupArn: arn,
          Weight: weight,
        })),
        ...(forward.stickiness && {
          TargetGroupStickinessConfig: {
            Enabled: forward.stickiness.enabled,
            DurationSeconds: forward.stickiness.duration,
          },
        }),
      },
    }),
    ...(redirect && {
      RedirectConfig: {
        Protocol: redirect.protocol,
        Port: redirect.port,
        Host: redirect.host,
        Path: redirect.path,
        Query: redirect.query,
        StatusCode: redirect.statusCode as "HTTP_301",
      },
    }),
    ...(fixedResponse && {
      FixedResponseConfig: {
        ContentType: fixedResponse.contentType,
        MessageBody: fixedResponse.messageBody,
        StatusCode: fixedResponse.statusCode,
      },
    }),
  }));

const listener = translator<ListenerArgs>({
  sample: {
    id: `${ARN}:listener/app/lb/50dc6c495c0c9188/f2f7dc8efc522ab2`,
    arn: `${ARN}:listener/app/lb/50dc6c495c0c9188/f2f7dc8efc522ab2`,
  },
  translate: (spec) => ({
    create: elbv2(
      new CreateListenerCommand({
        LoadBalancerArn: spec.loadBalancerArn,
        Port: spec.port,
        Protocol: spec.protocol as "HTTP" | undefined,
        SslPolicy: spec.sslPolicy,
        ...(spec.certificateArn && { Certificates: [{ CertificateArn: spec.certificateArn }] }),
        DefaultActions: actions(spec.defaultActions),
        ...(spec.tags && { Tags: tagList(spec.tags) }),
      }),
    ),
    outputs: (answer) => {
      const arn = (answer as CreateListenerOutput).Listeners?.[0]?.ListenerArn ?? "";
      return { id: arn, arn };
    },
  }),
});

const listenerRule = translator<ListenerRuleArgs>({
  sample: { id: `${ARN}:listener-rule/app/lb/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee` },
  translate: (spec, position) => ({
    create: elbv2(
      new CreateRuleCommand({
        ListenerArn: spec.listenerArn,
        // Without one the provider looks for the next free priority.
        Priority: spec.priority ?? position + 1,
        Actions: actions(spec.actions as readonly ActionArgs[]),
        Conditions: spec.conditions.map(({ hostHeader, pathPattern, httpHeader }) => ({
          ...(hostHeader && { Field: "host-header", HostHeaderConfig: { Values: hostHeader.values } }),
          ...(pathPattern && { Field: "path-pattern", PathPatternConfig: { Values: pathPattern.values } }),
          ...(httpHeader && {
            Field: "http-header",
            HttpHeaderConfig: { HttpHeaderName: httpHeader.httpHeaderName, Values: httpHeader.values },
          }),
        })),
        // getTagsIn in internal/service/elbv2/tags_gen.go of terraform-provider-aws: no tags are no list.
        ...(Object.keys(spec.tags ?? {}).length > 0 && { Tags: tagList(spec.tags) }),
      }),
    ),
    outputs: (answer) => {
      const arn = (answer as CreateRuleOutput).Rules?.[0]?.RuleArn ?? "";
      return { id: arn, arn };
    },
  }),
});

export const lbTranslators: Readonly<Record<string, Translator>> = {
  "aws:lb/loadBalancer:LoadBalancer": loadBalancer,
  "aws:lb/targetGroup:TargetGroup": targetGroup,
  "aws:lb/listener:Listener": listener,
  "aws:lb/listenerRule:ListenerRule": listenerRule,
};

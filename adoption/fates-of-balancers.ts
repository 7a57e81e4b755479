/**
 * What becomes of what load balancers have. Inputs that the provider sets back are optional ones without a computed value:
 * https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/elbv2/load_balancer.go, target_group.go and
 * listener.go there, and internal/service/elb/load_balancer.go. Attributes:
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html and API_TargetGroupAttribute.html.
 */
import type {
  AccessLog,
  LoadBalancerAttributes,
  LoadBalancerDescription,
} from "@aws-sdk/client-elastic-load-balancing";
import type {
  Action,
  Listener,
  LoadBalancer,
  Matcher,
  Rule,
  TargetGroup,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { type Fate, type Fates, type Lost, READ, STAYS, TOLD } from "./fates";

export const balancerFates: Fates<LoadBalancer> = {
  LoadBalancerArn: TOLD,
  DNSName: TOLD,
  CanonicalHostedZoneId: TOLD,
  CreatedTime: TOLD,
  LoadBalancerName: READ,
  Scheme: READ,
  VpcId: READ,
  State: TOLD,
  Type: READ,
  AvailabilityZones: READ,
  SecurityGroups: READ,
  IpAddressType: STAYS,
  CustomerOwnedIpv4Pool: { input: "customerOwnedIpv4Pool", follows: "its addresses are others" },
  EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: STAYS,
  EnablePrefixForIpv6SourceNat: STAYS,
  IpamPools: { input: "ipamPools", follows: "its next addresses are AWS's own" },
};

/** A switch that is off unless somebody turns it on. */
const turnedOn = (input: string, follows: string): Lost => ({
  input,
  follows,
  from: (value: string) => value === "true",
});

export const balancerAttributeFates: Readonly<Record<string, Fate>> = {
  "deletion_protection.enabled": READ,
  "idle_timeout.timeout_seconds": READ,
  "load_balancing.cross_zone.enabled": READ,
  "access_logs.s3.enabled": READ,
  "access_logs.s3.bucket": READ,
  "access_logs.s3.prefix": {
    input: "accessLogs.prefix",
    follows: "logs are written to the bucket's root then",
  },
  "client_keep_alive.seconds": {
    input: "clientKeepAlive",
    follows: "connections are kept for an hour",
    usual: 3600,
    from: Number,
  },
  "connection_logs.s3.enabled": STAYS,
  "connection_logs.s3.bucket": STAYS,
  "connection_logs.s3.prefix": STAYS,
  "health_check_logs.s3.enabled": STAYS,
  "health_check_logs.s3.bucket": STAYS,
  "health_check_logs.s3.prefix": STAYS,
  "dns_record.client_routing_policy": {
    input: "dnsRecordClientRoutingPolicy",
    follows: "clients get addresses of all availability zones",
    usual: "any_availability_zone",
  },
  "ipv6.deny_all_igw_traffic": STAYS,
  "routing.http.desync_mitigation_mode": {
    input: "desyncMitigationMode",
    follows: "requests that could be smuggled are treated as `defensive` has it",
    usual: "defensive",
  },
  "routing.http.drop_invalid_header_fields.enabled": turnedOn(
    "dropInvalidHeaderFields",
    "headers with invalid names reach the app; `aws.strictHttp` keeps it",
  ),
  "routing.http.preserve_host_header.enabled": turnedOn(
    "preserveHostHeader",
    "the app gets Host headers that AWS may have changed",
  ),
  "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": turnedOn(
    "enableTlsVersionAndCipherSuiteHeaders",
    "the app gets no headers of TLS",
  ),
  "routing.http.xff_client_port.enabled": turnedOn(
    "enableXffClientPort",
    "X-Forwarded-For is without ports then",
  ),
  "routing.http.xff_header_processing.mode": {
    input: "xffHeaderProcessingMode",
    follows: "X-Forwarded-For gets the client's address appended",
    usual: "append",
  },
  "routing.http2.enabled": {
    input: "enableHttp2",
    follows: "clients may use HTTP/2 again",
    usual: true,
    from: (value: string) => value === "true",
  },
  "waf.fail_open.enabled": turnedOn("enableWafFailOpen", "requests fail while the firewall can't be reached"),
  "zonal_shift.config.enabled": turnedOn(
    "enableZonalShift",
    "no zonal shift can take it out of an availability zone",
  ),
  "secondary_ips.auto_assigned.per_subnet": STAYS,
};

export const targetGroupFates: Fates<TargetGroup> = {
  TargetGroupArn: TOLD,
  TargetGroupName: READ,
  Protocol: READ,
  Port: READ,
  VpcId: READ,
  HealthCheckProtocol: READ,
  HealthCheckPort: READ,
  HealthCheckEnabled: READ,
  HealthCheckIntervalSeconds: READ,
  HealthCheckTimeoutSeconds: READ,
  HealthyThresholdCount: READ,
  UnhealthyThresholdCount: READ,
  HealthCheckPath: READ,
  Matcher: {
    input: "healthCheck.matcher",
    follows: "AWS asks for another answer, and may find no instance healthy",
    from: ({ GrpcCode }: Matcher) => GrpcCode,
  },
  LoadBalancerArns: TOLD,
  TargetType: {
    input: "targetType",
    follows: "its targets are instances then",
    usual: "instance",
  },
  ProtocolVersion: STAYS,
  IpAddressType: STAYS,
  TargetControlPort: {
    input: "targetControlPort",
    follows: "targets say no more how much they can take",
  },
};

export const targetGroupAttributeFates: Readonly<Record<string, Fate>> = {
  "deregistration_delay.timeout_seconds": READ,
  "deregistration_delay.connection_termination.enabled": STAYS,
  "slow_start.duration_seconds": READ,
  "stickiness.enabled": STAYS,
  "stickiness.type": STAYS,
  "stickiness.lb_cookie.duration_seconds": STAYS,
  "stickiness.app_cookie.cookie_name": STAYS,
  "stickiness.app_cookie.duration_seconds": STAYS,
  "load_balancing.algorithm.type": STAYS,
  "load_balancing.algorithm.anomaly_mitigation": STAYS,
  "load_balancing.cross_zone.enabled": STAYS,
  "preserve_client_ip.enabled": STAYS,
  "proxy_protocol_v2.enabled": turnedOn(
    "proxyProtocolV2",
    "the app gets no line with the client's address, and may take the first bytes for one",
  ),
  "target_group_health.dns_failover.minimum_healthy_targets.count": STAYS,
  "target_group_health.dns_failover.minimum_healthy_targets.percentage": STAYS,
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": STAYS,
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": STAYS,
  "target_health_state.unhealthy.connection_termination.enabled": STAYS,
  "target_health_state.unhealthy.draining_interval_seconds": STAYS,
  "target_failover.on_deregistration": STAYS,
  "target_failover.on_unhealthy": STAYS,
  "lambda.multi_value_headers.enabled": STAYS,
};

export const listenerFates: Fates<Listener> = {
  ListenerArn: TOLD,
  LoadBalancerArn: READ,
  Port: READ,
  Protocol: READ,
  Certificates: READ,
  SslPolicy: READ,
  DefaultActions: READ,
  AlpnPolicy: {
    input: "alpnPolicy",
    follows: "clients are not told of HTTP/2",
    from: ([policy]: string[]) => policy,
    usual: "None",
  },
  MutualAuthentication: STAYS,
};

export const ruleFates: Fates<Rule> = {
  RuleArn: TOLD,
  Priority: STAYS,
  Conditions: READ,
  Actions: READ,
  IsDefault: TOLD,
  Transforms: { input: "transforms", follows: "the app gets hosts and paths as users ask for them" },
};

export const actionFates: Fates<Action> = {
  Type: READ,
  TargetGroupArn: READ,
  AuthenticateOidcConfig: { input: "authenticateOidc", follows: "users get in without signing in" },
  AuthenticateCognitoConfig: { input: "authenticateCognito", follows: "users get in without signing in" },
  Order: STAYS,
  RedirectConfig: READ,
  FixedResponseConfig: { input: "fixedResponse", follows: "users get the app's answer" },
  ForwardConfig: READ,
  JwtValidationConfig: { input: "jwtValidation", follows: "users get in without a token" },
};

export const classicFates: Fates<LoadBalancerDescription> = {
  LoadBalancerName: READ,
  DNSName: TOLD,
  CanonicalHostedZoneName: TOLD,
  CanonicalHostedZoneNameID: TOLD,
  ListenerDescriptions: READ,
  Policies: STAYS,
  BackendServerDescriptions: STAYS,
  AvailabilityZones: TOLD,
  Subnets: READ,
  VPCId: READ,
  Instances: TOLD,
  HealthCheck: READ,
  SourceSecurityGroup: TOLD,
  SecurityGroups: READ,
  CreatedTime: TOLD,
  Scheme: READ,
};

export const classicAttributeFates: Fates<LoadBalancerAttributes> = {
  CrossZoneLoadBalancing: READ,
  AccessLog: READ,
  ConnectionDraining: READ,
  ConnectionSettings: READ,
  AdditionalAttributes: READ,
};

export const accessLogFates: Fates<AccessLog> = {
  Enabled: READ,
  S3BucketName: READ,
  EmitInterval: { input: "accessLogs.interval", follows: "logs are written once an hour then", usual: 60 },
  S3BucketPrefix: { input: "accessLogs.bucketPrefix", follows: "logs are written to the bucket's root then" },
};

/** https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_AdditionalAttribute.html */
export const additionalAttributeFates: Readonly<Record<string, Fate>> = {
  "elb.http.desyncmitigationmode": {
    input: "desyncMitigationMode",
    follows: "requests that could be smuggled are treated as `defensive` has it",
    usual: "defensive",
  },
};

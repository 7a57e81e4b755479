/** Inputs of what others make that the program leaves as they are: all but those that carry weights. */
import type { GroupArgs } from "@pulumi/aws/autoscaling/group";
import type { ListenerArgs } from "@pulumi/aws/lb/listener";

type Left<Args, Own extends keyof Args> = Readonly<Record<Exclude<keyof Args, Own>, true>>;

/** Of a Network Load Balancer's listener. */
const listener: Left<ListenerArgs, "defaultActions"> = {
  alpnPolicy: true,
  certificateArn: true,
  loadBalancerArn: true,
  mutualAuthentication: true,
  port: true,
  protocol: true,
  region: true,
  routingHttpRequestXAmznMtlsClientcertHeaderName: true,
  routingHttpRequestXAmznMtlsClientcertIssuerHeaderName: true,
  routingHttpRequestXAmznMtlsClientcertLeafHeaderName: true,
  routingHttpRequestXAmznMtlsClientcertSerialNumberHeaderName: true,
  routingHttpRequestXAmznMtlsClientcertSubjectHeaderName: true,
  routingHttpRequestXAmznMtlsClientcertValidityHeaderName: true,
  routingHttpRequestXAmznTlsCipherSuiteHeaderName: true,
  routingHttpRequestXAmznTlsVersionHeaderName: true,
  routingHttpResponseAccessControlAllowCredentialsHeaderValue: true,
  routingHttpResponseAccessControlAllowHeadersHeaderValue: true,
  routingHttpResponseAccessControlAllowMethodsHeaderValue: true,
  routingHttpResponseAccessControlAllowOriginHeaderValue: true,
  routingHttpResponseAccessControlExposeHeadersHeaderValue: true,
  routingHttpResponseAccessControlMaxAgeHeaderValue: true,
  routingHttpResponseContentSecurityPolicyHeaderValue: true,
  routingHttpResponseServerEnabled: true,
  routingHttpResponseStrictTransportSecurityHeaderValue: true,
  routingHttpResponseXContentTypeOptionsHeaderValue: true,
  routingHttpResponseXFrameOptionsHeaderValue: true,
  sslPolicy: true,
  tags: true,
  tcpIdleTimeoutSeconds: true,
};

/** Sizes, what an update of them waits for, and attachments. */
type OwnOfGroup =
  | "minSize"
  | "maxSize"
  | "desiredCapacity"
  | "waitForElbCapacity"
  | "waitForCapacityTimeout"
  | "loadBalancers"
  | Conflicting;

/**
 * What AWS's provider refuses beside the name and the load balancers, which are given. It is computed, so what is left out stays
 * (resourceGroup in internal/service/autoscaling/group.go of terraform-provider-aws).
 */
type Conflicting = "name" | "namePrefix" | "targetGroupArns" | "trafficSources";

/** Of an Auto Scaling group. */
const group: Left<GroupArgs, OwnOfGroup> = {
  availabilityZoneDistribution: true,
  availabilityZones: true,
  capacityRebalance: true,
  capacityReservationSpecification: true,
  context: true,
  defaultCooldown: true,
  defaultInstanceWarmup: true,
  desiredCapacityType: true,
  enabledMetrics: true,
  forceDelete: true,
  forceDeleteWarmPool: true,
  healthCheckGracePeriod: true,
  healthCheckType: true,
  ignoreFailedScalingActivities: true,
  initialLifecycleHooks: true,
  instanceLifecyclePolicy: true,
  instanceMaintenancePolicy: true,
  instanceRefresh: true,
  launchConfiguration: true,
  launchTemplate: true,
  maxInstanceLifetime: true,
  metricsGranularity: true,
  minElbCapacity: true,
  mixedInstancesPolicy: true,
  placementGroup: true,
  protectFromScaleIn: true,
  region: true,
  serviceLinkedRoleArn: true,
  suspendedProcesses: true,
  tags: true,
  terminationPolicies: true,
  vpcZoneIdentifiers: true,
  warmPool: true,
};

/** As the option `ignoreChanges` takes them. A stack's own default tags would come by `tagsAll`. */
export const leftAsIs: Readonly<Record<"listener" | "group", readonly string[]>> = {
  listener: [...Object.keys(listener), "tagsAll"],
  group: Object.keys(group),
};

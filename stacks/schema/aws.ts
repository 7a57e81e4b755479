import * as z from "zod";
import { FLEET_DEFAULTS } from "../../components/aws/defaults";
import { DEFAULT_FRONT, fronts } from "../../components/aws/fronts";
import { flag, host, integer, keyOf, list, subnetId, text } from "../../components/fields";
import { edge } from "./edge";
import { fleetSettings } from "./fleet";

const loadBalancer = keyOf(fronts);

/** The AWS network, images and sizes: `aws`. */
export const awsSettings = z.strictObject({
  /** Network of everything; needed unless others make all fleets. */
  vpcId: text(/^vpc-[0-9a-f]{8,17}$/, "a VPC id such as vpc-0a1b2c3d4e5f60718").optional(),
  /** Subnets of the load balancers, of two availability zones at least; public ones, unless `internal`; needed as `vpcId` is. */
  publicSubnetIds: list(subnetId, 2, "two subnet ids or more, of different availability zones").optional(),
  /** Hosted zone of the apps' host names; needed as `vpcId` is. */
  zoneId: text(/^Z[A-Z0-9]{1,31}$/, "a hosted zone id such as Z0123456789ABCDEFGHIJ").optional(),
  /** Subnets of instances and edge nodes, such as private ones with a way out, of the availability zones of `publicSubnetIds`; default `publicSubnetIds`. */
  instanceSubnetIds: list(subnetId, 1, "a list of subnet ids, one or more").optional(),
  /** Whether the load balancers, that of edge nodes too, have private addresses alone; default false. */
  internal: flag.default(FLEET_DEFAULTS.internal),
  ...fleetSettings,
  /** Type of the instances; default t3.small. */
  instanceType: fleetSettings.instanceType.default(FLEET_DEFAULTS.instanceType),
  /** Instances that carry all of an app's traffic; default 9. */
  fleetSize: fleetSettings.fleetSize.default(FLEET_DEFAULTS.fleetSize),
  /** Seconds that a new instance has before a failed health check ends it; default 300. */
  healthCheckGracePeriod: fleetSettings.healthCheckGracePeriod.default(FLEET_DEFAULTS.healthCheckGracePeriod),
  /** What splits the traffic: classic load balancers by instance counts (the default), an ALB or an NLB by weights. */
  loadBalancer: loadBalancer.default(DEFAULT_FRONT),
  /** What did before, while DNS answers may still lead there: stays, with all its requests for the primary. */
  formerLoadBalancer: loadBalancer.optional(),
  /** Name of the hosted zone; needed where it is a host name itself. */
  zoneName: host.optional(),
  /** Certificate for port 443; without it the load balancers serve port 80 only. */
  certificateArn: text(
    /^arn:aws[a-z-]*:(acm|iam):[a-z0-9-]*:\d{12}:(certificate|server-certificate)\/\S+$/,
    "the ARN of an ACM or IAM certificate",
  ).optional(),
  /** ALB: whether port 80 answers with a redirect to port 443; default false. */
  redirectToHttps: flag.default(false),
  /** ALB: seconds that a client stays with the variant it first met; default not at all. */
  stickiness: integer(1, 604800, "seconds").optional(),
  /** ALB: seconds in which a new instance's share of requests grows to the full; default at once. */
  slowStart: integer(30, 900, "seconds").optional(),
  /** ALB: whether invalid headers are dropped and desync is mitigated (`defensive`); default false. */
  strictHttp: flag.default(false),
  /** S3 bucket for the load balancers' access logs; default none. */
  accessLogsBucket: text(
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    "the name of an S3 bucket such as example-elb-logs",
  ).optional(),
  /** Seconds that DNS answers may be kept; default 60. */
  dnsTtl: integer(1, 86400, "seconds").default(FLEET_DEFAULTS.dnsTtl),
  /** Classic, ALB, and classic edge nodes: seconds that a connection may be idle at the load balancer; default 60. */
  idleTimeout: integer(1, 4000, "seconds").optional(),
  /** Seconds that requests in flight get when an instance leaves; default 60. */
  drainingTimeout: integer(1, 3600, "seconds").default(FLEET_DEFAULTS.drainingTimeout),
  /** Whether load balancers, groups and records of the fleets are protected; default `protect`. */
  protectFleets: flag.optional(),
  /** The edge nodes; needed on platform `migration`, and with `aws` on platform `kubernetes`. */
  edge: edge.optional(),
});

import { z } from "zod";
import { FLEET_DEFAULTS } from "../../components/aws/defaults";
import { DEFAULT_FRONT, fronts } from "../../components/aws/fronts";
import {
  amiId,
  flag,
  host,
  integer,
  keyOf,
  list,
  seconds,
  securityGroupId,
  subnetId,
  text,
} from "../../components/fields";
import { edge } from "./edge";
import { healthCheck, rootBlockDevice } from "./fleet";

const loadBalancer = keyOf(fronts);

/** Bytes of user data before base64 (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html). */
const MOST_USER_DATA = 16 * 1024;
const userDataAllowed = "a script or cloud-config of at most 16 KB";

/** Of a network interface at most, less the one of the program's (https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html). */
const MOST_SECURITY_GROUPS = 16 - 1;
const groupsAllowed = `a list of security group ids, one to ${MOST_SECURITY_GROUPS}`;

/** The AWS network, images and sizes: `aws`. */
export const awsSettings = z.strictObject({
  /** Network of everything. */
  vpcId: text(/^vpc-[0-9a-f]{8,17}$/, "a VPC id such as vpc-0a1b2c3d4e5f60718"),
  /** Subnets of the load balancers, of two availability zones at least; public ones, unless `internal`. */
  publicSubnetIds: list(subnetId, 2, "two subnet ids or more, of different availability zones"),
  /** Subnets of instances and edge nodes, such as private ones with a way out, of the availability zones of `publicSubnetIds`; default `publicSubnetIds`. */
  instanceSubnetIds: list(subnetId, 1, "a list of subnet ids, one or more").optional(),
  /** Whether the load balancers, that of edge nodes too, have private addresses alone; default false. */
  internal: flag.default(FLEET_DEFAULTS.internal),
  /** Machine image of the primary, or `resolve:ssm:` and the name of a parameter that holds it; needed on platforms `elb` and `migration`. */
  amiId: amiId.optional(),
  /** Image of the canary fleet; default `amiId`. */
  canaryAmiId: amiId.optional(),
  /** Default t3.small. */
  instanceType: text(/^[a-z0-9-]+\.[a-z0-9-]+$/, "an instance type such as t3.small").default(
    FLEET_DEFAULTS.instanceType,
  ),
  /** Script or cloud-config for the first boot of the fleets' instances, at most 16 KB. Whoever may read the instance's metadata reads it: no secrets; default none. */
  userData: z
    .string({ error: userDataAllowed })
    .refine((text) => text !== "" && Buffer.byteLength(text) <= MOST_USER_DATA, userDataAllowed)
    .optional(),
  /** Name or ARN of the instance profile of the fleets' instances; default none. */
  instanceProfile: text(
    /^(arn:aws[a-z-]*:iam::\d{12}:instance-profile\/[\w+=,.@/-]+|[\w+=,.@-]{1,128})$/,
    "the name or the ARN of an instance profile",
  ).optional(),
  /** Key pair of the fleets' instances, for SSH; default none. */
  keyName: text(/^[!-~]([ -~]{0,253}[!-~])?$/, "the name of a key pair").optional(),
  /** The root volume of the fleets' instances. */
  rootBlockDevice: rootBlockDevice.optional(),
  /** How load balancers ask for `healthPath`. */
  healthCheck: healthCheck.optional(),
  /** Further security groups of the fleets' instances, 15 at most, beside one of the app's own; default none. */
  instanceSecurityGroupIds: list(securityGroupId, 1, groupsAllowed)
    .max(MOST_SECURITY_GROUPS, groupsAllowed)
    .optional(),
  /** What splits the traffic: classic load balancers by instance counts (the default), an ALB or an NLB by weights. */
  loadBalancer: loadBalancer.default(DEFAULT_FRONT),
  /** What did before, while DNS answers may still lead there: stays, with all its requests for the primary. */
  formerLoadBalancer: loadBalancer.optional(),
  /** Instances that carry all of an app's traffic; default 9. */
  fleetSize: integer(1, 1000).default(FLEET_DEFAULTS.fleetSize),
  /** Instances that a scaling policy may grow the primary to, `fleetSize` or more; default twice `fleetSize`. */
  maxSize: integer(1, 5000).optional(),
  /** Classic: instances that a canary at weight 0 keeps on its own load balancer, for tests; default 0. */
  canaryMin: integer(0, 1000).optional(),
  /** ALB, NLB: instances of each canary, whatever its weight; default `fleetSize`. */
  canarySize: integer(0, 1000).optional(),
  /** Hosted zone of the apps' host names. */
  zoneId: text(/^Z[A-Z0-9]{1,31}$/, "a hosted zone id such as Z0123456789ABCDEFGHIJ"),
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
  /** Seconds that a new instance has before a failed health check ends it; default 300. */
  healthCheckGracePeriod: seconds(7200).default(FLEET_DEFAULTS.healthCheckGracePeriod),
  /** Whether load balancers, groups and records of the fleets are protected; default `protect`. */
  protectFleets: flag.optional(),
  /** The edge nodes; needed on platform `migration`, and with `aws` on platform `kubernetes`. */
  edge: edge.optional(),
});

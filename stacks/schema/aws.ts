import * as z from "zod";
import { amiId, integer, list, seconds, text } from "./fields";

/** The AWS network, images and sizes: `aws`. */
export const aws = z.strictObject({
  /** Network of everything. */
  vpcId: text(/^vpc-[0-9a-f]{8,17}$/, "a VPC id such as vpc-0a1b2c3d4e5f60718"),
  /** Public subnets, of two availability zones at least. */
  publicSubnetIds: list(
    text(/^subnet-[0-9a-f]{8,17}$/, "a subnet id such as subnet-0a1b2c3d4e5f60718"),
    2,
    "two subnet ids or more, of different availability zones",
  ),
  /** Machine image of the primary. */
  amiId,
  /** Image of the canary fleet; default `amiId`. */
  canaryAmiId: amiId.optional(),
  /** Default t3.small. */
  instanceType: text(/^[a-z0-9-]+\.[a-z0-9-]+$/, "an instance type such as t3.small").default("t3.small"),
  /** Instances that carry all of an app's traffic; default 9. */
  fleetSize: integer(1, 1000).default(9),
  /** Instances that a scaling policy may grow the primary to; default twice `fleetSize`. */
  maxSize: integer(1, 5000).optional(),
  /** Instances that a canary at weight 0 keeps on its own load balancer, for tests; default 0. */
  canaryMin: integer(0, 1000).default(0),
  /** Hosted zone of the apps' host names. */
  zoneId: text(/^Z[A-Z0-9]{1,31}$/, "a hosted zone id such as Z0123456789ABCDEFGHIJ"),
  /** Certificate for port 443; without it the load balancers serve port 80 only. */
  certificateArn: text(
    /^arn:aws[a-z-]*:(acm|iam):[a-z0-9-]*:\d{12}:(certificate|server-certificate)\/\S+$/,
    "the ARN of an ACM or IAM certificate",
  ).optional(),
  /** Seconds that DNS answers may be kept; default 60. */
  dnsTtl: integer(1, 86400, "seconds").default(60),
  /** Seconds that a connection may be idle at the load balancer; default 60. */
  idleTimeout: integer(1, 4000, "seconds").default(60),
  /** Seconds that requests in flight get when an instance leaves; default 60. */
  drainingTimeout: integer(1, 3600, "seconds").default(60),
  /** Seconds that a new instance has before a failed health check ends it; default 300. */
  healthCheckGracePeriod: seconds(7200).default(300),
});

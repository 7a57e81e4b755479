import * as z from "zod";
import { trackedMetrics } from "../../components/aws/target-tracking";
import {
  amiId,
  asText,
  flag,
  integer,
  list,
  mapOf,
  numeric,
  oneOf,
  seconds,
  securityGroupId,
  text,
} from "../../components/fields";

/** The root volume of instances: gp3, encrypted. */
export const rootBlockDevice = z.strictObject({
  /** The image's root device, its RootDeviceName; by another name the keys here would be a second, empty volume's; default /dev/xvda. */
  deviceName: text(/^\/dev\/[a-z][a-z0-9]{1,15}$/, "a device such as /dev/sda1").optional(),
  /** GiB, no less than the image's; default the image's. */
  volumeSize: integer(1, 65_536, "GiB").optional(),
  /** Id, alias or ARN of the key that encrypts it; default the account's default key. */
  kmsKeyId: text(
    /^(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[\w/-]+|alias\/[\w/-]+|(mrk-)?[0-9a-f-]{32,36})$/,
    "the id, the alias or the ARN of a key of KMS",
  ).optional(),
});

const codes = "codes such as 200, 200-299 or 200,204";

/** How load balancers tell whether an instance can serve, beside `healthPath`. */
export const healthCheck = z.strictObject({
  /** Port that is asked; default the app's. */
  port: integer(1, 65_535).optional(),
  /** ALB, NLB: codes of a healthy answer, such as 200-299 or 200,204; default 200. */
  matcher: z
    .preprocess(
      (value) => (typeof value === "number" ? String(value) : value),
      text(/^[2-5]\d\d(-[2-5]\d\d)?(,[2-5]\d\d(-[2-5]\d\d)?)*$/, codes),
    )
    .optional(),
  /** Seconds between two checks; default 10. */
  interval: integer(5, 300, "seconds").optional(),
  /** Seconds that an answer may take, less than `interval`; default 5. */
  timeout: integer(2, 60, "seconds").optional(),
  /** Good checks in a row after which an instance is in service; default 2. */
  healthyThreshold: integer(2, 10).optional(),
  /** Bad checks in a row after which it is out of service; default 2. */
  unhealthyThreshold: integer(2, 10).optional(),
});

const targetAllowed = "a number above 0";

/** How the primary's group follows its load. */
export const targetTracking = z.strictObject({
  /** What is measured: ASGAverageCPUUtilization (the default), in percent; ASGAverageNetworkIn and ASGAverageNetworkOut, in bytes a minute of each instance; or, by an ALB alone, ALBRequestCountPerTarget, requests a minute of each instance. */
  predefinedMetricType: oneOf(trackedMetrics).optional(),
  /** What each instance is to have of it on average. */
  targetValue: z.preprocess(numeric, z.number({ error: targetAllowed }).positive(targetAllowed)),
  /** Whether it takes no instances away; default false. */
  disableScaleIn: flag.optional(),
});

/** Tags of a resource at most (https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html), less those that groups have. */
const MOST_TAGS = 50 - 5;
/** Those that groups have of their own. */
export const OWN_TAGS: readonly string[] = ["Name", "app", "track"];
const tagsAllowed = `a map of at most ${MOST_TAGS} tags`;
const valueAllowed = "a tag's value: at most 256 letters, digits, spaces and _.:/=+-@";
const tags = mapOf(
  text(
    /^(?![aA][wW][sS]:)[\w .:/=+@-]{1,128}$/,
    "a tag's key: at most 128 letters, digits, spaces and _.:/=+-@, not aws: first",
  ).refine((key) => !OWN_TAGS.includes(key), `another one than ${OWN_TAGS.join(", ")}, which groups have`),
  z.preprocess(
    asText,
    z
      .string({ error: valueAllowed })
      .max(256, valueAllowed)
      .refine((value) => /^[\p{L}\p{N}\p{Zs}_.:/=+@-]*$/u.test(value), valueAllowed),
  ),
  tagsAllowed,
).refine((all) => Object.keys(all).length <= MOST_TAGS, tagsAllowed);

/** Bytes of user data before base64 (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html). */
const MOST_USER_DATA = 16 * 1024;
const userDataAllowed = "a script or cloud-config of at most 16 KB";

/** Of a network interface at most, less the one of the program's (https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html). */
const MOST_SECURITY_GROUPS = 16 - 1;
const groupsAllowed = `a list of security group ids, one to ${MOST_SECURITY_GROUPS}`;

/** Settings of fleets that an app may have of its own: `apps.NAME.aws`. */
export const fleetSettings = {
  /** Machine image of the primary, or `resolve:ssm:` and the name of a parameter that holds it; needed on platforms `elb` and `migration`. */
  amiId: amiId.optional(),
  /** Image of the canary fleet; default `amiId`. */
  canaryAmiId: amiId.optional(),
  /** Type of the instances; default t3.small. */
  instanceType: text(/^[a-z0-9-]+\.[a-z0-9-]+$/, "an instance type such as t3.small").optional(),
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
  /** Tags of all that is made, instances with their volumes included, and edge nodes too, by key; a change replaces the instances, a few at a time; default none. */
  tags: tags.optional(),
  /** Instances that carry all of an app's traffic; default 9. */
  fleetSize: integer(1, 1000).optional(),
  /** Instances that a scaling policy may grow the primary to, `fleetSize` or more; default twice `fleetSize`. */
  maxSize: integer(1, 5000).optional(),
  /** Classic: instances that a canary at weight 0 keeps on its own load balancer, for tests; default 0. */
  canaryMin: integer(0, 1000).optional(),
  /** ALB, NLB: instances of each canary, whatever its weight; default `fleetSize`. */
  canarySize: integer(0, 1000).optional(),
  /** A scaling policy of the primary's group, which keeps a measure near a target, between `fleetSize` and `maxSize`; default none. */
  targetTracking: targetTracking.optional(),
  /** Seconds that a new instance has before a failed health check ends it; default 300. */
  healthCheckGracePeriod: seconds(7200).optional(),
};

/** The fleets of one app, where they are other than those of `aws`. */
export const ownFleet = z.strictObject(fleetSettings);

/**
 * The shape of the configuration, key by key: what each takes, its unit and its default.
 *
 * Values set on a command line arrive as strings, so `"25"` is as good as `25` and `"true"` as `true`.
 */
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { routerNames } from "../components/routers";
import { isWeight } from "../components/traffic";
import { type RuleName, ruleNames, severities } from "../policy/rule";

const NUMERIC = /^-?\d+(\.\d+)?$/;
const numeric = (value: unknown): unknown =>
  typeof value === "string" && NUMERIC.test(value) ? Number(value) : value;

function integer(min: number, max: number, unit = "") {
  const allowed = `an integer from ${min} to ${max}${unit && ` (${unit})`}`;
  return z.preprocess(numeric, z.int({ error: allowed }).min(min, allowed).max(max, allowed));
}

function text(pattern: RegExp, allowed: string) {
  return z.string({ error: allowed }).regex(pattern, allowed);
}

function list<T extends z.ZodType>(of: T, min: number, allowed: string) {
  return z.array(of, { error: allowed }).min(min, allowed);
}

function mapOf<T extends z.ZodType>(key: z.ZodString, value: T, allowed: string) {
  return z.record(key, value, { error: allowed });
}

const flag = z.preprocess(
  (value) => (value === "true" ? true : value === "false" ? false : value),
  z.boolean({ error: "true or false" }),
);

const weightAllowed = "a number from 0 to 100 (percent) with at most two decimals";
const weight = z.preprocess(numeric, z.number({ error: weightAllowed }).refine(isWeight, weightAllowed));

const label = text(
  /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/,
  "a name of at most 40 lower-case letters, digits and hyphens that starts with a letter",
);
const host = text(
  /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+$/,
  "a host name such as myapp.example.com",
);
const image = text(
  /^[a-z0-9]+([._:/-]+[a-zA-Z0-9]+)*(@sha256:[0-9a-f]{64})?$/,
  "a container image such as registry.example.com/myapp:1.4.2",
);
const path = text(/^\/\S*$/, "a path that starts with /");
const quantity = text(/^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/, "a Kubernetes quantity such as 100m or 150Mi");
const cidr = text(/^[0-9a-fA-F.:]+\/\d{1,3}$/, "an address range such as 10.0.0.0/16");
const environment = mapOf(
  text(/^[A-Za-z_][A-Za-z0-9_]*$/, "a variable name of letters, digits and underscores"),
  z.preprocess(
    (value) => (typeof value === "number" || typeof value === "boolean" ? String(value) : value),
    z.string({ error: "a text" }),
  ),
  "a map from variable names to texts",
);
const seconds = (max: number) => integer(0, max, "seconds");

const router = z.enum(routerNames, { error: `one of ${routerNames.join(", ")}` });

const amiId = text(/^ami-[0-9a-f]{8,17}$/, "an image id such as ami-0a1b2c3d4e5f60718");

const canary = z.strictObject({
  /** Container image; needed on platform `kubernetes`. */
  image: image.optional(),
  /** Machine image (platform `elb`); default `aws.canaryAmiId`. */
  amiId: amiId.optional(),
  /** Percent of the app's requests. */
  weight,
  /** Pods; default 1. */
  replicas: integer(0, 5000).default(1),
  /** Host name that leads to this canary alone. */
  host: host.optional(),
  /** Namespace of the canary's objects; default the app's. Most routers refuse another one. */
  namespace: label.optional(),
});

const app = z.strictObject({
  /** Container image of the primary; needed on platform `kubernetes`. */
  image: image.optional(),
  /** Container image of the variant `canary`; without it the app has none on platform `kubernetes`. */
  canaryImage: image.optional(),
  /** Host name that users ask for. */
  host,
  /** Host name that leads to the variant `canary` alone, whatever its weight. */
  canaryHost: host.optional(),
  /** Port that the app listens on; default 8080. */
  port: integer(1, 65535).default(8080),
  /** Path that answers 200 when the app can serve; default `/`. */
  healthPath: path.default("/"),
  /** Pods of the primary; default 3. */
  replicas: integer(0, 5000).default(3),
  /** Pods of the variant `canary`; default 1. */
  canaryReplicas: integer(0, 5000).default(1),
  /** Namespace of all the app's objects; default the app's name. */
  namespace: label.optional(),
  /** Whether the program makes the namespace (true, the default) or finds it there. */
  createNamespace: flag.default(true),
  /** Percent of requests for the variant `canary`; default the stack's `canaryWeight`. */
  canaryWeight: weight.optional(),
  /** Seconds after which a request ends that a canary (platform `kubernetes`) does not begin to answer; default 30. */
  canaryTimeoutSeconds: integer(1, 3600, "seconds").default(30),
  /** What enforces the split; default the stack's `router`. */
  router: router.optional(),
  /** Further canaries, or all of them, by name. */
  canaries: mapOf(label, canary, "a map from names to canaries").default({}),
  /** Environment of every pod; secret values go to the stack's `secrets`. */
  env: environment.default({}),
  /** What each pod asks for and may use at most. */
  resources: z
    .strictObject({
      cpu: quantity.default("100m"),
      memory: quantity.default("128Mi"),
      memoryLimit: quantity.default("256Mi"),
    })
    .prefault({}),
  /** Seconds that a pod goes on serving after it was told to end, so that the router can forget it; default 10. */
  preStopSeconds: seconds(3600).default(10),
  /** Seconds after which a pod that was told to end is killed, `preStopSeconds` included; default 40. */
  terminationGraceSeconds: seconds(7200).default(40),
});

const aws = z.strictObject({
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

const traefik = z.strictObject({
  /** Whether the program runs Traefik (true, the default) or finds one there. */
  install: flag.default(true),
  /** Default traefik:v3.7.5. */
  image: image.default("traefik:v3.7.5"),
  /** Default traefik. */
  namespace: label.default("traefik"),
  /** Whether the program makes the namespace (true, the default) or finds it there. */
  createNamespace: flag.default(true),
  /** Whether the program installs Traefik's custom resource definitions (true, the default) or finds them there. */
  installCrds: flag.default(true),
  /** Version of the published chart `traefik-crds`; default 1.18.0, that of Traefik 3.7. */
  crdsChartVersion: text(/^\d+\.\d+\.\d+$/, "a chart version such as 1.18.0").default("1.18.0"),
  /** Name of the IngressClass whose routes it serves; default traefik-external. */
  ingressClass: label.default("traefik-external"),
  /** Whether port 80 answers with a redirect to https; default false. */
  redirectToHttps: flag.default(false),
  /** Upper bounds of the latency histogram in seconds; default 0.1, 0.3, 1.2, 5. */
  metricsBuckets: list(
    z.preprocess(numeric, z.number({ error: "a number of seconds" }).positive("a number of seconds above 0")),
    1,
    "one number of seconds or more",
  ).default([0.1, 0.3, 1.2, 5]),
  /** Address ranges of the load balancer in front, whose forwarded headers are trusted; default none. */
  trustedIps: list(cidr, 0, "a list of address ranges").default([]),
  /** Seconds that a stopping Traefik still takes connections, longer than a load balancer needs to notice; default 30. */
  acceptGraceSeconds: seconds(50).default(30),
  /** Seconds that it then gives requests in flight; with `acceptGraceSeconds` below 60; default 20. */
  graceSeconds: seconds(50).default(20),
});

const severity = z.enum(severities, { error: `one of ${severities.join(", ")}` });
/** Pulumi's engine makes a time of an unquoted date: `2027-01-31 00:00:00 +0000 UTC`. */
const day = z.preprocess(
  (value) => (typeof value === "string" ? value.replace(/[ T]00:00:00( \+0000 UTC|Z)$/, "") : value),
  z.iso.date({ error: "a date such as 2027-01-31, the waiver's last day" }),
);

const waiver = z.strictObject({
  /** Name of the rule. */
  rule: z.enum(ruleNames, { error: `one of ${ruleNames.join(", ")}` }),
  /** The resource's name, or its URN, in which `*` stands for any text. */
  resource: text(/\S/, "a resource's name, or a pattern for its URN"),
  /** Why the rule may be broken. */
  reason: text(/\S/, "why the rule may be broken"),
  /** Last day of the waiver. */
  until: day,
});

const policies = z.strictObject({
  /** Severity by rule; default each rule's own. */
  rules: z
    .strictObject(
      Object.fromEntries(ruleNames.map((name) => [name, severity.optional()])) as Record<
        RuleName,
        z.ZodOptional<typeof severity>
      >,
    )
    .prefault({}),
  /** Points that an app's canaries may rise in one update; default 25. */
  maxStep: weight.default(25),
  /** Stacks whose resources must be protected; default prod, production. */
  productionStacks: list(z.string({ error: "a stack's name" }), 0, "a list of stack names").default([
    "prod",
    "production",
  ]),
  /** RuntimeClasses whose pods may be privileged, `*` for any text; default kata*, gvisor. */
  sandboxedRuntimeClasses: list(
    text(/^[a-z0-9*][-a-z0-9.*]*$/, "a RuntimeClass's name, * for any text"),
    1,
    "one RuntimeClass or more",
  ).default(["kata*", "gvisor"]),
  /** Whether the cluster itself is to refuse privileged pods, on platform `kubernetes`; default false. */
  admission: flag.default(false),
  /** What may break a rule for a while. */
  waivers: list(waiver, 0, "a list of waivers").default([]),
});

export const schema = z.strictObject({
  /** What runs the apps. */
  platform: z.enum(["elb", "kubernetes"], { error: "one of elb, kubernetes" }),
  /** Percent of requests for the canary of every app without a weight of its own; default 0. */
  canaryWeight: weight.default(0),
  /** What enforces the split of every app without a router of its own; default traefik. */
  router: router.default("traefik"),
  /** The apps by name. */
  apps: mapOf(label, app, "a map from app names to their settings").refine(
    (apps) => Object.keys(apps).length > 0,
    "one app or more",
  ),
  /** Needed on platform `elb`; empty counts as absent. */
  aws: z.preprocess((value) => (isDeepStrictEqual(value, {}) ? undefined : value), aws.optional()),
  /** The Traefik on the edge nodes, on platform `kubernetes`. */
  traefik: traefik.prefault({}),
  /** Whether Pulumi refuses to delete or replace what requests pass through; default false. */
  protect: flag.default(false),
  /** What a change may not do. */
  policies: policies.prefault({}),
  /** Secret environment: app -> variable -> value; set with `pulumi config set --secret --path`. */
  secrets: mapOf(label, environment, "a map from app names to variables").default({}),
});

export type Parsed = z.output<typeof schema>;
export type AwsSettings = z.output<typeof aws>;
export type TraefikSettings = z.output<typeof traefik>;
export type PolicySettings = z.output<typeof policies>;
export type Waiver = z.output<typeof waiver>;
export type ParsedApp = z.output<typeof app>;

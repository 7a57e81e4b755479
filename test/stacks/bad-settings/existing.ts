/** Settings of fleets that others make, and beside them, that are refused. */
import { myapp, onBoth, prod, type Raw, theirFleet, theirs } from "../raw";
import type { BadSettings } from ".";

const LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener";
const OF_ALB = `${LISTENER}/app/web/0a1b2c3d4e5f6071/1a2b3c4d5e6f7081`;
const OF_NLB = `${LISTENER}/net/web/0a1b2c3d4e5f6071/1a2b3c4d5e6f7081`;
const { zoneId: _, ...zoneless } = prod({}).aws as Raw;
const VARIANTS = ["primary", "canary"];
const alb = theirFleet("alb", ["primary", "canary"]);
const classic = theirFleet("classic", ["primary", "canary"]);

/** A second app beside the first. */
const beside = (raw: Raw, second: Raw): Raw => ({
  ...raw,
  apps: { ...(raw.apps as Raw), other: { host: "other.example.com", ...second } },
});

/** Two apps with target groups of their own. */
const both = (loadBalancer: "alb" | "nlb", existing: Raw): Raw =>
  beside(theirs(loadBalancer, { existing: { ...theirFleet(loadBalancer, VARIANTS), ...existing } }), {
    existing: {
      ...JSON.parse(
        JSON.stringify(theirFleet(loadBalancer, VARIANTS)).replaceAll("targetgroup/web", "targetgroup/other"),
      ),
      ...existing,
    },
  });

const made = "no such key for a fleet that others make: they set it";

export const badExisting: BadSettings = [
  {
    title: "an existing fleet in a migration",
    raw: onBoth({ apps: { myapp: { ...myapp, existing: classic } } }),
    line: /^apps\.myapp\.existing is .*; allowed: on platform elb only$/,
  },
  {
    title: "an existing fleet without target groups",
    raw: theirs("alb", { existing: { listenerArns: [OF_ALB] } }),
    line: /^apps\.myapp\.existing\.targetGroupArns is missing: set it to a target group's ARN for each variant, with aws\.loadBalancer alb$/,
  },
  {
    title: "an existing fleet of another kind of load balancer",
    raw: theirs("nlb", { existing: { ...alb, listenerArns: [OF_NLB], loadBalancers: { primary: "web" } } }),
    line: /^apps\.myapp\.existing\.loadBalancers is .*; allowed: with aws\.loadBalancer classic only, not nlb$/,
  },
  {
    title: "a listener of another kind",
    raw: theirs("nlb", { existing: alb }),
    line: /^apps\.myapp\.existing\.listenerArns\[0\] is .*; allowed: a listener of what aws\.loadBalancer says, nlb$/,
  },
  {
    title: "listeners of two load balancers",
    raw: theirs("alb", { existing: { ...alb, listenerArns: [OF_ALB, OF_ALB.replace("web", "internal")] } }),
    line: /^apps\.myapp\.existing\.listenerArns\[1\] is .*; allowed: one of the first one's load balancer, as a target group belongs to one$/,
  },
  {
    title: "what is no listener",
    raw: theirs("alb", { existing: { ...alb, listenerArns: ["web"] } }),
    line: /^apps\.myapp\.existing\.listenerArns\[0\] is "web"; allowed: the ARN of a listener of an ALB or NLB$/,
  },
  {
    title: "a load balancer's ARN as its listener's",
    raw: theirs("alb", { existing: { ...alb, listenerArns: [OF_ALB.replace(/\/[^/]+$/, "")] } }),
    line: /^apps\.myapp\.existing\.listenerArns\[0\] is .*; allowed: the ARN of a listener of an ALB or NLB$/,
  },
  ...(["eu-west-1", "123456789012"] as const).map((part, i) => ({
    title: `a target group of another ${["region", "account"][i]} than its listener`,
    raw: theirs("alb", { existing: { ...alb, targetGroupArns: elsewhere(part) } }),
    line: /^apps\.myapp\.existing\.targetGroupArns\.canary is .*; allowed: one of the listeners' region and account$/,
  })),
  {
    title: "a variant without a target group",
    raw: theirs("alb", { existing: { ...alb, ...theirsOf("targetGroupArns", ["primary"]) } }),
    line: /^apps\.myapp\.existing\.targetGroupArns\.canary is missing: set it to that of variant canary of myapp$/,
  },
  {
    title: "a group of no variant",
    raw: theirs("classic", {
      existing: { ...classic, ...theirsOf("groups", ["primary", "canary", "blue"]) },
    }),
    line: /^apps\.myapp\.existing\.groups\.blue is "web-blue"; allowed: a variant of the app's as key: primary, canary$/,
  },
  {
    title: "one group for two variants",
    raw: theirs("classic", { existing: { ...classic, groups: { primary: "web", canary: "web" } } }),
    line: /^apps\.myapp\.existing\.groups\.canary is "web"; allowed: another one than apps\.myapp\.existing\.groups\.primary$/,
  },
  {
    title: "one listener of an NLB for two apps",
    raw: both("nlb", { listenerArns: [OF_NLB] }),
    line: /^apps\.other\.existing\.listenerArns\[0\] is .*; allowed: another one than apps\.myapp\.existing\.listenerArns\[0\]$/,
  },
  {
    title: "one priority for two rules of a listener",
    raw: both("alb", { priority: 7 }),
    line: /^apps\.other\.existing\.priority is 7; allowed: another one than apps\.myapp\.existing\.priority$/,
  },
  {
    title: "more hosts than a rule takes",
    raw: theirs("alb", { hosts: ["a", "b", "c", "d", "e"].map((name) => `${name}.example.com`) }),
    line: /^apps\.myapp\.hosts is .*; allowed: at most 4 beside host, as a rule takes 5 values$/,
  },
  {
    title: "a canary's host",
    raw: theirs("alb", { canaryHost: "canary.example.com" }),
    line: new RegExp(`^apps\\.myapp\\.canaryHost is "canary\\.example\\.com"; allowed: ${made}$`),
  },
  {
    title: "a canary's image",
    raw: theirs("alb", { canaries: { canary: { weight: 10, amiId: "ami-0a1b2c3d" } } }),
    line: new RegExp(`^apps\\.myapp\\.canaries\\.canary\\.amiId is "ami-0a1b2c3d"; allowed: ${made}$`),
  },
  ...(["amiId", "instanceType", "fleetSize"] as const).map((key, i) => ({
    title: `an existing fleet's ${key}`,
    raw: theirs("alb", { aws: { [key]: ["ami-0a1b2c3d", "t3.large", 4][i] } }),
    line: new RegExp(`^apps\\.myapp\\.aws\\.${key} is .*; allowed: ${made}$`),
  })),
  {
    title: "a certificate for fleets that others make",
    raw: theirs("alb", {}, { certificateArn: "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d" }),
    line: new RegExp(`^aws\\.certificateArn is .*; allowed: ${made}$`),
  },
  {
    title: "a network for fleets that others make",
    raw: theirs("nlb", {}, { vpcId: "vpc-0a1b2c3d" }),
    line: new RegExp(`^aws\\.vpcId is "vpc-0a1b2c3d"; allowed: ${made}$`),
  },
  {
    title: "a fleet of the program's without its zone beside one that others make",
    raw: beside(theirs("classic", {}, zoneless), {}),
    line: /^aws\.zoneId is missing: set it to a hosted zone id such as Z0123456789ABCDEFGHIJ$/,
  },
  {
    title: "an existing fleet that is none",
    raw: theirs("alb", { existing: { listeners: [] } }),
    line: /^apps\.myapp\.existing\.listeners: no such key, did you mean listenerArns\? allowed: listenerArns, groups, loadBalancers, priority, targetGroupArns$/,
  },
];

function theirsOf(key: "groups" | "targetGroupArns", variants: readonly string[]): Raw {
  return { [key]: theirFleet(key === "groups" ? "classic" : "alb", variants)[key] };
}

/** The target groups, the canary's not in the same place. */
function elsewhere(part: string): Raw {
  const arns = alb.targetGroupArns as Readonly<Record<string, string>>;
  return { ...arns, canary: arns.canary?.replace(part, part.replace("1", "2")) };
}

import { Group } from "@pulumi/aws/autoscaling/group";
import { Policy } from "@pulumi/aws/autoscaling/policy";
import { LaunchTemplate, type LaunchTemplateArgs } from "@pulumi/aws/ec2/launchTemplate";
import { Record as DnsRecord } from "@pulumi/aws/route53/record";
import * as pulumi from "@pulumi/pulumi";
import { type Complete, withDefaults } from "../defaults";
import { TrafficSplit, variantName } from "../traffic";
import { transformed } from "../transform";
import { FLEET_DEFAULTS, mostInstances } from "./defaults";
import { type DnsTarget, hostRecord, needsHealthCheck, recordArgs } from "./dns";
import { makeHealthCheck } from "./dns-health";
import type { CanaryFleetArgs } from "./fleet-args";
import {
  DEFAULT_FRONT,
  type Front,
  type FrontName,
  fronts,
  frontWeights,
  type NominalWeight,
  publicPorts,
  type Reference,
} from "./fronts";
import { makers } from "./fronts/makers";
import { groupArgs } from "./group";
import type { GroupSizes } from "./group-plan";
import { launchTemplateArgs } from "./launch-template";
import { makeSecurity, type Security } from "./security";
import { withTags } from "./tags";
import { targetTrackingArgs } from "./target-tracking";
import { fleetTypes } from "./types";

/** Args with all that has a default. */
type CompleteArgs = Complete<CanaryFleetArgs, keyof typeof FLEET_DEFAULTS | "canaries" | "maxSize">;

function completed(args: CanaryFleetArgs): CompleteArgs {
  const { fleetSize = FLEET_DEFAULTS.fleetSize } = args;
  return withDefaults(args, { ...FLEET_DEFAULTS, canaries: [], maxSize: mostInstances(fleetSize) });
}

/** What one variant's group and launch template are made of. */
interface VariantSpec {
  readonly name: string;
  readonly amiId: pulumi.Input<string>;
  readonly sizes: GroupSizes;
  /** What its instances need before they start, and the groups that come first. */
  readonly dependsOn: pulumi.Resource[];
}

/**
 * An app on EC2: an Auto Scaling group for each variant, and the load balancers in front of them.
 *
 * Behind classic load balancers a shift changes sizes and attachments of groups (see `planGroups`) and nothing else. The
 * primary's group comes after the canaries' in every update, so that in a rise the canaries serve before the primary
 * shrinks or leaves. For a fall from above 50 % to below that order is wrong: go to 50 % first, which makes the primary
 * whole and in service, and on in a second update. So too to move weight from one canary to another above 50 %, as their
 * groups change side by side. Where a group is only attached and its size stays, the update waits until its instances
 * are registered, but not until the load balancer has found them healthy, 20 s later
 * (https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LoadBalancerState.html). Let that time pass at 50 % on
 * the way down from 100 %, and on the way up if `canaryMin` is as large as `fleetSize`.
 *
 * Behind an ALB or NLB a shift changes the weights of its listeners and nothing else. Groups come after the listeners, as
 * instances behind none are never found healthy. So a canary's instances come before its weight in an update of their own.
 *
 * Records come last: to another kind of load balancer they lead once healthy instances are behind it.
 *
 * Load balancers and target groups are named after `<name>` and `<name>-<canary>`: at most 24 characters, as AWS takes 32
 * and Pulumi appends 8.
 *
 * @example
 * ```typescript
 * const shop = new CanaryFleet("shop", {
 *   host: "shop.example.com",
 *   vpcId: "vpc-0a1b2c3d4e5f60718",
 *   publicSubnetIds: ["subnet-0a1b2c3d4e5f60718", "subnet-0b1c2d3e4f5061728"],
 *   zoneId: "Z0123456789ABCDEFGHIJ",
 *   amiId: "ami-0a1b2c3d4e5f60718",
 *   canaries: [{ name: "canary", weight: 10, amiId: "ami-0d1c2b3a4f5e60718" }],
 * });
 * ```
 */
export class CanaryFleet extends pulumi.ComponentResource {
  /** By variant, the DNS name of its load balancer; the primary's is the app's. */
  readonly loadBalancers: Readonly<Record<string, pulumi.Input<string>>>;
  /** What other stacks and programs may refer to. */
  readonly references: FleetReferences;
  /** The primary's group: what a scaling policy is to act on. */
  readonly primaryGroup: Group;
  /** By variant, its weight as asked and as the router makes it. */
  readonly weights: Readonly<Record<string, NominalWeight>>;
  private readonly args: CompleteArgs;

  constructor(name: string, given: CanaryFleetArgs, opts?: pulumi.ComponentResourceOptions) {
    super(fleetTypes.made, name, {}, withTags(given.tags, opts));
    this.args = completed(given);
    const { args } = this;
    const { loadBalancer: kind = DEFAULT_FRONT, formerLoadBalancer } = args;
    const split = new TrafficSplit(args.canaries);
    const security = this.makeSecurity(name);
    const front = this.makeFront(name, kind, split, security);
    const all = [front];
    if (formerLoadBalancer !== undefined) {
      all.push(this.makeFront(name, formerLoadBalancer, allToPrimary(split), security));
    }

    const { canarySize = args.fleetSize } = args;
    const [primarySizes, ...canarySizes] = fronts[kind].sizes(split, { ...args, canarySize });
    const ready = [...security.rules, ...all.flatMap(({ listeners }) => listeners)];
    const groups: Record<string, Group> = {};
    const canaries = zip(args.canaries, canarySizes).map(([{ name: canary, amiId, host }, sizes]) => {
      const spec = { name: canary, amiId, sizes, dependsOn: ready };
      const group = this.makeGroup(name, spec, all, security);
      groups[canary] = group;
      const hosts = host === undefined ? [] : [host];
      this.makeRecords(variantName(name, canary), hosts, front.targets[canary], group);
      return group;
    });
    const primary = { name: "primary", amiId: args.amiId, sizes: primarySizes };
    const dependsOn = [...ready, ...canaries];
    this.primaryGroup = this.makeGroup(name, { ...primary, dependsOn }, all, security);
    this.makeScalingPolicy(name, front.targets.primary);
    const hosts = [args.host, ...(args.hosts ?? [])];
    this.makeRecords(name, hosts, front.targets.primary, this.primaryGroup);

    this.references = references(front, { primary: this.primaryGroup, ...groups }, security);
    this.weights = frontWeights(fronts[kind], split, args);
    this.loadBalancers = Object.fromEntries(
      Object.entries(front.targets).map(([variant, { dnsName }]) => [variant, dnsName]),
    );
    this.registerOutputs({ loadBalancers: this.loadBalancers });
  }

  private makeSecurity(name: string): Security {
    const { vpcId, port, healthCheck, certificateArn, transform, protect } = this.args;
    const spec = { vpcId, port, healthPort: healthCheck?.port, publicPorts: publicPorts(certificateArn) };
    return makeSecurity(name, spec, transform ?? {}, { parent: this }, protect);
  }

  private makeFront(name: string, kind: FrontName, split: TrafficSplit, security: Security): Front {
    const {
      canaries,
      redirectToHttps = false,
      strictHttp = false,
      protect = false,
      transform = {},
    } = this.args;
    const securityGroupId = security.loadBalancerGroup.id;
    const canaryHosts = Object.fromEntries(
      canaries.flatMap(({ name, host }) => (host === undefined ? [] : [[name, host]])),
    );
    const args = {
      ...this.args,
      split,
      canaryHosts,
      securityGroupId,
      redirectToHttps,
      strictHttp,
      protect,
      transform,
    };
    return makers[kind](name, args, { parent: this });
  }

  private makeGroup(
    app: string,
    { name: variant, amiId, sizes, dependsOn }: VariantSpec,
    served: readonly Front[],
    { instanceGroup }: Security,
  ): Group {
    const { healthCheckGracePeriod, protect, transform } = this.args;
    const { instanceSubnetIds: subnetIds = this.args.publicSubnetIds } = this.args;
    const name = variantName(app, variant);
    const instances = launchTemplateArgs({
      ...this.args,
      amiId,
      securityGroupIds: [instanceGroup.id, ...(this.args.instanceSecurityGroupIds ?? [])],
      iamInstanceProfile: profileArgs(this.args.instanceProfile),
    });
    const launchTemplate = new LaunchTemplate(name, transformed(instances, transform?.launchTemplate), {
      parent: this,
    });
    const attachments = served.flatMap((front) => front.attachments[variant] ?? []);
    const track = variant === "primary" ? "primary" : "canary";
    const group = groupArgs({
      sizes,
      attachment: {
        loadBalancers: attachments.flatMap(({ loadBalancers }) => loadBalancers),
        targetGroupArns: attachments.flatMap(({ targetGroupArns }) => targetGroupArns),
      },
      launchTemplate,
      subnetIds,
      healthCheckGracePeriod,
      tags: { Name: name, app, track },
    });
    const change = track === "primary" ? transform?.primaryGroup : transform?.canaryGroup;
    return new Group(name, transformed(group, change), { parent: this, dependsOn, protect });
  }

  private makeScalingPolicy(name: string, target: DnsTarget | undefined): void {
    const { targetTracking, transform } = this.args;
    if (targetTracking === undefined) return;
    const { LoadBalancer, TargetGroup } = target?.health.dimensions ?? {};
    const label = pulumi.interpolate`${LoadBalancer}/${TargetGroup}`;
    const spec = targetTrackingArgs(targetTracking, this.primaryGroup.name, label);
    new Policy(name, transformed(spec, transform?.scalingPolicy), { parent: this });
  }

  /** The records of a variant's host names, the first one of the variant's name; those that need a health check share one. */
  private makeRecords(
    name: string,
    hosts: readonly string[],
    target: DnsTarget | undefined,
    group: Group,
  ): void {
    if (target === undefined) return;
    const { dnsWeight, zoneName, protect, transform = {} } = this.args;
    const isChecked = (host: string): boolean =>
      dnsWeight !== undefined && needsHealthCheck({ host, zoneName, target });
    const check = hosts.some(isChecked)
      ? makeHealthCheck(name, target.health, transform, { parent: this })
      : undefined;
    for (const [i, host] of hosts.entries()) {
      const healthCheckId = isChecked(host) ? check?.id : undefined;
      const weight = dnsWeight ?? 100;
      const spec = recordArgs({ ...this.args, host, target, side: "elb", weight, healthCheckId });
      const opts = { parent: this, protect, dependsOn: [group] };
      new DnsRecord(hostRecord(name, i), transformed(spec, transform.record), opts);
    }
  }
}

/** What a fleet is made of, as other stacks refer to it. */
export interface FleetReferences {
  /** By variant; of a canary without a host only behind classic load balancers. */
  readonly loadBalancers: Readonly<Record<string, Reference & Pick<DnsTarget, "dnsName" | "zoneId">>>;
  /** By variant; none behind classic load balancers. */
  readonly targetGroups: Readonly<Record<string, Reference>>;
  /** By variant. */
  readonly groups: Readonly<Record<string, Reference>>;
  /** Ids: of the load balancers' and of the instances' own. */
  readonly securityGroups: Readonly<Record<"loadBalancers" | "instances", pulumi.Input<string>>>;
}

const references = (
  { targets, targetGroups }: Front,
  groups: Readonly<Record<string, Group>>,
  { loadBalancerGroup, instanceGroup }: Security,
): FleetReferences => ({
  loadBalancers: Object.fromEntries(
    Object.entries(targets).map(([variant, { name, arn, dnsName, zoneId }]) => [
      variant,
      { name, arn, dnsName, zoneId },
    ]),
  ),
  targetGroups,
  groups: Object.fromEntries(
    Object.entries(groups).map(([variant, { name, arn }]) => [variant, { name, arn }]),
  ),
  securityGroups: { loadBalancers: loadBalancerGroup.id, instances: instanceGroup.id },
});

/** An instance profile by its name or ARN. */
const profileArgs = (profile: string | undefined): LaunchTemplateArgs["iamInstanceProfile"] =>
  profile === undefined ? undefined : profile.startsWith("arn:") ? { arn: profile } : { name: profile };

/** Each of `as` with its counterpart in `bs`, which has as many. */
function zip<A, B>(as: readonly A[], bs: readonly B[]): [A, B][] {
  return as.map((a, i) => [a, bs[i] as B]);
}

/** What a load balancer that DNS no longer names does for clients that have not noticed yet. */
const allToPrimary = ({ canaries }: TrafficSplit): TrafficSplit =>
  new TrafficSplit(canaries.map(({ name }) => ({ name, weight: 0 })));

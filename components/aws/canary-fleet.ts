import { Group, type GroupArgs } from "@pulumi/aws/autoscaling/group";
import { LaunchTemplate, type LaunchTemplateArgs } from "@pulumi/aws/ec2/launchTemplate";
import { LoadBalancer, type LoadBalancerArgs } from "@pulumi/aws/elb/loadBalancer";
import { Record as DnsRecord, type RecordArgs } from "@pulumi/aws/route53/record";
import * as pulumi from "@pulumi/pulumi";
import { TrafficSplit } from "../traffic";
import { type Transforms, transformed } from "../transform";
import { recordArgs } from "./dns";
import { groupArgs } from "./group";
import { type GroupPlan, planGroups } from "./group-plan";
import { launchTemplateArgs } from "./launch-template";
import { loadBalancerArgs, publicPorts } from "./load-balancer";
import { type NominalWeight, nominalWeights } from "./nominal-weights";
import { makeSecurity, type Security, type SecurityChildren } from "./security";

/** One canary of a fleet. */
export interface FleetCanary {
  readonly name: string;
  /** Percent of the app's requests, 0 to 100, at most two decimals; all canaries together at most 100. */
  readonly weight: number;
  /** Machine image of its instances. */
  readonly amiId: pulumi.Input<string>;
  /** Host name that leads to this canary alone, whatever its weight; default none. */
  readonly host?: string | undefined;
}

/** The args of each kind of child, for `transform`. */
export interface CanaryFleetChildren extends SecurityChildren {
  loadBalancer: LoadBalancerArgs;
  launchTemplate: LaunchTemplateArgs;
  primaryGroup: GroupArgs;
  canaryGroup: GroupArgs;
  record: RecordArgs;
}

export interface CanaryFleetArgs {
  /** Host name that users ask for. */
  readonly host: string;
  /** The canaries; the primary takes the requests that they leave. */
  readonly canaries: readonly FleetCanary[];
  /** Machine image of the primary. */
  readonly amiId: pulumi.Input<string>;
  readonly instanceType: pulumi.Input<string>;
  /** Port that the app listens on. */
  readonly port: number;
  /** Path that answers 200 when the app can serve. */
  readonly healthPath: string;
  readonly vpcId: pulumi.Input<string>;
  /** Public subnets for load balancers and instances, of two availability zones at least. */
  readonly publicSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /** Instances that carry all traffic, 1 or more. */
  readonly fleetSize: number;
  /** Instances that a scaling policy may grow the primary to; more than `fleetSize`. */
  readonly maxSize: number;
  /** Instances that a canary at weight 0 keeps, behind its own load balancer alone, for tests; 0 or more. */
  readonly canaryMin: number;
  /** Hosted zone of the host names. */
  readonly zoneId: pulumi.Input<string>;
  /** Certificate for port 443; without it the load balancers serve port 80 only. */
  readonly certificateArn?: pulumi.Input<string> | undefined;
  /** Seconds that DNS answers may be kept. */
  readonly dnsTtl: number;
  /** Seconds that a connection may be idle at a load balancer, 1 to 4000. */
  readonly idleTimeout: number;
  /** Seconds that requests in flight get when an instance leaves a load balancer, 1 to 3600. */
  readonly drainingTimeout: number;
  /** Seconds that a new instance has before a failed health check ends it. */
  readonly healthCheckGracePeriod: number;
  /** Whether Pulumi refuses to delete or replace load balancers, groups, security groups and records; default false. */
  readonly protect?: boolean;
  /** Changes to the args of children. */
  readonly transform?: Transforms<CanaryFleetChildren>;
}

/** What one variant's group and launch template are made of. */
interface VariantSpec {
  readonly tags: { readonly app: string; readonly track: "primary" | "canary" };
  readonly amiId: pulumi.Input<string>;
  readonly plan: GroupPlan;
  readonly main: LoadBalancer;
  readonly own: LoadBalancer;
  /** What its instances need before they start, and the groups that come first. */
  readonly dependsOn: pulumi.Resource[];
}

/**
 * An app on EC2: an Auto Scaling group and a classic load balancer for each variant. A canary's group in service is
 * attached to the primary's load balancer too, so its share of the app's requests is its share of the instances there. A
 * shift changes sizes and attachments of groups (see `planGroups`), and nothing else.
 *
 * The primary's group comes after the canaries' in every update, so that in a rise the canaries serve before the primary
 * shrinks or leaves. For a fall from above 50 % to below that order is wrong: go to 50 % first, which makes the primary
 * whole and in service, and on in a second update. So too to move weight from one canary to another above 50 %, as their
 * groups change side by side.
 *
 * Where a group is only attached and its size stays, the update waits until its instances are registered, but not until
 * the load balancer has found them healthy, 20 s later
 * (https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LoadBalancerState.html). Let that time pass at 50 % on
 * the way down from 100 %, and on the way up if `canaryMin` is as large as `fleetSize`.
 *
 * The load balancers are named `<name>` and `<name>-<canary>`: at most 24 characters, as AWS takes 32 and Pulumi
 * appends 8.
 */
export class CanaryFleet extends pulumi.ComponentResource {
  /** By variant, the DNS name of its load balancer; the primary's is the app's. */
  readonly loadBalancers: Readonly<Record<string, pulumi.Output<string>>>;
  /** The primary's group: what a scaling policy is to act on. */
  readonly primaryGroup: Group;
  /** By variant, its weight as asked and as the number of instances makes it. */
  readonly weights: Readonly<Record<string, NominalWeight>>;

  constructor(name: string, args: CanaryFleetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("canary-traffic:aws:CanaryFleet", name, {}, opts);
    const split = new TrafficSplit(args.canaries);
    const [primaryPlan, ...canaryPlans] = planGroups(split, args);
    const security = this.#makeSecurity(name, args);

    const main = this.#makeLoadBalancer(name, args, security);
    this.#makeRecord(name, args.host, main, args);

    const canaries = zip(args.canaries, canaryPlans).map(([canary, plan]) => {
      const childName = `${name}-${canary.name}`;
      const own = this.#makeLoadBalancer(childName, args, security);
      if (canary.host !== undefined) this.#makeRecord(childName, canary.host, own, args);
      const tags = { app: name, track: "canary" } as const;
      const spec = { tags, amiId: canary.amiId, plan, main, own, dependsOn: security.rules };
      return { name: canary.name, own, group: this.#makeGroup(childName, spec, args, security) };
    });

    const tags = { app: name, track: "primary" } as const;
    const dependsOn = [...security.rules, ...canaries.map(({ group }) => group)];
    const primary = { tags, amiId: args.amiId, plan: primaryPlan, main, own: main, dependsOn };
    this.primaryGroup = this.#makeGroup(name, primary, args, security);

    this.weights = nominalWeights(split, args);
    this.loadBalancers = {
      primary: main.dnsName,
      ...Object.fromEntries(canaries.map(({ name, own }) => [name, own.dnsName])),
    };
    this.registerOutputs({ loadBalancers: this.loadBalancers });
  }

  #makeSecurity(name: string, args: CanaryFleetArgs): Security {
    const spec = { vpcId: args.vpcId, port: args.port, publicPorts: publicPorts(args.certificateArn) };
    return makeSecurity(name, spec, args.transform ?? {}, { parent: this }, args.protect);
  }

  #makeLoadBalancer(name: string, args: CanaryFleetArgs, { loadBalancerGroup }: Security): LoadBalancer {
    const spec = loadBalancerArgs({ ...args, securityGroupId: loadBalancerGroup.id });
    const { protect, transform } = args;
    return new LoadBalancer(name, transformed(spec, transform?.loadBalancer), { parent: this, protect });
  }

  #makeRecord(name: string, host: string, { dnsName }: LoadBalancer, args: CanaryFleetArgs): void {
    const { zoneId, dnsTtl, protect, transform } = args;
    const spec = recordArgs({ host, loadBalancerDnsName: dnsName, zoneId, ttl: dnsTtl });
    new DnsRecord(name, transformed(spec, transform?.record), { parent: this, protect });
  }

  #makeGroup(name: string, variant: VariantSpec, args: CanaryFleetArgs, { instanceGroup }: Security): Group {
    const { tags, amiId, plan, main, own, dependsOn } = variant;
    const { instanceType, publicSubnetIds, healthCheckGracePeriod, protect, transform } = args;
    const instances = launchTemplateArgs({ amiId, instanceType, securityGroupId: instanceGroup.id });
    const launchTemplate = new LaunchTemplate(name, transformed(instances, transform?.launchTemplate), {
      parent: this,
    });
    const group = groupArgs({
      plan,
      launchTemplate,
      loadBalancers: { main: main.name, own: own.name },
      publicSubnetIds,
      healthCheckGracePeriod,
      tags: { Name: name, ...tags },
    });
    const change = tags.track === "primary" ? transform?.primaryGroup : transform?.canaryGroup;
    return new Group(name, transformed(group, change), { parent: this, dependsOn, protect });
  }
}

/** Each of `as` with its counterpart in `bs`, which has as many. */
function zip<A, B>(as: readonly A[], bs: readonly B[]): [A, B][] {
  return as.map((a, i) => [a, bs[i] as B]);
}

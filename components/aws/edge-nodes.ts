import { Group, type GroupArgs } from "@pulumi/aws/autoscaling/group";
import { LifecycleHook, type LifecycleHookArgs } from "@pulumi/aws/autoscaling/lifecycleHook";
import { LaunchTemplate, type LaunchTemplateArgs } from "@pulumi/aws/ec2/launchTemplate";
import { Record as DnsRecord, type RecordArgs } from "@pulumi/aws/route53/record";
import * as pulumi from "@pulumi/pulumi";
import { type Complete, withDefaults } from "../defaults";
import { type Transforms, transformed } from "../transform";
import { type Bootstrap, userData } from "./bootstrap";
import { eksTags } from "./bootstrap/eks";
import { EDGE_DEFAULTS, mostInstances } from "./defaults";
import { type DnsZone, dnsWeights, recordArgs } from "./dns";
import { type DnsHealthChildren, makeHealthCheck } from "./dns-health";
import {
  drainHookArgs,
  type EdgeGroupPlan,
  edgeGroupArgs,
  edgeTemplateArgs,
  planEdgeGroups,
} from "./edge-group";
import {
  type EdgeLoadBalancer,
  type EdgeLoadBalancerChildren,
  type EdgeLoadBalancerSpec,
  makeEdgeLoadBalancer,
} from "./edge-load-balancer";
import { type EdgeProfile, type EdgeProfileChildren, makeEdgeProfile } from "./edge-profile";
import { type EdgeSecurity, type EdgeSecurityChildren, makeEdgeSecurity } from "./edge-security";
import type { RootBlockDevice } from "./launch-template";
import { type OwnTags, withTags } from "./tags";

/** A host name that leads to the edge nodes, and the name of its record, as a fleet names its own. */
export interface EdgeHost {
  readonly name: string;
  readonly host: string;
}

/** The args of each kind of child, for `transform`. */
export interface EdgeNodesChildren
  extends EdgeSecurityChildren,
    EdgeLoadBalancerChildren,
    EdgeProfileChildren,
    DnsHealthChildren {
  launchTemplate: LaunchTemplateArgs;
  group: GroupArgs;
  drainHook: LifecycleHookArgs;
  record: RecordArgs;
}

export interface EdgeNodesArgs
  extends Omit<EdgeLoadBalancerSpec, "loadBalancer" | "internal" | "drainingTimeout">,
    Omit<DnsZone, "dnsTtl"> {
  /**
   * `nlb`: nodes see the client's address. `classic`: they see the load balancer's.
   *
   * @default "nlb"
   * @example "classic"
   */
  readonly loadBalancer?: EdgeLoadBalancerSpec["loadBalancer"];
  /**
   * Seconds that connections get to end when a node leaves, 1 to 3600.
   *
   * @default 60
   * @example 120
   */
  readonly drainingTimeout?: number;
  /**
   * Seconds that DNS answers may be kept.
   *
   * @default 60
   * @example 30
   */
  readonly dnsTtl?: number;
  /**
   * The host names of all apps and of their canaries.
   *
   * @default none
   * @example [{ name: "shop", host: "shop.example.com" }]
   */
  readonly hosts?: readonly EdgeHost[];
  /**
   * Weight of the records beside those of another side, 0 to 255; alone in their names they get all requests.
   *
   * @default alone in their names
   * @example 128
   */
  readonly dnsWeight?: number;
  /**
   * Subnets of the load balancer, of two availability zones at least; public ones, unless `internal`.
   *
   * @example ["subnet-0a1b2c3d4e5f60718", "subnet-0b1c2d3e4f5061728"]
   */
  readonly publicSubnetIds: pulumi.Input<string>[];
  /**
   * Subnets of the nodes, such as private ones with a way out; of the availability zones of `publicSubnetIds`.
   *
   * @default `publicSubnetIds`
   * @example ["subnet-0c1d2e3f405162738", "subnet-0d1e2f3041526374a"]
   */
  readonly instanceSubnetIds?: pulumi.Input<string>[] | undefined;
  /**
   * Whether the load balancer has private addresses alone; `publicSubnetIds` may then be private ones.
   *
   * @default false
   * @example true
   */
  readonly internal?: boolean;
  /**
   * What the two groups are for: a zone each, or on-demand nodes and spot nodes.
   *
   * @default "zones"
   * @example "spot"
   */
  readonly groups?: "zones" | "spot";
  /**
   * Nodes that each group has at least.
   *
   * @default 1
   * @example 2
   */
  readonly minSize?: number;
  /**
   * Nodes that a scaling policy may grow each group to.
   *
   * @default twice `minSize`
   * @example 6
   */
  readonly maxSize?: number;
  /**
   * Machine image, or `resolve:ssm:` and the name of a parameter that holds it.
   *
   * @example "ami-0a1b2c3d4e5f60718"
   */
  readonly amiId: pulumi.Input<string>;
  /**
   * The root volume of the nodes: `deviceName`, `volumeSize` in GiB, `kmsKeyId`.
   *
   * @default `/dev/xvda`, as in Amazon Linux images, of the image's size, encrypted by the account's default key
   * @example { deviceName: "/dev/sda1", volumeSize: 50 }
   */
  readonly rootBlockDevice?: RootBlockDevice | undefined;
  /**
   * Type of the instances.
   *
   * @default "t3.medium"
   * @example "m7i.large"
   */
  readonly instanceType?: pulumi.Input<string>;
  /**
   * The cluster that the nodes join.
   *
   * @example { kind: "k3s", endpoint: "https://10.0.0.1:6443", tokenArn: "arn:aws:ssm:eu-west-1:123456789012:parameter/edge/join-token" }
   */
  readonly bootstrap: Bootstrap;
  /**
   * The cluster's own security groups, by which kubelets and the pods' network are reached.
   *
   * @example ["sg-0a1b2c3d4e5f60718"]
   */
  readonly clusterSecurityGroupIds: readonly pulumi.Input<string>[];
  /**
   * Tags of all that is made of it, instances with their volumes included, at most 45; groups keep those of their own.
   *
   * @default none
   * @example { "cost-center": "shop" }
   */
  readonly tags?: OwnTags | undefined;
  /**
   * Whether Pulumi refuses to delete or replace load balancer, groups, security groups and records.
   *
   * @default false
   * @example true
   */
  readonly protect?: boolean;
  /**
   * Changes to the args of children, by kind.
   *
   * @default none
   * @example { launchTemplate: (args) => ({ ...args, ebsOptimized: "true" }) }
   */
  readonly transform?: Transforms<EdgeNodesChildren>;
}

/** Args with all that has a default. */
type CompleteArgs = Complete<EdgeNodesArgs, keyof typeof EDGE_DEFAULTS | "hosts" | "dnsWeight" | "maxSize">;

function completed(args: EdgeNodesArgs): CompleteArgs {
  const { minSize = EDGE_DEFAULTS.minSize } = args;
  const { kubernetes: dnsWeight } = dnsWeights(100);
  return withDefaults(args, { ...EDGE_DEFAULTS, hosts: [], dnsWeight, maxSize: mostInstances(minSize) });
}

/**
 * The nodes that take outside traffic into a cluster: two Auto Scaling groups behind one load balancer, and the DNS records
 * of all apps, which come once the nodes answer. What serves on the nodes is Traefik's DaemonSet, which must come from
 * elsewhere in the same update or be there already.
 *
 * A node ends in four steps: its group takes it out of the load balancer, which gives connections `drainingTimeout` seconds;
 * a lifecycle hook waits; the machine is told to shut down; its kubelet holds that up while Traefik ends.
 *
 * @example
 * ```typescript
 * const edge = new EdgeNodes("edge", {
 *   hosts: [{ name: "shop", host: "shop.example.com" }],
 *   zoneId: "Z0123456789ABCDEFGHIJ",
 *   vpcId: "vpc-0a1b2c3d4e5f60718",
 *   publicSubnetIds: ["subnet-0a1b2c3d4e5f60718", "subnet-0b1c2d3e4f5061728"],
 *   amiId: "ami-0c1d2e3f405162738",
 *   clusterSecurityGroupIds: ["sg-0a1b2c3d4e5f60718"],
 *   bootstrap: {
 *     kind: "k3s",
 *     endpoint: "https://10.0.0.1:6443",
 *     tokenArn: "arn:aws:ssm:eu-west-1:123456789012:parameter/edge/join-token",
 *   },
 * });
 * ```
 */
export class EdgeNodes extends pulumi.ComponentResource {
  /** DNS name of the load balancer. */
  readonly dnsName: pulumi.Output<string>;
  private readonly args: CompleteArgs;

  constructor(
    private readonly name: string,
    given: EdgeNodesArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("canary-traffic:aws:EdgeNodes", name, {}, withTags(given.tags, opts));
    this.args = completed(given);
    const { args } = this;
    const { transform = {}, protect = false } = args;
    const security = makeEdgeSecurity(name, args.vpcId, transform, { parent: this }, protect);
    const profile = makeEdgeProfile(name, args.bootstrap, transform, { parent: this });
    const loadBalancer = makeEdgeLoadBalancer(name, args, security.loadBalancerGroup.id, transform, {
      parent: this,
      protect,
    });
    const { instanceSubnetIds: subnetIds = args.publicSubnetIds } = args;
    const groups = planEdgeGroups(args.groups, subnetIds).map((plan) =>
      this.makeGroup(plan, security, profile, loadBalancer),
    );
    this.makeRecords(loadBalancer, groups);
    this.dnsName = pulumi.output(loadBalancer.dnsName);
    this.registerOutputs({ dnsName: this.dnsName });
  }

  private makeGroup(
    plan: EdgeGroupPlan,
    { nodeGroup, rules }: EdgeSecurity,
    { profile, permissions }: EdgeProfile,
    { attachment, listeners }: EdgeLoadBalancer,
  ): Group {
    const { bootstrap, clusterSecurityGroupIds, drainingTimeout, transform, protect } = this.args;
    const groupName = `${this.name}-${plan.name}`;
    const template = edgeTemplateArgs({
      ...this.args,
      securityGroupIds: [nodeGroup.id, ...clusterSecurityGroupIds],
      profileArn: profile.arn,
      userData: userData(bootstrap),
      purchase: plan.purchase,
    });
    const launchTemplate = new LaunchTemplate(groupName, transformed(template, transform?.launchTemplate), {
      parent: this,
    });
    const tags = { Name: groupName, ...(bootstrap.kind === "eks" && eksTags(bootstrap)) };
    const args = edgeGroupArgs({ ...this.args, plan, launchTemplate, attachment, tags });
    const group = new Group(groupName, transformed(args, transform?.group), {
      parent: this,
      protect,
      dependsOn: [...rules, ...permissions, ...listeners],
    });
    const hook = drainHookArgs(group.name, drainingTimeout);
    new LifecycleHook(`${groupName}-drain`, transformed(hook, transform?.drainHook), { parent: this });
    return group;
  }

  private makeRecords(loadBalancer: EdgeLoadBalancer, dependsOn: Group[]): void {
    const { hosts, dnsWeight, transform = {}, protect } = this.args;
    const check = makeHealthCheck(this.name, loadBalancer.health, transform, { parent: this });
    for (const { name, host } of hosts) {
      const spec = { ...this.args, host, target: loadBalancer, healthCheckId: check.id };
      const args = recordArgs({ ...spec, side: "kubernetes", weight: dnsWeight });
      new DnsRecord(`${this.name}-${name}`, transformed(args, transform.record), {
        parent: this,
        dependsOn,
        protect,
      });
    }
  }
}

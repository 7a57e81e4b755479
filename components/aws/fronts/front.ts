/** What every kind of load balancer in front of an app's groups is: one object in a file of its own, which the registry here lists. */
import type * as pulumi from "@pulumi/pulumi";
import type { Refusal } from "../../fields";
import type { TrafficSplit } from "../../traffic";
import type { DnsTarget } from "../dns";
import type { ExistingKey } from "../existing";
import type { FixedBounds, GroupBounds, GroupSizes } from "../group-plan";
import type { FleetHealthCheck } from "../health-check";
import type { TargetTracking } from "../target-tracking";
import type { BalancerMetrics } from "./metrics";

/** Settings of `aws` that some kinds take and others do not. */
export interface FrontSettings {
  /** Seconds that a connection may be idle, 1 to 4000. */
  readonly idleTimeout: number;
  /** Whether port 80 answers with a redirect to port 443; needs a certificate. */
  readonly redirectToHttps: boolean;
  /** Seconds that a client stays with the variant it first met, 1 to 604800; default not at all. */
  readonly stickiness?: number | undefined;
  /** Seconds in which a new instance's share of requests grows to the full, 30 to 900; default at once. */
  readonly slowStart?: number | undefined;
  /** Whether headers with names that HTTP does not allow are dropped, and requests that servers read in two ways are told apart. */
  readonly strictHttp: boolean;
}

/** The settings by which one kind is checked. */
export interface CheckedSettings {
  readonly accessLogsBucket?: string | undefined;
  readonly certificateArn?: string | undefined;
  readonly healthCheck?: FleetHealthCheck | undefined;
  readonly targetTracking?: TargetTracking | undefined;
}

/** What a shift changes of AWS's, as it is to be. */
export interface Shifted {
  /** Name of a group, ARN of a listener. */
  readonly id: string;
  /** As the provider takes them, with AWS's own ids. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Instances that a group wants now. */
  readonly size: number;
  /** Names of the classic load balancers that a group is attached to now. */
  readonly attached: readonly string[];
}

/** One kind of load balancer: all that is particular to it. `makers` beside it makes what the kind stands for. */
export interface FrontKind {
  /** What splits the traffic, as previews name it. */
  readonly label: string;
  /** Which of the settings it takes. */
  readonly takes: readonly (keyof FrontSettings)[];
  /** The setting that sizes canaries behind it. */
  readonly sizedBy: "canaryMin" | "canarySize";
  /** What it does not allow of the settings. Keys are those below `aws`. */
  problems(settings: CheckedSettings): readonly Refusal[];
  /** Whether AWS counts its requests by target group. */
  readonly countsByTarget: boolean;
  /** Canaries that an app may have at most, and why no more; undefined if there is no bound. */
  readonly bound: { readonly canaries: number; readonly reason: string } | undefined;
  /** Whether numbers of instances make the weights, so that a shift moves instances. */
  readonly byInstances: boolean;
  /** Sizes of all groups, in the order of `split.variants`. */
  sizes(split: TrafficSplit, bounds: GroupBounds & FixedBounds): [GroupSizes, ...GroupSizes[]];
  /** What the weights come to, in percent and in the order of `split.variants`. */
  effective(split: TrafficSplit, bounds: Pick<GroupBounds, "fleetSize" | "canaryMin">): number[];
  /** What a shift does, by the AWS CLI: each command's words after `aws`, and what to wait for before the next one. */
  byHand(shifted: Shifted): readonly { readonly words: readonly string[]; readonly wait?: string }[];
  /** Type of its load balancers, and those of all that it makes. */
  readonly balancerType: string;
  readonly types: readonly string[];
  /** Types of what a shift changes. */
  readonly shiftedTypes: readonly string[];
  /**
   * The longest name of what it makes for a canary.
   *
   * @param name that of the canary's group
   * @param isHosted whether the canary has a host of its own
   */
  longestName(name: string, isHosted: boolean): string;
  /** `Type` of its load balancers in AWS's API; undefined for the API of classic ones, which has no types. */
  readonly apiType: string | undefined;
  /** What CloudWatch counts of it. */
  readonly metrics: BalancerMetrics;
  /** How it takes fleets that others make. */
  readonly existing: ExistingKind;
}

/** What the setting `existing` says of fleets behind one kind. */
export interface ExistingKind {
  /** What it needs. */
  readonly needs: readonly ExistingKey[];
  /** Keys that it also takes. */
  readonly takes: readonly ExistingKey[];
  /** Settings of `aws` that reach such fleets. */
  readonly reads: readonly string[];
  /** Whether apps can share a listener or load balancer. */
  readonly isShared: boolean;
  /** Host names that an app may have at most, and why no more; undefined if there is no bound. */
  readonly hosts?: { readonly most: number; readonly reason: string };
}

/** What a variant's group is attached to: names of classic load balancers, ARNs of target groups. */
export interface Attachment {
  readonly loadBalancers: readonly pulumi.Input<string>[];
  readonly targetGroupArns: readonly pulumi.Input<string>[];
}

/** A resource of AWS's as other stacks refer to it. */
export interface Reference {
  readonly name: pulumi.Input<string>;
  readonly arn: pulumi.Input<string>;
}

/** The load balancers of one kind in front of an app's groups. */
export interface Front {
  /** By variant, the load balancer that leads to it. A canary without a host may have none. */
  readonly targets: Readonly<Record<string, DnsTarget & Reference>>;
  /** By variant, the target group by which it has its share of the app's requests, of kinds that have any. */
  readonly targetGroups: Readonly<Record<string, Reference>>;
  /** By variant, what its group is attached to. */
  readonly attachments: Readonly<Record<string, Attachment>>;
  /** Without these no instance can become healthy: a target group outside all listeners is not checked. */
  readonly listeners: readonly pulumi.Resource[];
}

/** Ports that the world reaches: 80, and 443 if there is a certificate. */
export function publicPorts(certificateArn: pulumi.Input<string> | undefined): number[] {
  return certificateArn === undefined ? [80] : [80, 443];
}

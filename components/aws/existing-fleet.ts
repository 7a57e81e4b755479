import { Group } from "@pulumi/aws/autoscaling/group";
import { Listener } from "@pulumi/aws/lb/listener";
import { ListenerRule } from "@pulumi/aws/lb/listenerRule";
import * as pulumi from "@pulumi/pulumi";
import { TrafficSplit, type Variant, variantName } from "../traffic";
import { balancerOfListener, type Existing, listenerId, nameInArn } from "./existing";
import { type FrontName, fronts, frontWeights, type NominalWeight, type Reference } from "./fronts";
import { weightedGroups } from "./fronts/listener-children";
import { type GroupBounds, planGroups } from "./group-plan";
import { leftAsIs } from "./left-as-is";
import type { OwnTags } from "./tags";
import { fleetTypes } from "./types";

export interface ExistingFleetArgs extends GroupBounds {
  readonly loadBalancer: FrontName;
  /** What others made, as that kind of load balancer needs it. */
  readonly existing: Existing;
  /** Host names of the app's, the first one its own. */
  readonly hosts: readonly string[];
  readonly canaries: readonly Variant[];
  /** Seconds that a client stays with the variant it first met, behind an ALB; default not at all. */
  readonly stickiness?: number | undefined;
  /** Of an ALB's rules; default none. */
  readonly tags?: OwnTags | undefined;
  /** Whether Pulumi refuses to delete what carries the weights, or to forget it. */
  readonly protect: boolean;
}

/** What such a fleet is made of, as other stacks refer to it. */
interface ExistingReferences {
  /** By variant. The ARN of a classic load balancer is not known. */
  readonly loadBalancers: Readonly<Record<string, { readonly name: string; readonly arn?: string }>>;
  /** By variant; none behind classic load balancers. */
  readonly targetGroups: Readonly<Record<string, { readonly name: string; readonly arn: string }>>;
  /** By variant, behind classic load balancers alone. */
  readonly groups: Readonly<Record<string, Reference>>;
}

/**
 * An app on EC2 whose fleet others make: it has what carries the weights, and no more.
 *
 * - Behind an ALB: a rule of its own on each listener. Without it the listener does what it did before.
 * - Behind an NLB: the default actions of its listeners.
 * - Behind classic load balancers: sizes and attachments of its groups, as `planGroups` has them. The primary's group comes
 *   after the canaries', as in a `CanaryFleet`.
 *
 * Listeners and groups are imported, and never deleted: whoever leaves them out forgets them.
 */
export class ExistingFleet extends pulumi.ComponentResource {
  readonly references: ExistingReferences;
  /** By variant, its weight as asked and as the router makes it. */
  readonly weights: Readonly<Record<string, NominalWeight>>;

  constructor(name: string, args: ExistingFleetArgs, opts?: pulumi.ComponentResourceOptions) {
    super(fleetTypes.existing, name, {}, opts);
    const { loadBalancer, existing } = args;
    const split = new TrafficSplit(args.canaries);
    const groups = carriers[loadBalancer](name, split, args, { parent: this, protect: args.protect });
    this.references = { ...named(existing), groups };
    this.weights = frontWeights(fronts[loadBalancer], split, args);
    this.registerOutputs({ existing });
  }
}

/** Makes or takes over what carries the weights. Answers the groups among it, by variant. */
type Carrier = (
  name: string,
  split: TrafficSplit,
  args: ExistingFleetArgs,
  opts: pulumi.CustomResourceOptions,
) => ExistingReferences["groups"];

const carriers: Readonly<Record<FrontName, Carrier>> = { alb: rules, nlb: listeners, classic: groups };

function rules(
  name: string,
  split: TrafficSplit,
  { existing, hosts, stickiness, tags }: ExistingFleetArgs,
  opts: pulumi.CustomResourceOptions,
): ExistingReferences["groups"] {
  const { listenerArns = [], priority } = existing;
  const forward = {
    targetGroups: weightsOf(split, existing),
    // A block that is left out changes nothing: it has to say that it is off.
    stickiness: { enabled: stickiness !== undefined, duration: stickiness ?? 1 },
  };
  for (const listenerArn of listenerArns) {
    const spec = {
      listenerArn,
      ...(priority !== undefined && { priority }),
      conditions: [{ hostHeader: { values: [...hosts] } }],
      actions: [{ type: "forward", forward }],
      ...(tags && { tags }),
    };
    new ListenerRule(`${name}-${listenerId(listenerArn)}`, spec, opts);
  }
  return {};
}

function listeners(
  name: string,
  split: TrafficSplit,
  { existing }: ExistingFleetArgs,
  opts: pulumi.CustomResourceOptions,
): ExistingReferences["groups"] {
  const forward = { targetGroups: weightsOf(split, existing) };
  for (const arn of existing.listenerArns ?? []) {
    const spec = {
      loadBalancerArn: balancerOfListener(arn),
      defaultActions: [{ type: "forward", forward }],
    };
    const theirs = { import: arn, ignoreChanges: [...leftAsIs.listener], retainOnDelete: true };
    new Listener(`${name}-${listenerId(arn)}`, spec, { ...opts, ...theirs });
  }
  return {};
}

function groups(
  app: string,
  split: TrafficSplit,
  { existing, ...bounds }: ExistingFleetArgs,
  opts: pulumi.CustomResourceOptions,
): ExistingReferences["groups"] {
  const { groups: names = {}, loadBalancers = {} } = existing;
  const plans = planGroups(split, bounds);
  const takeOver = ({ name: variant }: Variant, i: number, dependsOn: readonly Group[] = []): Group => {
    const [id, plan] = [names[variant], plans[i]];
    if (id === undefined || plan === undefined) throw new TypeError(`no group of ${variant}`);
    const attached = plan.loadBalancers.map((which) => (which === "main" ? "primary" : variant));
    const spec = {
      ...plan.sizes,
      name: id,
      loadBalancers: attached.flatMap((whose) => loadBalancers[whose] ?? []),
    };
    const theirs = { import: id, ignoreChanges: [...leftAsIs.group], retainOnDelete: true };
    return new Group(variantName(app, variant), spec, { ...opts, ...theirs, dependsOn: [...dependsOn] });
  };
  const canaries = split.canaries.map((canary, i) => takeOver(canary, i + 1));
  const all = [takeOver(split.primary, 0, canaries), ...canaries];
  return Object.fromEntries(
    split.variants.flatMap(({ name: variant }, i) =>
      all.slice(i, i + 1).map(({ name, arn }) => [variant, { name, arn }]),
    ),
  );
}

const weightsOf = (split: TrafficSplit, { targetGroupArns = {} }: Existing) =>
  weightedGroups(
    split,
    split.variants.map(({ name }) => targetGroupArns[name] ?? ""),
  );

const named = (existing: Existing): Pick<ExistingReferences, "loadBalancers" | "targetGroups"> => {
  const { listenerArns: [listener] = [], targetGroupArns = {}, loadBalancers = {} } = existing;
  const ofArn = (arn: string) => ({ name: nameInArn(arn), arn });
  return {
    loadBalancers:
      listener === undefined
        ? Object.fromEntries(Object.entries(loadBalancers).map(([variant, name]) => [variant, { name }]))
        : { primary: ofArn(balancerOfListener(listener)) },
    targetGroups: Object.fromEntries(
      Object.entries(targetGroupArns).map(([variant, arn]) => [variant, ofArn(arn)]),
    ),
  };
};

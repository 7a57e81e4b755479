/** A stack's resources on AWS, read back. */

import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { Shifted } from "../components/aws/fronts";
import { awsTypes, fleetTypes } from "../components/aws/types";
import { effectiveWeights, variantName } from "../components/traffic";
import type { ResourceState } from "../offline/state";
import type { Properties } from "../offline/values";
import { type Account, sameHost } from "./account";
import { balancerOf, type Declared, type DeclaredApp } from "./declared";
import { findExisting } from "./existing";
import { liveRoute } from "./listeners";
import { isNamed, sharesSubnet, targetGroupWeights, texts } from "./matching";
import { type Fact, fact, type Observations } from "./report";
import { hasStandIn, resolved } from "./stand-ins";

/** Some of these is in every stack that has anything which is read here. */
const READ: readonly string[] = [
  ...[awsTypes.group, awsTypes.classicLoadBalancer, awsTypes.loadBalancer, awsTypes.record],
  fleetTypes.existing,
];

/** Whether the stack has anything that is read here. */
export const isOnAws = ({ resources }: Declared): boolean =>
  resources.some(({ type }) => READ.includes(type));

/** A declared resource and what AWS has under its name. */
interface Found<Live> {
  readonly state: ResourceState;
  readonly live: Live;
}

/** What AWS has of one type. */
interface Sought<Live> {
  /** For people. */
  readonly kind: string;
  all(): Promise<Live[]>;
  nameOf(live: Live): string | undefined;
  /** If its id in a state is no name. */
  arnOf?(live: Live): string | undefined;
  /** Whether it is in the declared resource's network. */
  isHere(state: ResourceState, live: Live): boolean;
}

export async function observeAws(declared: Declared, account: Account): Promise<Observations> {
  return new Observer(declared, account).observe();
}

/** Finds declared groups and listeners in AWS. Answers undefined for one that is not there. @throws StatusError */
export async function locate(
  declared: Declared,
  account: Account,
): Promise<(state: ResourceState) => Promise<Shifted | undefined>> {
  return new Observer(declared, account).locate();
}

class Observer {
  private readonly facts: Fact[] = [];
  /** Outputs of what was found, for the inputs of what takes them. */
  private readonly outputs = new Map<string, Properties>();
  /** Logical names of load balancers and target groups by their names and ARNs in AWS. */
  private readonly names = new Map<string, string>();
  /** Names of classic load balancers in AWS by the names that the program's evaluation made up. */
  private readonly liveNames = new Map<string, string>();
  private readonly inService = new Map<string, ReadonlySet<string>>();
  /** Names of the classic load balancers that others made, by app. */
  private mains: ReadonlyMap<string, string> = new Map();
  private groups: Found<AutoScalingGroup>[] = [];
  private readonly weights: Record<string, Record<string, number>> = {};

  constructor(
    private readonly declared: Declared,
    private readonly account: Account,
  ) {}

  async observe(): Promise<Observations> {
    await this.findClassic();
    await this.findBalancers();
    await this.findTargetGroups();
    await this.findExisting();
    await this.readGroups();
    await this.readTargets();
    await this.readListeners();
    await this.readRecords();
    for (const app of this.declared.apps) this.weighInstances(app);
    return { side: "elb", facts: this.facts, weights: this.weights, unseen: this.unseen() };
  }

  async locate(): Promise<(state: ResourceState) => Promise<Shifted | undefined>> {
    await this.findClassic();
    await this.findBalancers();
    await this.findTargetGroups();
    await this.readGroups();
    return async (state) => {
      const inputs = resolved(state, this.outputs);
      const loadBalancers = texts(inputs.loadBalancers).map((name) => this.liveNames.get(name) ?? name);
      const group = this.groups.find((found) => found.state.urn === state.urn)?.live;
      if (group !== undefined) {
        const { AutoScalingGroupName: id = "", DesiredCapacity: size = 0, LoadBalancerNames = [] } = group;
        return { id, size, attached: LoadBalancerNames, inputs: { ...inputs, loadBalancers } };
      }
      const live = await liveRoute({ ...state, inputs }, this.idOf(state), this.account);
      return live && { id: live.id, size: 0, attached: [], inputs };
    };
  }

  private of(...types: readonly string[]): ResourceState[] {
    return this.declared.resources.filter(({ type }) => types.includes(type));
  }

  /** The id by which a resource is known in AWS; undefined if that is its name. */
  private idOf({ urn, importId }: ResourceState): string | undefined {
    return this.declared.ids?.get(urn) ?? importId;
  }

  private async findClassic(): Promise<void> {
    const found = await this.find(awsTypes.classicLoadBalancer, {
      kind: "load balancer",
      all: () => this.account.classicLoadBalancers(),
      nameOf: (live) => live.LoadBalancerName,
      isHere: (state, live) => sharesSubnet(state, live.Subnets),
    });
    for (const { state, live } of found) {
      const { LoadBalancerName: name = "", DNSName = "" } = live;
      this.names.set(name, state.name);
      this.liveNames.set(String(state.inputs.name), name);
      this.outputs.set(state.urn, { name, id: name, dnsName: DNSName });
      this.inService.set(name, await this.account.inService(name));
    }
  }

  private async findBalancers(): Promise<void> {
    const found = await this.find(awsTypes.loadBalancer, {
      kind: "load balancer",
      all: () => this.account.loadBalancers(),
      nameOf: (live) => live.LoadBalancerName,
      arnOf: (live) => live.LoadBalancerArn,
      isHere: (state, { AvailabilityZones: zones }) =>
        sharesSubnet(
          state,
          zones?.map(({ SubnetId = "" }) => SubnetId),
        ),
    });
    for (const { state, live } of found) {
      const { LoadBalancerArn: arn = "", DNSName = "" } = live;
      this.names.set(arn, state.name);
      this.outputs.set(state.urn, { arn, id: arn, dnsName: DNSName });
    }
  }

  private async findTargetGroups(): Promise<void> {
    const found = await this.find(awsTypes.targetGroup, {
      kind: "target group",
      all: () => this.account.targetGroups(),
      nameOf: (live) => live.TargetGroupName,
      arnOf: (live) => live.TargetGroupArn,
      isHere: (state, live) => state.inputs.vpcId === live.VpcId,
    });
    for (const { state, live } of found) {
      const { TargetGroupArn: arn = "" } = live;
      this.names.set(arn, state.name);
      this.outputs.set(state.urn, { arn, id: arn });
    }
  }

  private async findExisting(): Promise<void> {
    const { resources, apps } = this.declared;
    const { facts, names, inService, mains } = await findExisting(resources, apps, this.account);
    this.facts.push(...facts);
    for (const [arn, name] of names) this.names.set(arn, name);
    for (const [name, ids] of inService) this.inService.set(name, ids);
    this.mains = mains;
  }

  private async readGroups(): Promise<void> {
    this.groups = await this.find(awsTypes.group, {
      kind: "group",
      all: () => this.account.groups(),
      nameOf: (live) => live.AutoScalingGroupName,
      isHere: (state, live) => sharesSubnet(state, live.VPCZoneIdentifier?.split(",")),
    });
    for (const { state, live } of this.groups) this.groupFacts(state, live);
  }

  private groupFacts(state: ResourceState, live: AutoScalingGroup): void {
    const what = `group ${state.name}`;
    const { minSize, maxSize, desiredCapacity, loadBalancers, targetGroupArns } = resolved(
      state,
      this.outputs,
    );
    const { MinSize, MaxSize, DesiredCapacity = 0 } = live;
    this.facts.push(
      fact(`${what}: smallest and largest size`, `${minSize}, ${maxSize}`, `${MinSize}, ${MaxSize}`),
    );
    if (desiredCapacity !== undefined) {
      this.facts.push(fact(`${what}: instances wanted`, String(desiredCapacity), DesiredCapacity));
    }
    const attached = [
      ...texts(loadBalancers).map((name) => this.liveNames.get(name) ?? name),
      ...texts(targetGroupArns),
    ];
    const found = [...(live.LoadBalancerNames ?? []), ...(live.TargetGroupARNs ?? [])];
    this.facts.push(fact(`${what}: attached to`, this.listed(attached), this.listed(found)));
    for (const name of live.LoadBalancerNames ?? []) {
      const serving = this.serving(live, name);
      const at = this.names.get(name) ?? name;
      this.facts.push(fact(`${what}: in service at load balancer ${at}`, DesiredCapacity, serving));
    }
  }

  /** How many of the group's instances a classic load balancer sends requests to. */
  private serving({ Instances = [] }: AutoScalingGroup, loadBalancer: string): number {
    const serving = this.inService.get(loadBalancer);
    return Instances.filter(({ InstanceId = "" }) => serving?.has(InstanceId)).length;
  }

  private async readTargets(): Promise<void> {
    for (const { name, urn } of this.of(awsTypes.targetGroup)) {
      const arn = this.outputs.get(urn)?.arn;
      if (typeof arn !== "string") continue;
      const targets = await this.account.targets(arn);
      const healthy = targets.filter(({ TargetHealth }) => TargetHealth?.State === "healthy").length;
      const wanted = this.groups
        .filter(({ live }) => live.TargetGroupARNs?.includes(arn))
        .reduce((sum, { live }) => sum + (live.DesiredCapacity ?? 0), 0);
      this.facts.push(fact(`target group ${name}: healthy targets`, wanted, healthy));
    }
  }

  private async readListeners(): Promise<void> {
    for (const state of this.of(awsTypes.listener, awsTypes.listenerRule)) {
      const inputs = resolved(state, this.outputs);
      const asked = targetGroupWeights(inputs.actions ?? inputs.defaultActions);
      if (asked.size === 0) continue;
      const what = `${state.type === awsTypes.listener ? "listener" : "rule"} ${state.name}`;
      const live = await liveRoute({ ...state, inputs }, this.idOf(state), this.account);
      if (live === undefined) {
        this.facts.push(fact(what, inputs.port === undefined ? "one" : `on port ${inputs.port}`, undefined));
        continue;
      }
      const tuples = live.actions.flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? []);
      const observed = new Map(tuples.map(({ TargetGroupArn = "", Weight = 1 }) => [TargetGroupArn, Weight]));
      for (const arn of new Set([...asked.keys(), ...observed.keys()])) {
        const group = `${what}: weight of target group ${this.names.get(arn) ?? arn}`;
        this.facts.push(fact(group, asked.get(arn) ?? "none", observed.get(arn)));
      }
      if (live.hiddenBy !== undefined)
        this.facts.push(
          fact(`${what}: a rule before it that takes its hosts`, "none", `priority ${live.hiddenBy}`),
        );
      this.weighListener(observed);
    }
  }

  /** An app's observed weights, from the first of its listeners. */
  private weighListener(observed: ReadonlyMap<string, number>): void {
    const byName = new Map([...observed].map(([arn, weight]) => [this.names.get(arn) ?? arn, weight]));
    for (const { name, router, weights } of this.declared.apps) {
      if (balancerOf({ router })?.byInstances !== false || this.weights[name] !== undefined) continue;
      const parts = weights.map(([variant]) => byName.get(variantName(name, variant)));
      if (parts.every((part) => part === undefined)) continue;
      this.weigh(
        name,
        weights,
        parts.map((part) => part ?? 0),
      );
    }
  }

  /** An app's observed weights, from the instances that its classic load balancer sends requests to. */
  private weighInstances({ name, router, weights }: DeclaredApp): void {
    if (!balancerOf({ router })?.byInstances) return;
    const main = this.of(awsTypes.classicLoadBalancer).find((state) => state.name === name);
    const live = main === undefined ? this.mains.get(name) : this.outputs.get(main.urn)?.name;
    if (typeof live !== "string") return;
    const parts = weights.map(([variant]) => {
      const group = this.groups.find(({ state }) => state.name === variantName(name, variant));
      return group === undefined ? 0 : this.serving(group.live, live);
    });
    this.weigh(name, weights, parts);
  }

  private weigh(app: string, weights: DeclaredApp["weights"], parts: readonly number[]): void {
    if (parts.every((part) => part === 0)) return;
    const percent = effectiveWeights(parts);
    this.weights[app] = Object.fromEntries(weights.map(([variant], i) => [variant, percent[i] ?? 0]));
  }

  private async readRecords(): Promise<void> {
    for (const state of this.of(awsTypes.record)) {
      const { zoneId, name, setIdentifier, weightedRoutingPolicies, records, aliases } = resolved(
        state,
        this.outputs,
      );
      const [policy] = (weightedRoutingPolicies ?? []) as { weight: number }[];
      if (policy === undefined || hasStandIn({ zoneId: zoneId ?? null })) continue;
      const found = await this.account.records(String(zoneId), String(name));
      const live = found.find(({ SetIdentifier }) => SetIdentifier === setIdentifier);
      const what = `DNS ${name}, ${setIdentifier}`;
      this.facts.push(fact(`${what}: weight`, policy.weight, live?.Weight));
      const [target] = [
        ...texts(records),
        ...((aliases ?? []) as { name: string }[]).map((alias) => alias.name),
      ];
      const leadsTo = live?.AliasTarget?.DNSName ?? live?.ResourceRecords?.[0]?.Value;
      if (target === undefined || hasStandIn({ target }) || leadsTo === undefined) continue;
      const right = sameHost(leadsTo.replace(/^dualstack\./, ""), target);
      this.facts.push(fact(`${what}: leads to`, target, right ? target : leadsTo));
    }
  }

  /** The declared resources of a type, each with the one of AWS's that has its name; anything else is noted. */
  private async find<Live>(
    type: string,
    { kind, all, nameOf, arnOf, isHere }: Sought<Live>,
  ): Promise<Found<Live>[]> {
    const states = this.of(type);
    if (states.length === 0) return [];
    const lives = await all();
    return states.flatMap((state) => {
      const id = this.idOf(state);
      const named = lives.filter((live) =>
        id === undefined
          ? isNamed(state, nameOf(live) ?? "") && isHere(state, live)
          : id === (arnOf?.(live) ?? nameOf(live)),
      );
      const [live] = named;
      if (live !== undefined && named.length === 1) return [{ state, live }];
      const observed = live === undefined ? "missing" : named.map(nameOf).join(", ");
      this.facts.push(fact(`${kind} ${state.name}`, "one", observed));
      return [];
    });
  }

  private listed(names: readonly string[]): string {
    return names.length === 0
      ? "nothing"
      : names
          .map((name) => this.names.get(name) ?? name)
          .sort()
          .join(", ");
  }

  private unseen(): string[] {
    const has = (...types: readonly string[]): boolean => this.of(...types).length > 0;
    return [
      ...(has(awsTypes.classicLoadBalancer) || this.mains.size > 0
        ? ["how a classic load balancer shares requests out among the instances in service"]
        : []),
      ...(has(fleetTypes.existing) && has(awsTypes.listenerRule)
        ? ["rules before one of the app's that take some requests for its hosts, such as those of a path"]
        : []),
      ...(has(awsTypes.listener, awsTypes.listenerRule)
        ? ["requests that clients with a sticky session send, whatever the weights"]
        : []),
      ...(has(awsTypes.record) ? ["DNS answers that resolvers still keep"] : []),
    ];
  }
}

/** A stack's resources on AWS, read back. */
import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import { effectiveWeights } from "../components/traffic";
import type { ResourceState } from "../offline/state";
import type { Properties } from "../offline/values";
import { type Account, sameHost } from "./account";
import { type Declared, type DeclaredApp, variantName } from "./declared";
import { isNamed, sharesSubnet, targetGroupWeights, texts } from "./matching";
import { type Fact, fact, type Observations } from "./report";
import { hasStandIn, resolved } from "./stand-ins";

const GROUP = "aws:autoscaling/group:Group";
const CLASSIC = "aws:elb/loadBalancer:LoadBalancer";
const BALANCER = "aws:lb/loadBalancer:LoadBalancer";
const TARGET_GROUP = "aws:lb/targetGroup:TargetGroup";
const LISTENER = "aws:lb/listener:Listener";
const RECORD = "aws:route53/record:Record";

/** Whether the stack has anything that is read here. */
export const isOnAws = ({ resources }: Declared): boolean =>
  resources.some(({ type }) => [GROUP, CLASSIC, BALANCER, RECORD].includes(type));

/** A declared resource and what AWS has under its name. */
interface Found<Live> {
  readonly state: ResourceState;
  readonly live: Live;
}

export async function observeAws(declared: Declared, account: Account): Promise<Observations> {
  return new Observer(declared, account).observe();
}

class Observer {
  readonly #facts: Fact[] = [];
  /** Outputs of what was found, for the inputs of what takes them. */
  readonly #outputs = new Map<string, Properties>();
  /** Logical names of load balancers and target groups by their names and ARNs in AWS. */
  readonly #names = new Map<string, string>();
  /** Names of classic load balancers in AWS by the names that the program's evaluation made up. */
  readonly #liveNames = new Map<string, string>();
  readonly #inService = new Map<string, ReadonlySet<string>>();
  #groups: Found<AutoScalingGroup>[] = [];
  readonly #weights: Record<string, Record<string, number>> = {};

  constructor(
    private readonly declared: Declared,
    private readonly account: Account,
  ) {}

  async observe(): Promise<Observations> {
    await this.#findClassic();
    await this.#findBalancers();
    await this.#findTargetGroups();
    await this.#readGroups();
    await this.#readTargets();
    await this.#readListeners();
    await this.#readRecords();
    for (const app of this.declared.apps) this.#weighInstances(app);
    return { facts: this.#facts, weights: this.#weights, unseen: this.#unseen() };
  }

  #of(type: string): ResourceState[] {
    return this.declared.resources.filter((state) => state.type === type);
  }

  async #findClassic(): Promise<void> {
    const states = this.#of(CLASSIC);
    if (states.length === 0) return;
    const all = await this.account.classicLoadBalancers();
    for (const state of states) {
      const live = this.#one(
        "load balancer",
        state,
        all,
        (each) => each.LoadBalancerName,
        (each) => sharesSubnet(state, each.Subnets),
      );
      if (live?.LoadBalancerName === undefined) continue;
      const { LoadBalancerName: name, DNSName = "" } = live;
      this.#names.set(name, state.name);
      this.#liveNames.set(String(state.inputs.name), name);
      this.#outputs.set(state.urn, { name, id: name, dnsName: DNSName });
      this.#inService.set(name, await this.account.inService(name));
    }
  }

  async #findBalancers(): Promise<void> {
    const states = this.#of(BALANCER);
    if (states.length === 0) return;
    const all = await this.account.loadBalancers();
    for (const state of states) {
      const live = this.#one(
        "load balancer",
        state,
        all,
        (each) => each.LoadBalancerName,
        (each) =>
          sharesSubnet(
            state,
            each.AvailabilityZones?.map(({ SubnetId = "" }) => SubnetId),
          ),
      );
      if (live?.LoadBalancerArn === undefined) continue;
      const arn = live.LoadBalancerArn;
      this.#names.set(arn, state.name);
      this.#outputs.set(state.urn, { arn, id: arn, dnsName: live.DNSName ?? "" });
    }
  }

  async #findTargetGroups(): Promise<void> {
    const states = this.#of(TARGET_GROUP);
    if (states.length === 0) return;
    const all = await this.account.targetGroups();
    for (const state of states) {
      const live = this.#one(
        "target group",
        state,
        all,
        (each) => each.TargetGroupName,
        (each) => state.inputs.vpcId === each.VpcId,
      );
      if (live?.TargetGroupArn === undefined) continue;
      this.#names.set(live.TargetGroupArn, state.name);
      this.#outputs.set(state.urn, { arn: live.TargetGroupArn, id: live.TargetGroupArn });
    }
  }

  async #readGroups(): Promise<void> {
    const states = this.#of(GROUP);
    if (states.length === 0) return;
    const all = await this.account.groups();
    for (const state of states) {
      const live = this.#one(
        "group",
        state,
        all,
        (each) => each.AutoScalingGroupName,
        (each) => sharesSubnet(state, each.VPCZoneIdentifier?.split(",")),
      );
      if (live === undefined) continue;
      this.#groups.push({ state, live });
      this.#groupFacts(state, live);
    }
  }

  #groupFacts(state: ResourceState, live: AutoScalingGroup): void {
    const what = `group ${state.name}`;
    const { minSize, maxSize, desiredCapacity, loadBalancers, targetGroupArns } = resolved(
      state,
      this.#outputs,
    );
    const { MinSize, MaxSize, DesiredCapacity = 0 } = live;
    this.#facts.push(
      fact(`${what}: smallest and largest size`, `${minSize}, ${maxSize}`, `${MinSize}, ${MaxSize}`),
    );
    if (desiredCapacity !== undefined) {
      this.#facts.push(fact(`${what}: instances wanted`, String(desiredCapacity), DesiredCapacity));
    }
    const attached = [
      ...texts(loadBalancers).map((name) => this.#liveNames.get(name) ?? name),
      ...texts(targetGroupArns),
    ];
    const found = [...(live.LoadBalancerNames ?? []), ...(live.TargetGroupARNs ?? [])];
    this.#facts.push(fact(`${what}: attached to`, this.#listed(attached), this.#listed(found)));
    for (const name of live.LoadBalancerNames ?? []) {
      const serving = this.#serving(live, name);
      const at = this.#names.get(name) ?? name;
      this.#facts.push(fact(`${what}: in service at load balancer ${at}`, DesiredCapacity, serving));
    }
  }

  /** How many of the group's instances a classic load balancer sends requests to. */
  #serving({ Instances = [] }: AutoScalingGroup, loadBalancer: string): number {
    const serving = this.#inService.get(loadBalancer);
    return Instances.filter(({ InstanceId = "" }) => serving?.has(InstanceId)).length;
  }

  async #readTargets(): Promise<void> {
    for (const { name, urn } of this.#of(TARGET_GROUP)) {
      const arn = this.#outputs.get(urn)?.arn;
      if (typeof arn !== "string") continue;
      const targets = await this.account.targets(arn);
      const healthy = targets.filter(({ TargetHealth }) => TargetHealth?.State === "healthy").length;
      const wanted = this.#groups
        .filter(({ live }) => live.TargetGroupARNs?.includes(arn))
        .reduce((sum, { live }) => sum + (live.DesiredCapacity ?? 0), 0);
      this.#facts.push(fact(`target group ${name}: healthy targets`, wanted, healthy));
    }
  }

  async #readListeners(): Promise<void> {
    for (const state of this.#of(LISTENER)) {
      const { loadBalancerArn, port, defaultActions } = resolved(state, this.#outputs);
      const asked = targetGroupWeights(defaultActions);
      if (asked.size === 0) continue;
      const what = `listener ${state.name}`;
      const live = hasStandIn({ loadBalancerArn: loadBalancerArn ?? null })
        ? []
        : await this.account.listeners(String(loadBalancerArn));
      const actions = live.find(({ Port }) => Port === port)?.DefaultActions;
      if (actions === undefined) {
        this.#facts.push(fact(what, `on port ${port}`, undefined));
        continue;
      }
      const tuples = actions.flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? []);
      const observed = new Map(tuples.map(({ TargetGroupArn = "", Weight = 1 }) => [TargetGroupArn, Weight]));
      for (const arn of new Set([...asked.keys(), ...observed.keys()])) {
        const group = `${what}: weight of target group ${this.#names.get(arn) ?? arn}`;
        this.#facts.push(fact(group, asked.get(arn) ?? "none", observed.get(arn)));
      }
      this.#weighListener(observed);
    }
  }

  /** An app's observed weights, from the first of its listeners. */
  #weighListener(observed: ReadonlyMap<string, number>): void {
    const byName = new Map([...observed].map(([arn, weight]) => [this.#names.get(arn) ?? arn, weight]));
    for (const { name, router, weights } of this.declared.apps) {
      if (!/listener/i.test(router) || this.#weights[name] !== undefined) continue;
      const parts = weights.map(([variant]) => byName.get(variantName(name, variant)));
      if (parts.every((part) => part === undefined)) continue;
      this.#weigh(
        name,
        weights,
        parts.map((part) => part ?? 0),
      );
    }
  }

  /** An app's observed weights, from the instances that its classic load balancer sends requests to. */
  #weighInstances({ name, router, weights }: DeclaredApp): void {
    if (!/classic/i.test(router)) return;
    const main = this.#of(CLASSIC).find((state) => state.name === name);
    const live = main && this.#outputs.get(main.urn)?.name;
    if (typeof live !== "string") return;
    const parts = weights.map(([variant]) => {
      const group = this.#groups.find(({ state }) => state.name === variantName(name, variant));
      return group === undefined ? 0 : this.#serving(group.live, live);
    });
    this.#weigh(name, weights, parts);
  }

  #weigh(app: string, weights: DeclaredApp["weights"], parts: readonly number[]): void {
    if (parts.every((part) => part === 0)) return;
    const percent = effectiveWeights(parts);
    this.#weights[app] = Object.fromEntries(weights.map(([variant], i) => [variant, percent[i] ?? 0]));
  }

  async #readRecords(): Promise<void> {
    for (const state of this.#of(RECORD)) {
      const { zoneId, name, setIdentifier, weightedRoutingPolicies, records, aliases } = resolved(
        state,
        this.#outputs,
      );
      const [policy] = (weightedRoutingPolicies ?? []) as { weight: number }[];
      if (policy === undefined || hasStandIn({ zoneId: zoneId ?? null })) continue;
      const found = await this.account.records(String(zoneId), String(name));
      const live = found.find(({ SetIdentifier }) => SetIdentifier === setIdentifier);
      const what = `DNS ${name}, ${setIdentifier}`;
      this.#facts.push(fact(`${what}: weight`, policy.weight, live?.Weight));
      const [target] = [
        ...texts(records),
        ...((aliases ?? []) as { name: string }[]).map((alias) => alias.name),
      ];
      const leadsTo = live?.AliasTarget?.DNSName ?? live?.ResourceRecords?.[0]?.Value;
      if (target === undefined || hasStandIn({ target }) || leadsTo === undefined) continue;
      const right = sameHost(leadsTo.replace(/^dualstack\./, ""), target);
      this.#facts.push(fact(`${what}: leads to`, target, right ? target : leadsTo));
    }
  }

  /** The one resource of AWS's that has the declared one's name; anything else is noted. */
  #one<Live>(
    kind: string,
    state: ResourceState,
    all: readonly Live[],
    nameIn: (live: Live) => string | undefined,
    isHere: (live: Live) => boolean,
  ): Live | undefined {
    const named = all.filter((live) => isNamed(state, nameIn(live) ?? "") && isHere(live));
    if (named.length === 1) return named[0];
    const observed = named.length === 0 ? "missing" : named.map(nameIn).join(", ");
    this.#facts.push(fact(`${kind} ${state.name}`, "one", observed));
    return undefined;
  }

  #listed(names: readonly string[]): string {
    return names.length === 0
      ? "nothing"
      : names
          .map((name) => this.#names.get(name) ?? name)
          .sort()
          .join(", ");
  }

  #unseen(): string[] {
    const has = (type: string): boolean => this.#of(type).length > 0;
    return [
      ...(has(CLASSIC)
        ? ["how a classic load balancer shares requests out among the instances in service"]
        : []),
      ...(has(LISTENER) ? ["requests that clients with a sticky session send, whatever the weights"] : []),
      ...(has(RECORD) ? ["DNS answers that resolvers still keep"] : []),
    ];
  }
}

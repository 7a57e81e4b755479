/** An app's fleets behind an ALB or NLB: load balancers, listeners with their rules, target groups. */

import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { Listener, LoadBalancer, TargetGroup } from "@aws-sdk/client-elastic-load-balancing-v2";
import { type FrontKind, fronts } from "../components/aws/fronts";
import { awsTypes } from "../components/aws/types";
import { effectiveWeights, variantName } from "../components/traffic";

import type { Properties } from "../offline/values";
import type { TheirAccount } from "./account";
import { losable, tagsInput, withInputs } from "./fates";
import {
  balancerAttributeFates,
  balancerFates,
  listenerFates,
  ruleFates,
  targetGroupAttributeFates,
  targetGroupFates,
} from "./fates-of-balancers";
import type { Findings, WantedApp } from "./found";
import {
  assigned,
  groupName,
  setFleetSize,
  setWeight,
  takeGroup,
  takeHealthCheck,
  takeSecurityGroup,
} from "./groups";
import { known } from "./inputs";
import {
  forwarded,
  healthCheckOf,
  hostsOf,
  isOn,
  listenerInputs,
  listeningInputs,
  ruleInputs,
  secondsOf,
  subnetsOf,
  targetGroupInputs,
} from "./listening-inputs";

/** What leads to one canary alone: rules of the main load balancer's listeners, or a load balancer of the canary's own. */
type Alone = "rules" | "balancers";

const taking =
  (front: FrontKind, alone: Alone) =>
  /** @param balancers by variant, those of the hosts */
  async (
    app: WantedApp,
    balancers: ReadonlyMap<string, LoadBalancer>,
    account: TheirAccount,
    findings: Findings,
  ): Promise<void> => {
    const main = balancers.get("primary");
    if (main === undefined) return;
    const [targetGroups, groups] = [await account.targetGroups(), await account.groups()];
    await new Taking(front, app, account, findings, targetGroups, groups).front(alone, main, balancers);
  };

export const takeApplication = taking(fronts.alb, "rules");
export const takeNetwork = taking(fronts.nlb, "balancers");

class Taking {
  constructor(
    private readonly kind: FrontKind,
    private readonly app: WantedApp,
    private readonly account: TheirAccount,
    private readonly findings: Findings,
    private readonly targetGroups: readonly TargetGroup[],
    private readonly groups: readonly AutoScalingGroup[],
  ) {}

  async front(alone: Alone, main: LoadBalancer, balancers: ReadonlyMap<string, LoadBalancer>): Promise<void> {
    const { app, findings } = this;
    if (!(await this.takeBalancer(app.name, main))) return;
    const listeners = await this.listenersOf(app.name, main);
    const splitting = listeners.filter(({ DefaultActions }) => forwarded(DefaultActions).length > 0).at(-1);
    const own =
      alone === "rules"
        ? await this.takeRules(listeners, main, balancers)
        : await this.takeOwn(main, balancers);

    const shares = forwarded(splitting?.DefaultActions);
    const candidates = {
      kind: "TargetGroup",
      nameOf: ({ TargetGroupName = "" }: TargetGroup) => TargetGroupName,
      atMain: this.named(shares.map(({ arn }) => arn)),
      atOwn: (canary: string) => this.named(own.get(canary) ?? []),
    };
    const variants = assigned(app, candidates, findings);
    const order = variants.map(({ item }) => item.TargetGroupArn ?? "");
    for (const listener of listeners) this.takeListener(app.name, listener, order);
    for (const { variant, item } of variants)
      await this.takeTargetGroup(variantName(app.name, variant), item);
    const primary = variants.find(({ variant }) => variant === "primary")?.item;
    findings.set(`apps.${app.name}.port`, primary?.Port);
    findings.set(`apps.${app.name}.healthPath`, primary?.HealthCheckPath);

    const weights = effectiveWeights(
      order.map((arn) => shares.find((share) => share.arn === arn)?.weight ?? 0),
    );
    for (const [i, { variant, item }] of variants.entries()) {
      if (variant !== "primary") setWeight(app.name, variant, weights[i] ?? 0, findings);
      await this.takeGroupOf(variant, item);
    }
  }

  private named(arns: readonly string[]): TargetGroup[] {
    return this.targetGroups.filter(({ TargetGroupArn = "" }) => arns.includes(TargetGroupArn));
  }

  /** Whether the program can have it. */
  private async takeBalancer(name: string, balancer: LoadBalancer): Promise<boolean> {
    const { app, findings } = this;
    const { LoadBalancerArn: id = "", Scheme, SecurityGroups: [securityGroup] = [], VpcId } = balancer;
    if (securityGroup === undefined) {
      findings.notes.push(
        `LoadBalancer/${name}: ${balancer.LoadBalancerName} has no security group, and AWS gives it none later: made anew`,
      );
      return false;
    }
    if (Scheme === "internal") findings.set("aws.internal", true);
    const attributes = await this.account.balancerAttributes(id);
    const outputs = known({ arn: id, dnsName: balancer.DNSName, zoneId: balancer.CanonicalHostedZoneId });
    findings.take({
      type: awsTypes.loadBalancer,
      name,
      id,
      live: withInputs(listeningInputs(balancer, attributes), {
        ...losable(balancer, balancerFates),
        ...losable(attributes, balancerAttributeFates),
        ...(await this.tags(id)),
      }),
      outputs,
    });
    findings.unheardOf(`LoadBalancer/${name}`, attributes, balancerAttributeFates);
    findings.set("aws.vpcId", VpcId);
    findings.set("aws.publicSubnetIds", subnetsOf(balancer));
    if (this.kind.takes.includes("idleTimeout"))
      findings.set("aws.idleTimeout", secondsOf(attributes["idle_timeout.timeout_seconds"]));
    if (isOn(attributes["access_logs.s3.enabled"]))
      findings.set("aws.accessLogsBucket", attributes["access_logs.s3.bucket"]);
    if (name === app.name)
      await takeSecurityGroup(`${app.name}-elb`, securityGroup, VpcId, this.account, findings);
    return true;
  }

  /** A load balancer's listeners on the ports that the program has. */
  private async listenersOf(name: string, { LoadBalancerArn = "" }: LoadBalancer): Promise<Listener[]> {
    const all = await this.account.listeners(LoadBalancerArn);
    for (const { Port, ListenerArn } of all.filter((listener) => !isPublic(listener)))
      this.findings.notes.push(
        `LoadBalancer/${name}: listener ${ListenerArn} on port ${Port} is none of the program's: stays as it is, outside`,
      );
    return all.filter(isPublic).sort((a, b) => (a.Port ?? 0) - (b.Port ?? 0));
  }

  /** @param order of the target groups that it shares requests out among; default that it has one */
  private takeListener(name: string, listener: Listener, order?: readonly string[]): void {
    const { findings } = this;
    const { ListenerArn: id = "", Port: port, Certificates, DefaultActions = [] } = listener;
    const live = withInputs(listenerInputs(listener, order), losable(listener, listenerFates));
    findings.take({ type: awsTypes.listener, name: `${name}-${port}`, id, live, outputs: { arn: id } });
    if (port === 443) findings.set("aws.certificateArn", Certificates?.[0]?.CertificateArn);
    if (DefaultActions.some(({ RedirectConfig }) => RedirectConfig?.Protocol === "HTTPS"))
      findings.set("aws.redirectToHttps", true);
    const sticky = DefaultActions[0]?.ForwardConfig?.TargetGroupStickinessConfig;
    if (sticky?.Enabled) findings.set("aws.stickiness", sticky.DurationSeconds);
  }

  /** Takes the rules for canaries' hosts of an ALB's listeners; answers the target groups that they lead to, by canary. */
  private async takeRules(
    listeners: readonly Listener[],
    main: LoadBalancer,
    balancers: ReadonlyMap<string, LoadBalancer>,
  ): Promise<Map<string, string[]>> {
    const { app, findings } = this;
    const own = new Map<string, string[]>();
    for (const { ListenerArn = "", Port } of listeners) {
      for (const rule of await this.account.listenerRules(ListenerArn)) {
        if (rule.IsDefault) continue;
        const { RuleArn: id = "", Conditions = [], Actions } = rule;
        const [host, ...others] = Conditions.flatMap(hostsOf);
        const canary = app.canaries.find((each) => each.host !== undefined && each.host === host)?.name;
        if (canary === undefined || others.length > 0 || Conditions.length > 1) {
          findings.notes.push(
            `Listener/${app.name}-${Port}: rule ${id} is none of the program's: stays as it is, outside`,
          );
          continue;
        }
        const name = `${app.name}-${canary}-${Port}`;
        findings.take({
          type: awsTypes.listenerRule,
          name,
          id,
          live: withInputs(ruleInputs(ListenerArn, rule), losable(rule, ruleFates)),
        });
        own.set(canary, [...(own.get(canary) ?? []), ...forwarded(Actions).map(({ arn }) => arn)]);
      }
    }
    for (const [variant, balancer] of balancers)
      if (balancer !== main)
        findings.notes.push(
          `Record/${app.name}-${variant}: leads to ${balancer.LoadBalancerName}, which stays outside: the program has one ALB for all`,
        );
    return own;
  }

  /** Takes the NLBs of canaries' hosts; answers the main one's target groups of the same instances, by canary. */
  private async takeOwn(
    main: LoadBalancer,
    balancers: ReadonlyMap<string, LoadBalancer>,
  ): Promise<Map<string, string[]>> {
    const own = new Map<string, string[]>();
    for (const [variant, balancer] of balancers) {
      if (balancer === main) continue;
      const name = variantName(this.app.name, variant);
      if (!(await this.takeBalancer(name, balancer))) continue;
      const listeners = await this.listenersOf(name, balancer);
      for (const listener of listeners) this.takeListener(name, listener);
      const arns = listeners.flatMap(({ DefaultActions }) => forwarded(DefaultActions).map(({ arn }) => arn));
      const [group] = this.named(arns);
      if (group !== undefined) await this.takeTargetGroup(this.kind.longestName(name, true), group);
      const fleets = this.groups.filter(({ TargetGroupARNs = [] }) =>
        TargetGroupARNs.some((arn) => arns.includes(arn)),
      );
      own.set(
        variant,
        fleets.flatMap(({ TargetGroupARNs = [] }) => TargetGroupARNs.filter((arn) => !arns.includes(arn))),
      );
    }
    return own;
  }

  private async takeTargetGroup(name: string, group: TargetGroup): Promise<void> {
    const id = group.TargetGroupArn ?? "";
    const attributes = await this.account.targetGroupAttributes(id);
    const inputs = targetGroupInputs(group, attributes);
    const live = withInputs(inputs, {
      ...losable(group, targetGroupFates),
      ...losable(attributes, targetGroupAttributeFates),
      ...(await this.tags(id)),
    });
    this.findings.unheardOf(`TargetGroup/${name}`, attributes, targetGroupAttributeFates);
    this.findings.take({ type: awsTypes.targetGroup, name, id, live, outputs: { arn: id } });
    takeHealthCheck(healthCheckOf(group), this.findings);
    this.findings.set("aws.drainingTimeout", inputs.deregistrationDelay);
    this.findings.set("aws.slowStart", inputs.slowStart);
  }

  private async tags(arn: string): Promise<Properties> {
    const tags = await this.account.tags("elbv2", arn);
    this.findings.tag(tags);
    return tagsInput(tags);
  }

  private async takeGroupOf(variant: string, { TargetGroupArn = "" }: TargetGroup): Promise<void> {
    const { app, findings } = this;
    const [group, ...others] = this.groups.filter(({ TargetGroupARNs }) =>
      TargetGroupARNs?.includes(TargetGroupArn),
    );
    if (group === undefined || others.length > 0) {
      const names = group === undefined ? ["none"] : [group, ...others].map(groupName);
      findings.notes.push(
        `Group/${variantName(app.name, variant)}: one at the target group is needed, there is ${names.join(", ")}: made anew`,
      );
      return;
    }
    await takeGroup(app.name, { variant, item: group }, this.account, findings);
    if (variant === "primary") setFleetSize(app.name, group, findings);
    else findings.set("aws.canarySize", group.DesiredCapacity);
  }
}

const isPublic = ({ Port }: Listener): boolean => Port === 80 || Port === 443;

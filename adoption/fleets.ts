/** Finds an app's fleets behind classic load balancers: from its host's DNS record to its security groups. */
import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { LoadBalancerDescription } from "@aws-sdk/client-elastic-load-balancing";
import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import { effectiveFleetWeights } from "../components/traffic";
import type { Value } from "../offline/values";
import { sameHost } from "../status/account";
import { variantName } from "../status/declared";
import type { TheirAccount } from "./account";
import type { Findings, WantedApp } from "./found";
import { balancerInputs, groupInputs, known, recordInputs, templateInputs } from "./inputs";

export const TYPES = {
  balancer: "aws:elb/loadBalancer:LoadBalancer",
  group: "aws:autoscaling/group:Group",
  template: "aws:ec2/launchTemplate:LaunchTemplate",
  securityGroup: "aws:ec2/securityGroup:SecurityGroup",
  record: "aws:route53/record:Record",
};

/** Adds an app's fleets to the findings. */
export async function findFleets(
  app: WantedApp,
  zoneId: string,
  account: TheirAccount,
  findings: Findings,
): Promise<void> {
  const [balancers, groups] = [await account.classicLoadBalancers(), await account.groups()];
  const served: { variant: string; balancer: LoadBalancerDescription }[] = [];
  for (const { name: variant, host } of [{ name: "primary", host: app.host }, ...app.canaries]) {
    if (host === undefined) continue;
    const name = variantName(app.name, variant);
    const records = await account.records(zoneId, host);
    const balancer = takeRecord(name, host, zoneId, records, balancers, findings);
    if (balancer === undefined) continue;
    served.push({ variant, balancer });
    await takeBalancer(name, app.name, balancer, account, findings);
  }
  const main = served.find(({ variant }) => variant === "primary")?.balancer;
  if (main === undefined) return;
  const own = (canary: string) => served.find(({ variant }) => variant === canary)?.balancer;
  const shares = assigned(app, groupsAt(groups, main), (canary) => groupsAt(groups, own(canary)), findings);
  for (const { variant, group } of shares) await takeGroup(app.name, variant, group, account, findings);
  setSizes(app, shares, findings);
}

const leadsTo = ({ AliasTarget, ResourceRecords }: ResourceRecordSet): string =>
  (AliasTarget?.DNSName ?? ResourceRecords?.[0]?.Value ?? "").replace(/^dualstack\./, "");

function takeRecord(
  name: string,
  host: string,
  zoneId: string,
  records: readonly ResourceRecordSet[],
  balancers: readonly LoadBalancerDescription[],
  findings: Findings,
): LoadBalancerDescription | undefined {
  const label = `Record/${name}`;
  const leading = records
    .filter(({ Type = "" }) => ["A", "CNAME"].includes(Type))
    .map((record) => ({
      record,
      balancer: balancers.find(({ DNSName = "" }) => sameHost(DNSName, leadsTo(record))),
    }));
  const [first, ...others] = leading.filter(({ balancer }) => balancer !== undefined);
  if (first === undefined || others.length > 0) {
    const why = first === undefined ? "no record leads to one" : "several records lead to one each";
    findings.notes.push(`${label}: which classic load balancer ${host} is at can't be told: ${why}`);
    return undefined;
  }
  const { record, balancer } = first;
  const { Type: type = "", SetIdentifier: side, Weight: weight } = record;
  if (side === undefined || weight === undefined || (type === "A" && record.AliasTarget === undefined)) {
    findings.notes.push(
      `${label}: the ${type} record of ${host} is not weighted, and no update can make it so: see docs/adoption.md for the ` +
        "one request that does, without a gap; then run this again",
    );
    return balancer;
  }
  if (type === "A") findings.set("aws.zoneName", host);
  else findings.set("aws.dnsTtl", record.TTL);
  const id = `${zoneId}_${host}_${type}_${side}`;
  findings.take({ type: TYPES.record, name, id, live: recordInputs(zoneId, host, record) });
  return balancer;
}

async function takeBalancer(
  name: string,
  app: string,
  balancer: LoadBalancerDescription,
  account: TheirAccount,
  findings: Findings,
): Promise<void> {
  const { LoadBalancerName: id = "", Scheme, SecurityGroups: [securityGroup] = [] } = balancer;
  if (Scheme === "internal") {
    findings.notes.push(
      `LoadBalancer/${name}: ${id} is internal, the program's face the internet: made anew`,
    );
    return;
  }
  const attributes = await account.attributes(id);
  const live = balancerInputs(balancer, attributes);
  const outputs = known({ dnsName: balancer.DNSName, zoneId: balancer.CanonicalHostedZoneNameID });
  findings.take({ type: TYPES.balancer, name, id, live, outputs });
  findings.set("aws.vpcId", balancer.VPCId);
  findings.set("aws.publicSubnetIds", [...(balancer.Subnets ?? [])].sort());
  findings.set("aws.idleTimeout", attributes.ConnectionSettings?.IdleTimeout);
  if (attributes.ConnectionDraining?.Enabled)
    findings.set("aws.drainingTimeout", attributes.ConnectionDraining.Timeout);
  if (attributes.AccessLog?.Enabled) findings.set("aws.accessLogsBucket", attributes.AccessLog.S3BucketName);
  const listeners = (balancer.ListenerDescriptions ?? []).flatMap(({ Listener }) => Listener ?? []);
  findings.set(`apps.${app}.port`, listeners[0]?.InstancePort);
  findings.set(
    "aws.certificateArn",
    listeners.find(({ LoadBalancerPort }) => LoadBalancerPort === 443)?.SSLCertificateId,
  );
  const path = /^HTTP:\d+(\/.*)$/.exec(balancer.HealthCheck?.Target ?? "")?.[1];
  findings.set(`apps.${app}.healthPath`, path);
  if (name === app && securityGroup !== undefined)
    takeSecurityGroup(`${app}-elb`, securityGroup, balancer.VPCId, findings);
}

/** Name and description stay what they are, so what stands here for them matters to nobody. */
function takeSecurityGroup(name: string, id: string, vpcId: Value | undefined, findings: Findings): void {
  const live = known({ name: id, description: id, vpcId });
  findings.take({ type: TYPES.securityGroup, name, id, live });
}

const groupsAt = (
  groups: readonly AutoScalingGroup[],
  balancer: LoadBalancerDescription | undefined,
): AutoScalingGroup[] =>
  groups.filter(
    ({ LoadBalancerNames }) => balancer && LoadBalancerNames?.includes(balancer.LoadBalancerName ?? ""),
  );

interface Assigned {
  readonly variant: string;
  readonly group: AutoScalingGroup;
}

/** A canary's group is at its own load balancer, or has its name as a part of its own; what is left is the primary's. */
function assigned(
  { name: app, canaries }: WantedApp,
  atMain: readonly AutoScalingGroup[],
  atOwn: (canary: string) => readonly AutoScalingGroup[],
  { notes }: Findings,
): Assigned[] {
  const ofCanaries = canaries.flatMap(({ name: variant }): Assigned[] => {
    const own = atOwn(variant);
    const called = atMain.filter(({ AutoScalingGroupName = "" }) =>
      AutoScalingGroupName.toLowerCase()
        .split(/[^a-z0-9]+/)
        .includes(variant),
    );
    const [group, ...others] = own.length > 0 ? own : called;
    if (group === undefined || others.length > 0) {
      notes.push(`Group/${variantName(app, variant)}: no group of the canary's can be told: made anew`);
      return [];
    }
    return [{ variant, group }];
  });
  const [primary, ...others] = atMain.filter((group) => !ofCanaries.some((each) => each.group === group));
  if (primary === undefined || others.length > 0) {
    const names =
      others.length > 0 ? [primary, ...others].map((each) => each?.AutoScalingGroupName) : ["none"];
    notes.push(`Group/${app}: which group is the primary's can't be told: ${names.join(", ")}; made anew`);
    return ofCanaries;
  }
  return [{ variant: "primary", group: primary }, ...ofCanaries];
}

async function takeGroup(
  app: string,
  variant: string,
  group: AutoScalingGroup,
  account: TheirAccount,
  findings: Findings,
): Promise<void> {
  const name = variantName(app, variant);
  findings.take({
    type: TYPES.group,
    name,
    id: group.AutoScalingGroupName ?? "",
    live: groupInputs(group, variant === "primary"),
  });
  findings.set("aws.healthCheckGracePeriod", group.HealthCheckGracePeriod);
  const { LaunchTemplateId: id, Version: version = "$Default" } = group.LaunchTemplate ?? {};
  const template = id === undefined ? undefined : await account.launchTemplate(id, version);
  if (id === undefined || template?.LaunchTemplateData === undefined) {
    findings.notes.push(
      `LaunchTemplate/${name}: ${group.AutoScalingGroupName} has none of its own: made anew, and all instances with it`,
    );
    return;
  }
  const data = template.LaunchTemplateData;
  const latestVersion = await account.latestVersion(id);
  if (template.VersionNumber !== latestVersion)
    findings.notes.push(
      `LaunchTemplate/${name}: ${group.AutoScalingGroupName} launches version ${template.VersionNumber} of ${id}, the program's ` +
        `groups the latest, ${latestVersion}: they have to be the same before`,
    );
  const outputs = known({ latestVersion });
  findings.take({ type: TYPES.template, name, id, live: templateInputs(id, data), outputs });
  const image = variant === "primary" ? "aws.amiId" : "aws.canaryAmiId";
  findings.set(image, data.ImageId);
  findings.set("aws.instanceType", data.InstanceType);
  const [securityGroup] = data.SecurityGroupIds ?? [];
  if (variant === "primary" && securityGroup !== undefined)
    takeSecurityGroup(`${app}-instances`, securityGroup, findings.settings.get("aws.vpcId"), findings);
}

/** The sizes that the groups have, and the weights that these are worth. */
function setSizes({ name: app }: WantedApp, shares: readonly Assigned[], findings: Findings): void {
  const primary = shares.find(({ variant }) => variant === "primary")?.group;
  if (primary === undefined) return;
  const { MinSize: fleetSize = 0, MaxSize: maxSize, DesiredCapacity: wanted = 0 } = primary;
  if (fleetSize < 1) {
    findings.notes.push(`Group/${app}: its smallest size is 0, the program's is aws.fleetSize, 1 or more`);
    return;
  }
  findings.set("aws.fleetSize", fleetSize);
  findings.set("aws.maxSize", maxSize);
  if (wanted > fleetSize)
    findings.notes.push(
      `Group/${app}: has ${wanted} instances and ${fleetSize} at least: canaries are sized by aws.fleetSize, ${fleetSize}`,
    );
  const canaries = shares.filter(({ variant }) => variant !== "primary");
  const sizes = [fleetSize, ...canaries.map(({ group }) => group.DesiredCapacity ?? 0)];
  const weights = effectiveFleetWeights(sizes.map((instances) => ({ instances, inService: instances > 0 })));
  canaries.forEach(({ variant }, i) => {
    const weight = Math.round((weights[i + 1] ?? 0) * 100) / 100;
    const key = variant === "canary" ? "canaryWeight" : `canaries.${variant}.weight`;
    findings.set(`apps.${app}.${key}`, weight);
  });
}

/** An app's fleets behind classic load balancers. */

import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import type { LoadBalancerDescription } from "@aws-sdk/client-elastic-load-balancing";
import { awsTypes } from "../components/aws/types";
import { effectiveFleetWeights, variantName } from "../components/traffic";

import type { TheirAccount } from "./account";
import { losable, tagsInput, withInputs } from "./fates";
import { accessLogFates, additionalAttributeFates, classicFates } from "./fates-of-balancers";
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
import { balancerInputs, known } from "./inputs";

/** @param balancers by variant, those of the hosts */
export async function takeClassic(
  app: WantedApp,
  balancers: ReadonlyMap<string, LoadBalancerDescription>,
  account: TheirAccount,
  findings: Findings,
): Promise<void> {
  for (const [variant, balancer] of balancers)
    await takeBalancer(variantName(app.name, variant), app.name, balancer, account, findings);
  const main = balancers.get("primary");
  if (main === undefined) return;
  const groups = await account.groups();
  const at = (balancer: LoadBalancerDescription | undefined): AutoScalingGroup[] =>
    groups.filter(
      ({ LoadBalancerNames }) => balancer && LoadBalancerNames?.includes(balancer.LoadBalancerName ?? ""),
    );
  const candidates = {
    kind: "Group",
    nameOf: groupName,
    atMain: at(main),
    atOwn: (canary: string) => at(balancers.get(canary)),
  };
  const shares = assigned(app, candidates, findings);
  for (const share of shares) await takeGroup(app.name, share, account, findings);

  const primary = shares.find(({ variant }) => variant === "primary")?.item;
  const fleetSize = primary && setFleetSize(app.name, primary, findings);
  if (fleetSize === undefined) return;
  const canaries = shares.filter(({ variant }) => variant !== "primary");
  const sizes = [fleetSize, ...canaries.map(({ item }) => item.DesiredCapacity ?? 0)];
  const weights = effectiveFleetWeights(sizes.map((instances) => ({ instances, inService: instances > 0 })));
  canaries.forEach(({ variant }, i) => {
    setWeight(app.name, variant, weights[i + 1] ?? 0, findings);
  });
}

async function takeBalancer(
  name: string,
  app: string,
  balancer: LoadBalancerDescription,
  account: TheirAccount,
  findings: Findings,
): Promise<void> {
  const { LoadBalancerName: id = "", Scheme, SecurityGroups: [securityGroup] = [] } = balancer;
  if (Scheme === "internal") findings.set("aws.internal", true);
  const attributes = await account.attributes(id);
  const further = Object.fromEntries(
    (attributes.AdditionalAttributes ?? []).map(({ Key = "", Value }) => [Key, Value]),
  );
  const tags = await account.tags("elb", id);
  findings.tag(tags);
  const live = withInputs(balancerInputs(balancer, attributes), {
    ...losable(balancer, classicFates),
    ...losable((attributes.AccessLog?.Enabled && attributes.AccessLog) || {}, accessLogFates),
    ...losable(further, additionalAttributeFates),
    ...tagsInput(tags),
  });
  findings.unheardOf(`LoadBalancer/${name}`, further, additionalAttributeFates);
  const outputs = known({ dnsName: balancer.DNSName, zoneId: balancer.CanonicalHostedZoneNameID });
  findings.take({ type: awsTypes.classicLoadBalancer, name, id, live, outputs });
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
  const check = balancer.HealthCheck;
  const [, port, path] = /^HTTP:(\d+)(\/.*)$/.exec(check?.Target ?? "") ?? [];
  findings.set(`apps.${app}.healthPath`, path);
  takeHealthCheck(
    {
      port: port === undefined || Number(port) === listeners[0]?.InstancePort ? undefined : Number(port),
      interval: check?.Interval,
      timeout: check?.Timeout,
      healthyThreshold: check?.HealthyThreshold,
      unhealthyThreshold: check?.UnhealthyThreshold,
    },
    findings,
  );
  if (name === app && securityGroup !== undefined)
    await takeSecurityGroup(`${app}-elb`, securityGroup, balancer.VPCId, account, findings);
}

/** Auto Scaling groups with their launch templates and security groups. */
import { isDeepStrictEqual } from "node:util";
import type { AutoScalingGroup } from "@aws-sdk/client-auto-scaling";
import { type FleetHealthCheck, HEALTH_CHECK } from "../components/aws/health-check";
import { ROOT_DEVICE } from "../components/aws/launch-template";
import { awsTypes } from "../components/aws/types";
import { rounded, variantName } from "../components/traffic";
import type { Value } from "../offline/values";

import type { TheirAccount } from "./account";
import { losable, tagsInput, withInputs } from "./fates";
import { groupFates } from "./fates-of-groups";
import type { Findings, WantedApp } from "./found";
import { groupInputs, known, templateInputs } from "./inputs";
import { securityGroupsOf, unread } from "./launch";

/** A variant and what of AWS's is its. */
export interface Assigned<Item> {
  readonly variant: string;
  readonly item: Item;
}

/** Candidates to be the variants' own, of one kind. */
export interface Candidates<Item> {
  /** Kind of the program's resource, for notes. */
  readonly kind: string;
  nameOf(item: Item): string;
  /** What takes the app's requests. */
  readonly atMain: readonly Item[];
  /** What takes those of a canary's own host. */
  atOwn(canary: string): readonly Item[];
}

/** A canary's is at its own host, or has its name as a part of its own; what is left is the primary's. */
export function assigned<Item>(
  { name: app, canaries }: WantedApp,
  { kind, nameOf, atMain, atOwn }: Candidates<Item>,
  { notes }: Findings,
): Assigned<Item>[] {
  const ofCanaries = canaries.flatMap(({ name: variant }): Assigned<Item>[] => {
    const own = atOwn(variant);
    const called = atMain.filter((item) =>
      nameOf(item)
        .toLowerCase()
        .split(/[^a-z0-9]+/)
        .includes(variant),
    );
    const [item, ...others] = own.length > 0 ? own : called;
    if (item === undefined || others.length > 0) {
      notes.push(`${kind}/${variantName(app, variant)}: none can be told to be the canary's: made anew`);
      return [];
    }
    return [{ variant, item }];
  });
  const [primary, ...others] = atMain.filter((item) => !ofCanaries.some((each) => each.item === item));
  if (primary === undefined || others.length > 0) {
    const names = primary === undefined ? ["none"] : [primary, ...others].map(nameOf);
    notes.push(`${kind}/${app}: which is the primary's can't be told: ${names.join(", ")}; made anew`);
    return ofCanaries;
  }
  return [{ variant: "primary", item: primary }, ...ofCanaries];
}

/** What images call their root device, but for old ones. */
const USUAL_ROOTS: readonly string[] = [ROOT_DEVICE, "/dev/sda1"];

export const groupName = ({ AutoScalingGroupName = "" }: AutoScalingGroup): string => AutoScalingGroupName;

export async function takeGroup(
  app: string,
  { variant, item: group }: Assigned<AutoScalingGroup>,
  account: TheirAccount,
  findings: Findings,
): Promise<void> {
  const name = variantName(app, variant);
  const inputs = withInputs(groupInputs(group, variant === "primary"), losable(group, groupFates));
  findings.take({ type: awsTypes.group, name, id: groupName(group), live: inputs });
  findings.tag(
    Object.fromEntries(
      (group.Tags ?? [])
        .filter(({ PropagateAtLaunch }) => PropagateAtLaunch)
        .map(({ Key = "", Value = "" }) => [Key, Value]),
    ),
  );
  findings.set("aws.healthCheckGracePeriod", group.HealthCheckGracePeriod);
  const subnets = group.VPCZoneIdentifier?.split(",").sort();
  if (!isDeepStrictEqual(subnets, findings.settings.get("aws.publicSubnetIds")))
    findings.set("aws.instanceSubnetIds", subnets);
  const { LaunchTemplateId: id, Version: version = "$Default" } = group.LaunchTemplate ?? {};
  const template = id === undefined ? undefined : await account.launchTemplate(id, version);
  if (id === undefined || template?.LaunchTemplateData === undefined) {
    findings.notes.push(
      `LaunchTemplate/${name}: ${groupName(group)} has none of its own: made anew, and all instances with it`,
    );
    return;
  }
  const data = template.LaunchTemplateData;
  const latestVersion = await account.latestVersion(id);
  if (template.VersionNumber !== latestVersion)
    findings.notes.push(
      `LaunchTemplate/${name}: ${groupName(group)} launches version ${template.VersionNumber} of ${id}, the program's ` +
        `groups the latest, ${latestVersion}: they have to be the same before`,
    );
  const outputs = known({ latestVersion });
  const live = { ...templateInputs(id, data), ...tagsInput(await account.tags("ec2", id)) };
  findings.take({ type: awsTypes.launchTemplate, name, id, live, outputs });
  findings.set(variant === "primary" ? "aws.amiId" : "aws.canaryAmiId", data.ImageId);
  findings.set("aws.instanceType", data.InstanceType);
  findings.set("aws.keyName", data.KeyName);
  const disks = data.BlockDeviceMappings ?? [];
  const root = disks.find(({ DeviceName = "" }) => USUAL_ROOTS.includes(DeviceName)) ?? disks[0];
  if (root?.DeviceName !== ROOT_DEVICE) findings.set("aws.rootBlockDevice.deviceName", root?.DeviceName);
  findings.set("aws.rootBlockDevice.volumeSize", root?.Ebs?.VolumeSize);
  findings.set("aws.rootBlockDevice.kmsKeyId", root?.Ebs?.KmsKeyId);
  findings.set("aws.instanceProfile", data.IamInstanceProfile?.Arn ?? data.IamInstanceProfile?.Name);
  if (data.UserData !== undefined)
    findings.notes.push(
      `LaunchTemplate/${name}: has user data, which may hold secrets and is not shown: to keep it, set aws.userData to what ` +
        `this prints: aws ec2 describe-launch-template-versions --launch-template-id ${id} --versions ${template.VersionNumber} ` +
        "--query 'LaunchTemplateVersions[0].LaunchTemplateData.UserData' --output text | base64 -d",
    );
  const others = unread(data);
  if (others.length > 0)
    findings.notes.push(
      `LaunchTemplate/${name}: no setting has ${others.join(", ")} of ${id}: the first update's version may be without, ` +
        "and replaces the instances; a component's transform can declare them",
    );
  const [securityGroup, ...further] = securityGroupsOf(data);
  if (further.length > 0) findings.set("aws.instanceSecurityGroupIds", further);
  if (variant === "primary" && securityGroup !== undefined)
    await takeSecurityGroup(
      `${app}-instances`,
      securityGroup,
      findings.settings.get("aws.vpcId"),
      account,
      findings,
    );
}

/** Name and description stay what they are, so what stands here for them matters to nobody. */
export async function takeSecurityGroup(
  name: string,
  id: string,
  vpcId: Value | undefined,
  account: TheirAccount,
  findings: Findings,
): Promise<void> {
  const tags = tagsInput(await account.tags("ec2", id));
  const live = { ...known({ name: id, description: id, vpcId }), ...tags };
  findings.take({ type: awsTypes.securityGroup, name, id, live });
}

/** Sets what of a health check is other than without any setting. */
export function takeHealthCheck(check: FleetHealthCheck, findings: Findings): void {
  for (const [key, value] of Object.entries(check))
    if (value !== (HEALTH_CHECK as Record<string, unknown>)[key])
      findings.set(`aws.healthCheck.${key}`, value);
}

/** Sets the sizes of the primary's group; undefined if the program can't have one of such sizes. */
export function setFleetSize(
  app: string,
  { MinSize: fleetSize = 0, MaxSize: maxSize, DesiredCapacity: wanted = 0 }: AutoScalingGroup,
  findings: Findings,
): number | undefined {
  if (fleetSize < 1) {
    findings.notes.push(`Group/${app}: its smallest size is 0, the program's is aws.fleetSize, 1 or more`);
    return undefined;
  }
  findings.set("aws.fleetSize", fleetSize);
  findings.set("aws.maxSize", maxSize);
  if (wanted > fleetSize)
    findings.notes.push(
      `Group/${app}: has ${wanted} instances and ${fleetSize} at least: canaries are sized by aws.fleetSize, ${fleetSize}`,
    );
  return fleetSize;
}

/** Sets a canary's weight, in percent. */
export function setWeight(app: string, canary: string, percent: number, findings: Findings): void {
  const key = canary === "canary" ? "canaryWeight" : `canaries.${canary}.weight`;
  findings.set(`apps.${app}.${key}`, rounded(percent));
}

/** Which of AWS's resources a declared one is, and what both say. */
import type { ResourceState } from "../offline/state";
import type { Value } from "../offline/values";

/** Whether AWS's name is the declared one, or what Pulumi makes of a logical name. */
export function isNamed({ name, inputs }: ResourceState, live: string): boolean {
  const made = Array.isArray(inputs.__defaults) && inputs.__defaults.includes("name");
  if (made) return live.startsWith(`${name}-`) && /^[0-9a-f]{7}$/.test(live.slice(name.length + 1));
  return typeof inputs.namePrefix === "string" ? live.startsWith(inputs.namePrefix) : live === inputs.name;
}

/** Whether a resource of AWS's is in one of the declared subnets: stacks of the same app may share an account. */
export function sharesSubnet({ inputs }: ResourceState, subnets: readonly string[] | undefined): boolean {
  const declared = [...texts(inputs.subnets), ...texts(inputs.vpcZoneIdentifiers)];
  return declared.some((subnet) => subnets?.includes(subnet));
}

export const texts = (value: Value | undefined): string[] => (Array.isArray(value) ? value.map(String) : []);

/** The weights of the target groups that a listener's actions forward to, by ARN. */
export function targetGroupWeights(actions: Value | undefined): Map<string, number> {
  const all = (actions ?? []) as { forward?: { targetGroups?: { arn: string; weight?: number }[] } }[];
  const groups = all.flatMap(({ forward }) => forward?.targetGroups ?? []);
  return new Map(groups.map(({ arn, weight = 1 }) => [arn, weight]));
}

/** Rules of security groups that were taken over: AWS refuses a second one of the same. */

import type { SecurityGroupRule } from "@aws-sdk/client-ec2";
import { awsTypes } from "../components/aws/types";
import type { ResourceState } from "../offline/state";
import { type Findings, foundLabel } from "./found";

/** What a rule lets through, in one text: of the program's and of AWS's. */
type Key = string;

/**
 * Takes over the rules that the program declares and AWS has.
 *
 * @param declared the program's resources, those that take over something with their ids
 */
export function findRules(
  declared: readonly ResourceState[],
  rules: readonly SecurityGroupRule[],
  findings: Findings,
): void {
  const left = new Map(rules.map((rule) => [keyOfLive(rule), rule]));
  for (const state of declared.filter(({ type }) =>
    [awsTypes.ingressRule, awsTypes.egressRule].includes(type),
  )) {
    const key = keyOf(state);
    const id = left.get(key)?.SecurityGroupRuleId;
    if (id === undefined) continue;
    findings.take({ type: state.type, name: state.name, id, live: state.inputs });
    left.delete(key);
  }
  const groups = findings.resources.filter(({ type }) => type === awsTypes.securityGroup);
  for (const rule of left.values()) {
    const group = groups.find(({ id }) => id === rule.GroupId);
    if (group === undefined) continue;
    findings.notes.push(
      `${foundLabel(group)}: rule ${rule.SecurityGroupRuleId} (${said(rule)}) is none of the program's: stays as it is, outside`,
    );
  }
}

function keyOf({ type, inputs }: ResourceState): Key {
  const { securityGroupId, ipProtocol, fromPort, toPort, cidrIpv4, cidrIpv6, referencedSecurityGroupId } =
    inputs;
  const source = cidrIpv4 ?? cidrIpv6 ?? referencedSecurityGroupId;
  return [
    type === awsTypes.egressRule,
    securityGroupId,
    ipProtocol,
    fromPort ?? -1,
    toPort ?? -1,
    source,
  ].join(" ");
}

function keyOfLive(rule: SecurityGroupRule): Key {
  const { IsEgress = false, GroupId, IpProtocol, FromPort = -1, ToPort = -1 } = rule;
  return [IsEgress, GroupId, IpProtocol, FromPort, ToPort, sourceOf(rule)].join(" ");
}

const sourceOf = ({ CidrIpv4, CidrIpv6, ReferencedGroupInfo, PrefixListId }: SecurityGroupRule) =>
  CidrIpv4 ?? CidrIpv6 ?? ReferencedGroupInfo?.GroupId ?? PrefixListId;

function said(rule: SecurityGroupRule): string {
  const { IsEgress, IpProtocol, FromPort, ToPort } = rule;
  const ports =
    IpProtocol === "-1"
      ? "everything"
      : `${IpProtocol} ${FromPort === ToPort ? FromPort : `${FromPort} to ${ToPort}`}`;
  return `${ports} ${IsEgress ? "to" : "from"} ${sourceOf(rule)}`;
}

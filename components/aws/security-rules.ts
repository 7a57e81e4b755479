/** What the rules of security groups are made of. */
import {
  SecurityGroupEgressRule,
  type SecurityGroupEgressRuleArgs,
} from "@pulumi/aws/vpc/securityGroupEgressRule";
import {
  SecurityGroupIngressRule,
  type SecurityGroupIngressRuleArgs,
} from "@pulumi/aws/vpc/securityGroupIngressRule";
import type * as pulumi from "@pulumi/pulumi";
import { type Transforms, transformed } from "../transform";

/** The args of rules that a transform can change. */
export interface RuleChildren {
  ingressRule: SecurityGroupIngressRuleArgs;
  egressRule: SecurityGroupEgressRuleArgs;
}

/** All addresses there are. */
export const WORLD = { ipv4: { cidrIpv4: "0.0.0.0/0" }, ipv6: { cidrIpv6: "::/0" } };

/** One TCP port. */
export const tcp = (at: number) => ({ ipProtocol: "tcp", fromPort: at, toPort: at });

/** Makers of one rule each, whose names start with the component's. */
export function ruleMakers(
  name: string,
  transform: Transforms<RuleChildren>,
  opts: pulumi.CustomResourceOptions,
) {
  return {
    ingress: (ruleName: string, args: SecurityGroupIngressRuleArgs): pulumi.Resource =>
      new SecurityGroupIngressRule(`${name}-${ruleName}`, transformed(args, transform.ingressRule), opts),
    egress: (ruleName: string, args: SecurityGroupEgressRuleArgs): pulumi.Resource =>
      new SecurityGroupEgressRule(`${name}-${ruleName}`, transformed(args, transform.egressRule), opts),
  };
}

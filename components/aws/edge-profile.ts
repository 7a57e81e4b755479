import { AccessEntry, type AccessEntryArgs } from "@pulumi/aws/eks/accessEntry";
import { InstanceProfile, type InstanceProfileArgs } from "@pulumi/aws/iam/instanceProfile";
import { Role, type RoleArgs } from "@pulumi/aws/iam/role";
import { RolePolicy, type RolePolicyArgs } from "@pulumi/aws/iam/rolePolicy";
import { RolePolicyAttachment, type RolePolicyAttachmentArgs } from "@pulumi/aws/iam/rolePolicyAttachment";
import type * as pulumi from "@pulumi/pulumi";
import { type Transforms, transformed } from "../transform";
import { type Bootstrap, nodePermissions } from "./bootstrap";

/** The args that a transform can change. */
export interface EdgeProfileChildren {
  role: RoleArgs;
  rolePolicy: RolePolicyArgs;
  rolePolicyAttachment: RolePolicyAttachmentArgs;
  instanceProfile: InstanceProfileArgs;
  accessEntry: AccessEntryArgs;
}

export interface EdgeProfile {
  readonly profile: InstanceProfile;
  /** Without these a node can't join its cluster. */
  readonly permissions: pulumi.Resource[];
}

/**
 * Makes the nodes' instance profile, which may do what joining the cluster needs and nothing else. For EKS it is also let
 * into the cluster, by an access entry, for which the cluster's authentication mode must be `API` or `API_AND_CONFIG_MAP`.
 */
export function makeEdgeProfile(
  name: string,
  bootstrap: Bootstrap,
  transform: Transforms<EdgeProfileChildren>,
  opts: pulumi.CustomResourceOptions,
): EdgeProfile {
  const { principal, policyArns, statements } = nodePermissions(bootstrap);
  const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: principal } };
  const trusted: RoleArgs = {
    assumeRolePolicy: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
  };
  const role = new Role(`${name}-node`, transformed(trusted, transform.role), opts);
  const attachments = policyArns.map((policyArn) => {
    const args: RolePolicyAttachmentArgs = { role: role.name, policyArn };
    const policyName = policyArn.split("/").at(-1);
    return new RolePolicyAttachment(
      `${name}-${policyName}`,
      transformed(args, transform.rolePolicyAttachment),
      opts,
    );
  });
  const policies = statements.map((statement) => {
    const policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    const args: RolePolicyArgs = { role: role.name, policy };
    return new RolePolicy(`${name}-join-token`, transformed(args, transform.rolePolicy), opts);
  });
  const entries =
    bootstrap.kind === "eks"
      ? [bootstrap].map(({ clusterName }) => {
          const args: AccessEntryArgs = { clusterName, principalArn: role.arn, type: "EC2_LINUX" };
          return new AccessEntry(`${name}-node`, transformed(args, transform.accessEntry), opts);
        })
      : [];
  const held: InstanceProfileArgs = { role: role.name };
  const profile = new InstanceProfile(`${name}-node`, transformed(held, transform.instanceProfile), opts);
  return { profile, permissions: [...attachments, ...policies, ...entries] };
}

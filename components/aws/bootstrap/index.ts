import type { PolicyStatement } from "@pulumi/aws/iam/documents";
import { type EksCluster, eksPartition, eksPolicies, eksUserData } from "./eks";
import { type K3sCluster, k3sUserData } from "./k3s";
import { type KubeadmCluster, kubeadmUserData } from "./kubeadm";
import { tokenStatement } from "./token";

/** The cluster that edge nodes join, and how. */
export type Bootstrap =
  | ({ readonly kind: "eks" } & EksCluster)
  | ({ readonly kind: "kubeadm" } & KubeadmCluster)
  | ({ readonly kind: "k3s" } & K3sCluster);

/** What a node runs at its first boot: it joins the cluster with the label and the taint of edge nodes. */
export function userData(bootstrap: Bootstrap): string {
  switch (bootstrap.kind) {
    case "eks":
      return eksUserData(bootstrap);
    case "kubeadm":
      return kubeadmUserData(bootstrap);
    case "k3s":
      return k3sUserData(bootstrap);
  }
}

/** What a node may do in AWS: no more than it needs to join. */
export interface NodePermissions {
  /** The service that gives the nodes their role. */
  readonly principal: string;
  /** ARNs of AWS's own policies. */
  readonly policyArns: readonly string[];
  readonly statements: readonly PolicyStatement[];
}

export function nodePermissions(bootstrap: Bootstrap): NodePermissions {
  if (bootstrap.kind === "eks") {
    const partition = eksPartition(bootstrap);
    const policyArns = eksPolicies.map((name) => `arn:${partition}:iam::aws:policy/${name}`);
    return { principal: ec2In(partition), policyArns, statements: [] };
  }
  const { tokenArn } = bootstrap;
  const [, partition] = tokenArn.split(":");
  return { principal: ec2In(partition), policyArns: [], statements: [tokenStatement(tokenArn)] };
}

/** EC2 as a policy names it; in China by another domain, as in Amazon's own template for nodes of EKS. */
const ec2In = (partition: string | undefined): string =>
  partition === "aws-cn" ? "ec2.amazonaws.com.cn" : "ec2.amazonaws.com";

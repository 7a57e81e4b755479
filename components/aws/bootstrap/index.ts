import type { PolicyStatement } from "@pulumi/aws/iam/documents";
import { type EksCluster, eksPolicies, eksUserData } from "./eks";
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
  /** ARNs of AWS's own policies. */
  readonly policyArns: readonly string[];
  readonly statements: readonly PolicyStatement[];
}

export function nodePermissions(bootstrap: Bootstrap): NodePermissions {
  return bootstrap.kind === "eks"
    ? { policyArns: eksPolicies, statements: [] }
    : { policyArns: [], statements: [tokenStatement(bootstrap.tokenArn)] };
}

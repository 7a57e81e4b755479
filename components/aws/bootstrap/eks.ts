import { stringify } from "yaml";
import { GRACEFUL_SHUTDOWN, NODE_LABEL, NODE_TAINT_TEXT } from "./registration";

/** An EKS cluster, whose nodes run Amazon's image for it, of Amazon Linux 2023. */
export interface EksCluster {
  readonly clusterName: string;
  /** URL of the API server. */
  readonly endpoint: string;
  /** Certificate of the cluster's authority in base64. */
  readonly certificateAuthority: string;
  /** Address range of the cluster's Services. */
  readonly serviceCidr: string;
}

/** What EKS asks of a node's role (https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html). */
export const eksPolicies = [
  "AmazonEKSWorkerNodePolicy",
  "AmazonEC2ContainerRegistryPullOnly",
  // Of the VPC's network plugin, which runs on every node with the node's role unless it was given one of its own.
  "AmazonEKS_CNI_Policy",
];

/**
 * The partition of AWS that the cluster is in, by the region in its API server's name
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html).
 */
export function eksPartition({ endpoint }: EksCluster): string {
  const [, prefix] = /\.(us-gov|cn)-[a-z]+-\d\./.exec(endpoint) ?? [];
  return prefix === undefined ? "aws" : `aws-${prefix}`;
}

/** Tag by which a cluster's control plane knows its instances. */
export const eksTags = ({ clusterName }: EksCluster): Record<string, string> => ({
  [`kubernetes.io/cluster/${clusterName}`]: "owned",
});

/** A document for nodeadm (https://awslabs.github.io/amazon-eks-ami/nodeadm/). */
export function eksUserData(cluster: EksCluster): string {
  const nodeConfig = {
    apiVersion: "node.eks.aws/v1alpha1",
    kind: "NodeConfig",
    spec: {
      cluster: {
        name: cluster.clusterName,
        apiServerEndpoint: cluster.endpoint,
        certificateAuthority: cluster.certificateAuthority,
        cidr: cluster.serviceCidr,
      },
      kubelet: {
        config: GRACEFUL_SHUTDOWN,
        flags: [`--node-labels=${NODE_LABEL}`, `--register-with-taints=${NODE_TAINT_TEXT}`],
      },
    },
  };
  return [
    "MIME-Version: 1.0",
    `Content-Type: multipart/mixed; boundary="${BOUNDARY}"`,
    "",
    `--${BOUNDARY}`,
    "Content-Type: application/node.eks.aws",
    "",
    stringify(nodeConfig, { lineWidth: 0 }).trimEnd(),
    `--${BOUNDARY}--`,
    "",
  ].join("\n");
}

const BOUNDARY = "//";

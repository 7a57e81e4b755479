import { stringify } from "yaml";
import { NODE_LABEL, NODE_TAINT, shutdownConfiguration } from "./registration";
import { fetchToken } from "./token";

/** A cluster made by kubeadm 1.31 or later, whose nodes' image has its kubelet, kubeadm and AWS's CLI. */
export interface KubeadmCluster {
  /** Host and port of the API server. */
  readonly endpoint: string;
  /** Hashes of the cluster's authority, by which nodes know the API server, such as `sha256:` and 64 digits. */
  readonly caCertHashes: readonly string[];
  /** ARN of the parameter or secret that holds a bootstrap token. */
  readonly tokenArn: string;
}

/** A script that joins by a file (https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/). */
export function kubeadmUserData({ endpoint, caCertHashes, tokenArn }: KubeadmCluster): string {
  const join = {
    apiVersion: "kubeadm.k8s.io/v1beta4",
    kind: "JoinConfiguration",
    discovery: { bootstrapToken: { apiServerEndpoint: endpoint, caCertHashes, token: TOKEN } },
    nodeRegistration: {
      kubeletExtraArgs: [{ name: "node-labels", value: NODE_LABEL }],
      taints: [NODE_TAINT],
    },
    patches: { directory: "/run/edge-node/patches" },
  };
  return `#!/bin/bash
set -euo pipefail
umask 077
${fetchToken(tokenArn)}
mkdir -p /run/edge-node/patches
cat > /run/edge-node/patches/kubeletconfiguration.yaml <<'END'
${shutdownConfiguration()}END
join=$(cat <<'END'
${stringify(join, { lineWidth: 0 })}END
)
printf '%s\\n' "\${join/${TOKEN}/"$token"}" > /run/edge-node/join.yaml
kubeadm join --config /run/edge-node/join.yaml
rm -r /run/edge-node
`;
}

/** Stands in the file for the token, which only the node knows. */
const TOKEN = "JOIN_TOKEN";

import { stringify } from "yaml";
import { NODE_LABEL, NODE_TAINT_TEXT, shutdownConfiguration } from "./registration";
import { fetchToken } from "./token";

/**
 * A k3s cluster of version 1.32 or later, whose nodes' image has AWS's CLI, and k3s with the service `k3s-agent`, not
 * started (`INSTALL_K3S_SKIP_START=true`).
 */
export interface K3sCluster {
  /** URL of a server. */
  readonly endpoint: string;
  /** ARN of the parameter or secret that holds the agents' token. */
  readonly tokenArn: string;
}

/** A script that starts an agent (https://docs.k3s.io/installation/configuration#configuration-file). */
export function k3sUserData({ endpoint, tokenArn }: K3sCluster): string {
  const configuration = {
    server: endpoint,
    "token-file": "/etc/rancher/k3s/agent-token",
    "node-label": [NODE_LABEL],
    "node-taint": [NODE_TAINT_TEXT],
  };
  return `#!/bin/bash
set -euo pipefail
umask 077
${fetchToken(tokenArn)}
mkdir -p /etc/rancher/k3s ${KUBELET_FOLDER}
printf '%s\\n' "$token" > /etc/rancher/k3s/agent-token
cat > /etc/rancher/k3s/config.yaml <<'END'
${stringify(configuration, { lineWidth: 0 })}END
cat > ${KUBELET_FOLDER}/50-shutdown.conf <<'END'
${shutdownConfiguration()}END
systemctl enable --now k3s-agent
`;
}

/** Where k3s's kubelet looks for more configuration. */
const KUBELET_FOLDER = "/var/lib/rancher/k3s/agent/etc/kubelet.conf.d";

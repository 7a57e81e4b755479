import type { core } from "@pulumi/kubernetes/types/input";
import type { Input } from "@pulumi/pulumi";
import { CONFIG_FOLDER, INTERNAL_PORT } from "./traefik-config";

/** Label, with an empty value, of the nodes that take outside traffic, and key of the taint that keeps others off them. */
export const EDGE_NODE_LABEL = "edge-node-label";

/** Seconds after which a Traefik that was told to end is killed. */
export const TERMINATION_GRACE_SECONDS = 60;

/** What each Traefik asks for and may use at most, as Kubernetes quantities. */
export interface TraefikResources {
  readonly cpu: string;
  readonly memory: string;
  readonly cpuLimit: string;
  readonly memoryLimit: string;
}

/** One Traefik on its node's own network: ports 80 and 443 of an edge node are Traefik's. */
export function traefikPod(args: {
  image: string;
  serviceAccountName: Input<string>;
  configMapName: Input<string>;
  resources: TraefikResources;
  priorityClassName?: string;
}): core.v1.PodSpec {
  const { cpu, memory, cpuLimit, memoryLimit } = args.resources;
  return {
    serviceAccountName: args.serviceAccountName,
    ...(args.priorityClassName !== undefined && { priorityClassName: args.priorityClassName }),
    terminationGracePeriodSeconds: TERMINATION_GRACE_SECONDS,
    hostNetwork: true,
    dnsPolicy: "ClusterFirstWithHostNet",
    nodeSelector: { [EDGE_NODE_LABEL]: "" },
    tolerations: [{ key: EDGE_NODE_LABEL, operator: "Exists" }],
    securityContext: { seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "traefik",
        image: args.image,
        ports: [
          { name: "web", containerPort: 80, hostPort: 80 },
          { name: "websecure", containerPort: 443, hostPort: 443 },
          { name: "traefik", containerPort: INTERNAL_PORT, hostPort: INTERNAL_PORT },
        ],
        resources: { requests: { cpu, memory }, limits: { cpu: cpuLimit, memory: memoryLimit } },
        readinessProbe: { httpGet: ping, periodSeconds: 5, failureThreshold: 1 },
        livenessProbe: { httpGet: ping, periodSeconds: 10, failureThreshold: 3 },
        securityContext: containerSecurity,
        volumeMounts: [
          { name: "config", mountPath: CONFIG_FOLDER, readOnly: true },
          // Where middlewares buffer large request bodies.
          { name: "tmp", mountPath: "/tmp" },
        ],
      },
    ],
    volumes: [
      { name: "config", configMap: { name: args.configMapName } },
      { name: "tmp", emptyDir: {} },
    ],
  };
}

const ping = { path: "/ping", port: INTERNAL_PORT };

/**
 * Root, with one capability of all. Another user could not bind ports below 1024: Kubernetes gives added capabilities
 * to root alone unless the program's file carries them, which Traefik's doesn't, and the sysctl that opens low ports to
 * everybody is the node's own on the host network. See https://github.com/kubernetes/enhancements/issues/2763.
 */
const containerSecurity: core.v1.SecurityContext = {
  runAsUser: 0,
  privileged: false,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
};

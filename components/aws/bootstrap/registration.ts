import { stringify } from "yaml";
import { EDGE_NODE_LABEL, TERMINATION_GRACE_SECONDS } from "../../kubernetes/traefik-pod";

/** As kubelets take it: Traefik's DaemonSet selects such nodes. */
export const NODE_LABEL = `${EDGE_NODE_LABEL}=`;

/** Keeps all pods off that don't tolerate it as Traefik's do. */
export const NODE_TAINT = { key: EDGE_NODE_LABEL, value: "", effect: "NoSchedule" } as const;

/** As kubelets take it. */
export const NODE_TAINT_TEXT = `${NODE_TAINT.key}=${NODE_TAINT.value}:${NODE_TAINT.effect}`;

/**
 * Makes the kubelet hold up the machine's shutdown until pods have ended: ordinary ones first, critical ones after them,
 * each with Traefik's whole grace
 * (https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#graceful-node-shutdown).
 */
export const GRACEFUL_SHUTDOWN = {
  shutdownGracePeriod: `${2 * TERMINATION_GRACE_SECONDS}s`,
  shutdownGracePeriodCriticalPods: `${TERMINATION_GRACE_SECONDS}s`,
} as const;

/** A kubelet's configuration file with these settings alone, to be merged into others. */
export const shutdownConfiguration = (): string =>
  stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    ...GRACEFUL_SHUTDOWN,
  });

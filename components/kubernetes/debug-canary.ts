/** A canary with a container of debugging tools beside the app, under a sandboxed runtime. */
import type { core } from "@pulumi/kubernetes/types/input";
import type { AppPod, PodSettings } from "./pods";

/** The container with the tools. */
export interface Sidecar {
  readonly image: string;
  /** What it runs, in place of the image's own entrypoint and arguments. */
  readonly command?: readonly string[];
  /** Whether it is root and has all rights over the pod's kernel: under a sandboxed runtime, over its virtual machine. */
  readonly privileged: boolean;
  /** Folder on the node that it sees as `/out`. */
  readonly hostPath?: string;
}

const OUTPUT = { name: "debug-output", mountPath: "/out" };

/** A variant's pod with the sidecar, which sees the app's processes. */
export function withSidecar(pod: AppPod, sidecar: Sidecar, { resources }: PodSettings): AppPod {
  const { image, command, privileged, hostPath } = sidecar;
  const container: core.v1.Container = {
    name: "debug",
    image,
    ...(command !== undefined && { command: [...command] }),
    resources: {
      requests: { cpu: resources.cpu, memory: resources.memory },
      limits: { memory: resources.memoryLimit },
    },
    // Tools such as perf run as root, whatever the app does, and only with root's user id has a container its privileges.
    securityContext: { runAsNonRoot: false, ...(privileged && { runAsUser: 0, privileged }) },
    ...(hostPath !== undefined && { volumeMounts: [OUTPUT] }),
  };
  return {
    ...pod,
    shareProcessNamespace: true,
    containers: [...pod.containers, container],
    ...(hostPath !== undefined && {
      volumes: [
        ...(pod.volumes ?? []),
        { name: OUTPUT.name, hostPath: { path: hostPath, type: "DirectoryOrCreate" } },
      ],
    }),
  };
}

/** Pod Security's level that lets such a pod in; undefined if that is `baseline`, a cluster's usual one. */
export function podSecurityLevel({ privileged, hostPath }: Sidecar): "privileged" | undefined {
  return privileged || hostPath !== undefined ? "privileged" : undefined;
}

/** What such a canary loosens, for people who must agree to it. */
export function loosened(namespace: string, runtimeClass: string, sidecar: Sidecar): string[] {
  const { image, privileged, hostPath } = sidecar;
  return [
    `container debug (${image}) sees the app's processes, their memory and environment, secrets included`,
    `container debug runs as root${privileged ? "" : " where its image does"}`,
    ...(privileged
      ? [`container debug is privileged, within the sandbox of RuntimeClass ${runtimeClass}`]
      : []),
    ...(hostPath === undefined ? [] : [`container debug writes to ${hostPath} of the node`]),
    ...(podSecurityLevel(sidecar) === undefined
      ? []
      : [
          `Namespace ${namespace} lets privileged pods in, whoever makes them, unless policies.admission is true`,
        ]),
  ];
}

/** The Traefiks of the edge nodes, seen from outside. */
import { setTimeout as sleep } from "node:timers/promises";
import { AppsV1Api } from "@kubernetes/client-node";
import type { Lab } from "../../lab/client";
import type { KubernetesObject } from "../../lab/cluster";

/** Traefik's default of `providersThrottleDuration`, which the program keeps: at most one reload in this time. */
export const THROTTLE_MS = 2000;

/** Where each edge node takes requests, such as `http://10.78.0.1`. */
export async function origins(lab: Lab): Promise<string[]> {
  return (await lab.edgeAddresses()).map((address) => `http://${address}`);
}

/** How often each edge node's Traefik has loaded a configuration. */
export async function reloads(lab: Lab): Promise<number[]> {
  const addresses = await lab.edgeAddresses();
  return Promise.all(
    addresses.map(async (address) => {
      const { body } = await lab.get(`http://${address}:8080/metrics`);
      return Number(/^traefik_config_reloads_total (\S+)$/m.exec(body)?.[1]);
    }),
  );
}

/** Waits until no Traefik has loaded a configuration for longer than it takes to learn of a change. */
export async function untilSettled(lab: Lab): Promise<void> {
  let before: number[];
  do {
    before = await reloads(lab);
    await sleep(THROTTLE_MS + 500);
  } while (String(await reloads(lab)) !== String(before));
}

/** Waits until every edge node has an available Traefik of the DaemonSet's last change, and none of before. */
export async function untilTraefikReady(lab: Lab): Promise<void> {
  const apps = lab.cluster.api(AppsV1Api);
  const isReady = async (): Promise<boolean> => {
    const { metadata, status } = await apps.readNamespacedDaemonSet({
      name: "traefik",
      namespace: "traefik",
    });
    if (status === undefined || status.observedGeneration !== metadata?.generation) return false;
    const { desiredNumberScheduled: desired, updatedNumberScheduled: updated, numberAvailable } = status;
    return desired > 0 && updated === desired && numberAvailable === desired;
  };
  await lab.until("Traefik is ready on every edge node", isReady, 300);
}

/** A pod such as a DaemonSet's, on the pod network; `name` is that of its namespace, too. */
export function podOf({ spec }: KubernetesObject, name: string): KubernetesObject {
  const { template } = spec as { template: { spec: Record<string, unknown> } };
  const { hostNetwork: _, nodeSelector: __, dnsPolicy: ___, ...pod } = template.spec;
  const [container] = pod.containers as { ports: { containerPort: number; name: string }[] }[];
  const ports = container?.ports.map(({ name, containerPort }) => ({ name, containerPort }));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: name, labels: { name } },
    spec: { ...pod, terminationGracePeriodSeconds: 1, containers: [{ ...container, ports }] },
  };
}

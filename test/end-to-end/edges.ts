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

/** Longest that it takes until a Traefik has heard of a change, and may load it. */
const HEARD_MS = 1000;

/** From one look at Traefik's metrics to the next. */
const LOOK_MS = 250;

/** How often each edge node's Traefik has loaded a configuration. */
export async function reloads(lab: Lab): Promise<number[]> {
  return metric(lab, await lab.edgeAddresses(), "traefik_config_reloads_total");
}

/**
 * Waits until no Traefik has anything left to load: it has heard of every change before now, and is beyond the time in
 * which it would keep one back.
 */
export async function untilSettled(lab: Lab): Promise<void> {
  const addresses = await lab.edgeAddresses();
  const count = async () => String(await metric(lab, addresses, "traefik_config_reloads_total"));
  let settled = Date.now() + HEARD_MS;
  const throttledUntil = (loaded: number): number => Math.max(settled, loaded + THROTTLE_MS + HEARD_MS);
  let loads = await count();
  const last = Math.max(...(await metric(lab, addresses, "traefik_config_last_reload_success")));
  // The metric has whole seconds.
  settled = throttledUntil(1000 * (last + 1));
  while (Date.now() < settled) {
    await sleep(LOOK_MS);
    const now = await count();
    if (now !== loads) settled = throttledUntil(Date.now());
    loads = now;
  }
}

/** A metric's value at each edge node's Traefik. */
function metric(lab: Lab, addresses: readonly string[], name: string): Promise<number[]> {
  const line = new RegExp(`^${name} (\\S+)$`, "m");
  return Promise.all(
    addresses.map(async (address) => {
      const { body } = await lab.get(`http://${address}:8080/metrics`);
      return Number(line.exec(body)?.[1]);
    }),
  );
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

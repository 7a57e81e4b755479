/** A Traefik that reads the objects of every router that it can. */
import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import { traefikProviders } from "../../components/routers";
import { isReady, type Lab } from "../../lab/client";
import { rendered } from "./rendered";

/** As `rendered` takes them. */
export const everyProvider: readonly string[] = traefikProviders.map(
  (provider, i) => `traefik.providers[${i}]=${provider}`,
);

/** Lets stack dev's Traefiks read all of them. Resolves when every edge node has its new Traefik. */
export const readEveryProvider = (lab: Lab): Promise<void> => applyDev(lab, everyProvider);

/**
 * Applies stack dev. Traefiks that change, or are still ending after an earlier change, are replaced at once: one after the
 * other, with all the time that each may take for what it has, is minutes.
 *
 * @param overrides as `rendered` takes them
 */
export async function applyDev(lab: Lab, overrides: readonly string[] = []): Promise<void> {
  await lab.apply(await rendered("dev", overrides));
  const daemonSet = { name: "traefik", namespace: "traefik" };
  let outdated = 0;
  await lab.until("the last change of Traefik's DaemonSet is seen", async () => {
    const { metadata, status } = await lab.cluster.api(AppsV1Api).readNamespacedDaemonSet(daemonSet);
    outdated = (status?.currentNumberScheduled ?? 0) - (status?.updatedNumberScheduled ?? 0);
    return status?.observedGeneration === metadata?.generation;
  });
  const { namespace } = daemonSet;
  const labelSelector = "app.kubernetes.io/name=traefik";
  const old = await lab.pods(labelSelector, namespace);
  if (outdated === 0 && old.every(({ metadata }) => metadata?.deletionTimestamp === undefined)) return;
  const uids = new Set(old.map(({ metadata }) => metadata?.uid));
  const deletion = { namespace, labelSelector, gracePeriodSeconds: 0 };
  await lab.cluster.api(CoreV1Api).deleteCollectionNamespacedPod(deletion);
  const edges = (await lab.edgeNodes()).length;
  await lab.until("every edge node has its new Traefik", async () => {
    const pods = await lab.pods(labelSelector, namespace);
    return pods.length === edges && pods.every((pod) => isReady(pod) && !uids.has(pod.metadata?.uid));
  });
}

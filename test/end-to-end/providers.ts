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
 * Applies stack dev. Where its Traefiks change with that, they are replaced at once: one after the other, with all the time
 * that each may take for what it has, is minutes.
 *
 * @param overrides as `rendered` takes them
 */
export async function applyDev(lab: Lab, overrides: readonly string[] = []): Promise<void> {
  const applied = await lab.apply(await rendered("dev", overrides));
  const traefik = applied.find(({ object }) => object.kind === "DaemonSet");
  if (traefik === undefined || traefik.change === "unchanged") return;
  const { name, namespace = "" } = traefik.object.metadata;
  const apps = lab.cluster.api(AppsV1Api);
  await lab.until("the new Traefiks are known of", async () => {
    const { metadata, status } = await apps.readNamespacedDaemonSet({ name, namespace });
    return status?.observedGeneration === metadata?.generation;
  });
  const labels = "app.kubernetes.io/name=traefik";
  const old = new Set((await lab.pods(labels, namespace)).map(({ metadata }) => metadata?.uid));
  const deletion = { namespace, labelSelector: labels, gracePeriodSeconds: 0 };
  await lab.cluster.api(CoreV1Api).deleteCollectionNamespacedPod(deletion);
  const edges = (await lab.edgeNodes()).length;
  await lab.until("every edge node has its new Traefik", async () => {
    const pods = await lab.pods(labels, namespace);
    return pods.length === edges && pods.every((pod) => isReady(pod) && !old.has(pod.metadata?.uid));
  });
}

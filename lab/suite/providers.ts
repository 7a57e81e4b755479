/** A Traefik that reads the objects of every router that it can. */
import { AppsV1Api } from "@kubernetes/client-node";
import { traefikProviders } from "../../components/routers";
import type { Lab } from "../client";
import { rendered } from "./rendered";

/** As `rendered` takes them. */
export const everyProvider: readonly string[] = traefikProviders.map(
  (provider, i) => `traefik.providers[${i}]=${provider}`,
);

/** Lets stack dev's Traefiks read all of them. Resolves when every edge node has its new Traefik. */
export async function readEveryProvider(lab: Lab): Promise<void> {
  await lab.apply(await rendered("dev", everyProvider));
  const apps = lab.cluster.api(AppsV1Api);
  await lab.until(
    "Traefik is rolled",
    async () => {
      const { metadata, status } = await apps.readNamespacedDaemonSet({
        name: "traefik",
        namespace: "traefik",
      });
      const { observedGeneration, desiredNumberScheduled, updatedNumberScheduled, numberAvailable } =
        status ?? {};
      return (
        observedGeneration === metadata?.generation &&
        [updatedNumberScheduled, numberAvailable].every((count) => count === desiredNumberScheduled)
      );
    },
    300,
  );
}

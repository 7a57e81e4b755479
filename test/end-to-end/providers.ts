/** A Traefik that reads the objects of every router that it can. */
import { traefikProviders } from "../../components/routers";
import type { Lab } from "../../lab/client";
import { untilTraefikReady } from "./edges";
import { rendered } from "./rendered";

/** As `rendered` takes them. */
export const everyProvider: readonly string[] = traefikProviders.map(
  (provider, i) => `traefik.providers[${i}]=${provider}`,
);

/** Lets stack dev's Traefiks read all of them. Resolves when every edge node has its new Traefik. */
export async function readEveryProvider(lab: Lab): Promise<void> {
  await lab.apply(await rendered("dev", everyProvider));
  await untilTraefikReady(lab);
}

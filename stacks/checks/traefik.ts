import { routers } from "../../components/routers";
import type { Problem } from "../problems";
import type { Parsed } from "../schema";

/** Settings of Traefik 3 that Traefik 1.7 knows nothing of. */
const OF_V3 = ["installCrds", "crdsChartVersion", "providers", "defaultCertificateSecret"];

/** What routes and pods need to know of a Traefik that others run. */
const OF_ANYBODYS = ["install", "ingressClass", "edgeAddresses"];

/** Settings that the chosen version of Traefik does not read, or that nobody reads as the program runs none. */
export function traefikProblems(parsed: Parsed, raw: Record<string, unknown>): Problem[] {
  const { traefik } = parsed;
  const given = (raw.traefik ?? {}) as { readonly ingressClass?: unknown };
  const unclassed = !traefik.install && given.ingressClass === undefined ? classReaders(parsed) : [];
  const missing = unclassed.slice(0, 1).map((app) => ({
    key: "traefik.ingressClass",
    allowed:
      `the class that your Traefik's CRD provider is set to, or traefik if it is set to none, as with traefik.install false ` +
      `nothing else says who serves ${app}`,
  }));
  const unread = Object.entries(given).flatMap(([name, value]): Problem[] => {
    const key = `traefik.${name}`;
    if (traefik.version === "v1" && OF_V3.includes(name))
      return [{ key, value, allowed: "no such key with traefik.version v1" }];
    if (!traefik.install && !OF_ANYBODYS.includes(name))
      return [{ key, value, allowed: "with traefik.install true only" }];
    return [];
  });
  return [...missing, ...unread];
}

/** Apps whose routes a Traefik finds by their class. */
const classReaders = (parsed: Parsed): string[] =>
  Object.entries(parsed.apps).flatMap(([name, app]) => {
    const providers = [app.router ?? parsed.router, ...app.alsoRoutedBy].map(
      (router) => routers[router].traefikProvider,
    );
    const hosts = [app.host, app.canaryHost, ...Object.values(app.canaries).map(({ host }) => host)];
    const isRead = providers.includes("crd") || providers.includes("kubernetes");
    return isRead && hosts.some((host) => host !== undefined) ? [name] : [];
  });

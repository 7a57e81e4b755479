import type { Problem } from "../problems";
import type { Parsed } from "../schema";

/** Settings of Traefik 3 that Traefik 1.7 knows nothing of. */
const OF_V3 = ["installCrds", "crdsChartVersion", "providers", "defaultCertificateSecret"];

/** What routes need to know of a Traefik that others run. */
const OF_ANYBODYS = [
  "install",
  "version",
  "ingressClass",
  "providers",
  "redirectToHttps",
  "trustedIps",
  "edgeAddresses",
];

/** Settings that the chosen version of Traefik does not read, or that nobody reads as the program runs none. */
export function traefikProblems({ traefik }: Parsed, raw: Record<string, unknown>): Problem[] {
  return Object.entries((raw.traefik ?? {}) as object).flatMap(([name, value]): Problem[] => {
    const key = `traefik.${name}`;
    if (traefik.version === "v1" && OF_V3.includes(name))
      return [{ key, value, allowed: "no such key with traefik.version v1" }];
    if (!traefik.install && !OF_ANYBODYS.includes(name))
      return [{ key, value, allowed: "with traefik.install true only" }];
    return [];
  });
}

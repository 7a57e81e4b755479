/** Settings that a new stack had better have, and that an older one keeps as they were as long as nobody says otherwise. */
import { isExisting } from "./fleets";
import type { Settings } from "./settings";
import { hasCluster, hasFleets } from "./settings";
import { workloadKindOf } from "./workload-kinds";

type Raw = Readonly<Record<string, unknown>>;

/**
 * A line for each setting that is absent, and so has its old meaning; empty for a stack that is strict, or says itself what it wants.
 *
 * @param raw what `settings` was made of, without its defaults
 */
export function advice(settings: Settings, raw: Raw): string[] {
  const isAbsent = (...path: string[]): boolean => at(raw, path) === undefined;
  const found: string[] = [];
  const advise = (key: string, means: string, strict: string): void =>
    void found.push(`advice: ${key} is absent, which means ${means}; strict: ${strict}`);
  if (hasCluster(settings)) {
    for (const { name } of settings.apps.filter((app) => workloadKindOf(app) === "built")) {
      if (isAbsent("apps", name, "runAsNonRoot"))
        advise(`apps.${name}.runAsNonRoot`, "that its pods may run as root", "true");
    }
    const { install, clusterWide, version } = settings.traefik;
    if (install && clusterWide && isAbsent("traefik", "clusterWide"))
      advise("traefik.clusterWide", "that Traefik may read every Secret of the cluster", "false");
    if (install && version === "v3" && isAbsent("traefik", "bodySeconds"))
      advise(
        "traefik.bodySeconds",
        "that Traefik cuts requests whose body takes over 60 s, gRPC client streams among them",
        "3600",
      );
  }
  if (hasFleets(settings)) {
    const made = settings.apps.filter((app) => !isExisting(app));
    if (made.length > 0 && settings.aws.loadBalancer === "alb" && isAbsent("aws", "strictHttp"))
      advise("aws.strictHttp", "that invalid headers reach the instances", "true");
    if (settings.aws.certificateArn === undefined && made.some(({ host }) => host !== undefined))
      found.push(
        "warning: aws.certificateArn is absent: users' requests come by http, which anybody on the way reads",
      );
  }
  if (hasCluster(settings) && settings.edge === undefined) {
    const bare = settings.apps.filter(({ host, tlsSecret }) => host !== undefined && tlsSecret === undefined);
    if (
      bare.length > 0 &&
      settings.traefik.install &&
      settings.traefik.defaultCertificateSecret === undefined &&
      settings.traefik.trustedIps.length === 0
    )
      found.push(
        `warning: no certificate for ${bare.map(({ host }) => host).join(", ")} (tlsSecret, traefik.defaultCertificateSecret): ` +
          "requests come by http, or by a self-signed certificate",
      );
  }
  return found;
}

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (below, step) =>
      typeof below === "object" && below !== null && Object.hasOwn(below, step)
        ? (below as Record<string, unknown>)[step]
        : undefined,
    value,
  );

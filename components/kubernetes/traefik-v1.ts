/** What Traefik 1.7 needs otherwise than Traefik 3: its configuration is TOML, and it reads Ingresses of old clusters alone. */
import type { rbac } from "@pulumi/kubernetes/types/input";
import { INTERNAL_PORT, type TraefikConfigArgs } from "./traefik-config";

/** Traefik 1.7's configuration file, which it finds by itself: name -> TOML. */
export function configFilesV1(args: TraefikConfigArgs): Record<string, string> {
  return { "traefik.toml": sections(args).map(toToml).join("\n") };
}

/**
 * What Traefik 1.7 watches in each namespace whose routes it serves, see `WatchAll` in
 * https://github.com/traefik/traefik/blob/v1.7.16/provider/kubernetes/client.go.
 */
export const namespaceRulesV1: rbac.v1.PolicyRule[] = [
  { apiGroups: [""], resources: ["services", "endpoints", "secrets"], verbs: ["list", "watch"] },
  { apiGroups: ["extensions"], resources: ["ingresses"], verbs: ["list", "watch"] },
];

type Value = string | number | boolean | readonly string[] | readonly number[];

/** A table by its path, empty for the file's own keys. */
interface Section {
  readonly path: string;
  readonly values: Readonly<Record<string, Value>>;
}

/**
 * As with Traefik 3 there is no dashboard and no API, and ping and metrics have an entry point that serves no routes.
 * Forwarded headers are trusted from everybody if nothing is said of them, and TLS begins at 1.0: both are said.
 * https://github.com/traefik/traefik/blob/v1.7.16/configuration/configuration.go
 */
function sections(args: TraefikConfigArgs): Section[] {
  const table = (path: string, values: Section["values"] = {}): Section => ({ path, values });
  const trusted = (entryPoint: string): Section =>
    table(`entryPoints.${entryPoint}.forwardedHeaders`, { insecure: false, trustedIPs: args.trustedIps });
  return [
    table("", {
      checkNewVersion: false,
      sendAnonymousUsage: false,
      logLevel: "INFO",
      // Entry points of routes that name none.
      defaultEntryPoints: ["http", "https"],
    }),
    table("lifeCycle", {
      requestAcceptGraceTimeout: `${args.acceptGraceSeconds}s`,
      graceTimeOut: `${args.graceSeconds}s`,
    }),
    ...(args.accessLog ? [table("accessLog", { format: "json" })] : []),
    table("entryPoints.http", { address: ":80" }),
    trusted("http"),
    // A request passes that was https where the load balancer took it.
    ...(args.redirectToHttps
      ? [table("entryPoints.http.redirect", { entryPoint: "https", permanent: true })]
      : []),
    table("entryPoints.https", { address: ":443" }),
    trusted("https"),
    table("entryPoints.https.tls", { minVersion: "VersionTLS12" }),
    table("entryPoints.traefik", { address: `:${INTERNAL_PORT}` }),
    trusted("traefik"),
    table("ping", { entryPoint: "traefik" }),
    table("metrics.prometheus", { entryPoint: "traefik", buckets: args.metricsBuckets }),
    table("kubernetes", {
      ingressClass: args.ingressClass,
      ...(args.namespaces && { namespaces: args.namespaces }),
    }),
  ];
}

function toToml({ path, values }: Section): string {
  const lines = Object.entries(values).map(([key, value]) => `${key} = ${literal(value)}`);
  return [...(path === "" ? [] : [`[${path}]`]), ...lines, ""].join("\n");
}

/** Texts of ours as JSON has them; numbers with a point, without which Traefik 1.7 takes none for a bucket. */
function literal(value: Value): string {
  if (typeof value === "number") return Number.isInteger(value) ? value.toFixed(1) : String(value);
  if (typeof value !== "object") return JSON.stringify(value);
  return `[${value.map(literal).join(", ")}]`;
}

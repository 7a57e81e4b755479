import { stringify } from "yaml";
import type { TraefikProvider } from "../routers";

/** Versions of Traefik that differ in what they read and how they are configured. */
export const traefikVersions = ["v3", "v1"] as const;
export type TraefikVersion = (typeof traefikVersions)[number];

/** What Traefik's static configuration depends on. */
export interface TraefikConfigArgs {
  /**
   * Kinds of routes that it reads.
   *
   * @default ["crd"]
   * @example ["crd", "gateway"]
   */
  readonly providers: readonly TraefikProvider[];
  /**
   * Name of the IngressClass whose routes it serves.
   *
   * @default "traefik-external"
   * @example "edge"
   */
  readonly ingressClass: string;
  /**
   * Namespaces whose routes it serves.
   *
   * @default all
   * @example ["shop", "api"]
   */
  readonly namespaces?: readonly string[];
  /**
   * Whether port 80 answers with a redirect to https.
   *
   * @default false
   * @example true
   */
  readonly redirectToHttps: boolean;
  /**
   * Whether every request is written to the standard output, as JSON.
   *
   * @default false
   * @example true
   */
  readonly accessLog?: boolean;
  /**
   * Upper bounds of the latency histogram in seconds.
   *
   * @default [0.1, 0.3, 1.2, 5]
   * @example [0.05, 0.5, 5]
   */
  readonly metricsBuckets: readonly number[];
  /**
   * Address ranges whose forwarded headers are trusted: those of the load balancer in front.
   *
   * @default none
   * @example ["10.0.0.0/16"]
   */
  readonly trustedIps: readonly string[];
  /**
   * Seconds in which a request has to have come in, body included; 0: no limit.
   *
   * @default Traefik's own, 60
   * @example 300
   */
  readonly bodySeconds?: number;
  /**
   * Seconds that a stopping Traefik still takes connections: longer than a load balancer needs to notice.
   *
   * @default 30
   * @example 15
   */
  readonly acceptGraceSeconds: number;
  /**
   * Seconds that it then gives requests in flight; with `acceptGraceSeconds` below 60.
   *
   * @default 20
   * @example 40
   */
  readonly graceSeconds: number;
}

/** Port of the entry point that Traefik keeps for itself: ping and metrics, never an app's routes. */
export const INTERNAL_PORT = 8080;

/** Folder of the configuration files, where Traefik looks for `traefik.yaml` by itself. */
export const CONFIG_FOLDER = "/etc/traefik";

/** Traefik's configuration files: name -> YAML. */
export function configFiles(args: TraefikConfigArgs): Record<string, string> {
  return {
    "traefik.yaml": toYaml(staticConfiguration(args)),
    ...(args.redirectToHttps && { [REDIRECT.file]: toYaml(REDIRECT.content) }),
  };
}

const toYaml = (content: object): string => stringify(content, { aliasDuplicateObjects: false });

/**
 * The redirect is a middleware, which lets a request pass that was https where the load balancer took it. An entry
 * point's own `redirections` answers such a request with 418.
 */
const REDIRECT = {
  file: "redirect.yaml",
  middleware: "to-https@file",
  content: {
    http: { middlewares: { "to-https": { redirectScheme: { scheme: "https", permanent: true } } } },
  },
};

/**
 * Traefik 3's static configuration.
 *
 * The API and with it the dashboard are not enabled at all. Routes that name no entry point are served on `web` and
 * `websecure`, not on `traefik`. `websecure` speaks TLS by default, so that a route needs no `tls` of its own; the
 * certificate is that of the TLSStore `default`, or self-signed while there is none.
 * See https://doc.traefik.io/traefik/v3.7/reference/install-configuration/entrypoints/.
 */
function staticConfiguration(args: TraefikConfigArgs): object {
  const lifeCycle = {
    requestAcceptGraceTimeout: `${args.acceptGraceSeconds}s`,
    graceTimeOut: `${args.graceSeconds}s`,
  };
  const entryPoint = {
    transport: {
      lifeCycle,
      ...(args.bodySeconds !== undefined && {
        respondingTimeouts: { readTimeout: `${args.bodySeconds}s` },
      }),
    },
    ...(args.trustedIps.length > 0 && { forwardedHeaders: { trustedIPs: args.trustedIps } }),
  };
  const redirect = { http: { middlewares: [REDIRECT.middleware] } };
  const read = args.providers.map((provider) => [PROVIDER_KEYS[provider], providerOptions(provider, args)]);
  return {
    global: { checkNewVersion: false },
    log: { level: "INFO" },
    ...(args.accessLog && { accessLog: { format: "json" } }),
    entryPoints: {
      web: { address: ":80", ...entryPoint, ...(args.redirectToHttps && redirect) },
      websecure: { address: ":443", ...entryPoint, http: { tls: {} } },
      traefik: { address: `:${INTERNAL_PORT}`, transport: { lifeCycle } },
    },
    ping: { entryPoint: "traefik", terminatingStatusCode: 503 },
    metrics: { prometheus: { entryPoint: "traefik", buckets: args.metricsBuckets } },
    providers: {
      ...Object.fromEntries(read),
      ...(args.redirectToHttps && { file: { filename: `${CONFIG_FOLDER}/${REDIRECT.file}` } }),
    },
  };
}

/** https://doc.traefik.io/traefik/v3.7/reference/install-configuration/providers/overview/ */
const PROVIDER_KEYS: Readonly<Record<TraefikProvider, string>> = {
  crd: "kubernetesCRD",
  ingressNginx: "kubernetesIngressNGINX",
  gateway: "kubernetesGateway",
};

function providerOptions(provider: TraefikProvider, { ingressClass, namespaces }: TraefikConfigArgs): object {
  switch (provider) {
    case "crd":
      return {
        ingressClass,
        ...(namespaces && { namespaces }),
        // With it a canary without endpoints answers 503 for its share, instead of leaving all to the fallback route.
        allowEmptyServices: false,
        // Nodes are looked up for load balancing by node port only; off, the role needs no rule for them.
        disableClusterScopeResources: true,
      };
    case "ingressNginx":
      return {
        // By default routes are served on entry point `traefik`, too, and those with TLS on port 80.
        httpEntryPoint: "web",
        httpsEntryPoint: "websecure",
        // `watchNamespace` takes one name. Namespaces are looked up at start, when all of them are there.
        ...(namespaces && {
          watchNamespaceSelector: `kubernetes.io/metadata.name in (${namespaces.join(", ")})`,
        }),
      };
    case "gateway":
      return namespaces ? { namespaces } : {};
  }
}

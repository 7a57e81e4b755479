import * as z from "zod";
import { label } from "../fields";
import { withoutAwait } from "../kubernetes/await";
import { escaped } from "./cookie";
import { service } from "./front";
import { bufferProblems } from "./ingress-route";
import { hostNames } from "./path";
import { type Backend, elsewhere, type Manifest, metadata, type Route, type Router } from "./router";

const PREFIX = "nginx.ingress.kubernetes.io";
/** `canary-weight-total` if it is not given. A smaller one is taken for this: Traefik 3.7.5 and ingress-nginx agree. */
const DEFAULT_TOTAL = 100;
const HUNDREDTHS = 10_000;

const settings = z.strictObject({
  ingressClass: label
    .default("nginx")
    .describe("class of the Ingresses, by annotation; Traefik's provider takes nginx, too"),
});
type Settings = z.output<typeof settings>;

/**
 * Ingresses as ingress-nginx reads them: one to the primary, and one of the same host and path to the canary with the canary
 * annotations. ingress-nginx was retired in 2026; Traefik's provider kubernetesIngressNGINX goes on reading them.
 *
 * https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#canary
 */
export const nginx: Router<Settings> = {
  traits: {
    summary: "ingress-nginx's annotations: an Ingress to the primary and a canary Ingress",
    resolution: "0.01 %",
    match: ["header", "cookie"],
    sticky: "a cookie, to a pod; with ingress-nginx it beats `match`",
    mirror: false,
    wildcards: true,
    paths: ["prefix", "exact"],
    strip: true,
    protocols: ["http", "grpc", "https"],
    requestTimeout: "between two bytes of its answer; with Traefik until it begins",
    maxBody: "whole: each request is held back until its end",
    headers: false,
    webSockets:
      "60 s without a byte with ingress-nginx, whose worker also ends them some time after a reload",
    internal: false,
    canaryHost: true,
    missingCanary:
      "the primary's answer; while its pods refuse connections, 502 where three tries in a row are the canary's",
    timeToEmpty: "with sticky, until its last cookie ends; else requests in flight alone",
    touches: ["Ingress"],
    needs: "ingress-nginx 1.0, or Traefik 3.7 with its provider",
    routed: true,
    testedOn: "Traefik 3.7.5's provider, with requests",
    setUps: [
      "ingress-nginx that is there already: `traefik.install: false`; the stack's Traefik would serve the same Ingresses",
      "canaryHost has a Service of its own, `APP-canary-host`: ingress-nginx drops a canary whose Service has an Ingress of its own",
      "a certificate elsewhere: without `tlsSecret` ingress-nginx redirects nobody; behind a load balancer with the certificate that is right",
      "another class than nginx: `routers.nginx.ingressClass`, by annotation, which needs no IngressClass",
    ],
  },
  settings,
  routes: ["networking.k8s.io/Ingress"],
  traefikProvider: "ingressNginx",
  /**
   * A canary's requests are counted under the primary's Ingress, with the canary's upstream in a label of its own.
   *
   * https://github.com/kubernetes/ingress-nginx/blob/main/docs/user-guide/monitoring.md
   */
  metrics: {
    requests: "nginx_ingress_controller_requests",
    durations: "nginx_ingress_controller_request_duration_seconds_bucket",
    millisecondsPerUnit: 1000,
    code: "status",
    selector: (isPrimary) =>
      isPrimary
        ? 'namespace="{{namespace}}",service="{{service}}",canary=""'
        : 'namespace="{{namespace}}",canary="{{namespace}}-{{service}}-{{port}}"',
  },

  /** Whole percents as they are, else hundredths: the total of the two must be 100 or more. */
  weights({ split }) {
    const percents = split.variants.map(({ weight }) => weight);
    const scale = percents.every(Number.isInteger) ? 1 : HUNDREDTHS / DEFAULT_TOTAL;
    return percents.map((percent) => Math.round(percent * scale));
  },

  problems: (route) => [
    ...elsewhere(route, "an Ingress splits between Services"),
    ...(route.split.canaries.length > 1
      ? [`one canary for a host, ingress-nginx's limit, not ${route.split.canaries.length}`]
      : []),
    ...bufferProblems(route),
    ...matchProblems(route),
  ],
  warnings: ({ app, matches, sticky }) =>
    sticky === undefined || matches.length === 0
      ? []
      : [
          `${app}: ingress-nginx asks its cookie ${sticky.cookie} before match: who has it stays with a variant, ` +
            "whatever header or cookie comes with the request",
        ],

  manifests(route) {
    const [primary, canary] = route.backends;
    const hosts = hostNames(route);
    const rewritten = { ...rewrite(route), ...protocolOf(primary), ...limits(route) };
    return [
      ...route.backends.flatMap((backend) =>
        backend.host === undefined ? [] : [service(route, ofHost(backend), backend.selector)],
      ),
      ingress(route, route.app, hosts, primary, { ...rewritten, ...sticky(route) }),
      ...(canary === undefined
        ? []
        : [
            ingress(route, `${route.app}-canary`, hosts, canary, {
              ...rewritten,
              ...canaryAnnotations(route),
            }),
          ]),
      ...route.backends.flatMap((backend) =>
        backend.host === undefined
          ? []
          : [
              ingress(
                route,
                ofHost(backend),
                [backend.host],
                { ...backend, service: ofHost(backend) },
                rewritten,
              ),
            ],
      ),
    ];
  },

  readWeights(manifests) {
    const ingresses = manifests.filter(({ kind }) => kind === "Ingress");
    const canary = ingresses.find(({ metadata }) => metadata.annotations?.[`${PREFIX}/canary`] === "true");
    const primary = ingresses.find(({ metadata }) => canary?.metadata.name === `${metadata.name}-canary`);
    if (canary === undefined || primary === undefined) {
      const [only] = ingresses;
      return only === undefined ? {} : { [serviceOf(only)]: DEFAULT_TOTAL };
    }
    const read = (name: string): number => Number(canary.metadata.annotations?.[`${PREFIX}/${name}`]);
    const total = read("canary-weight-total") || DEFAULT_TOTAL;
    const weight = read("canary-weight");
    return { [serviceOf(primary)]: total - weight, [serviceOf(canary)]: weight };
  },
};

/**
 * Name of the Ingress of a variant's own host, and of the Service behind it: ingress-nginx has one upstream for each Service, and one
 * that has an Ingress of its own is no canary anymore. https://github.com/kubernetes/ingress-nginx/issues/8004
 */
const ofHost = ({ service }: Backend): string => `${service}-host`;

/** What one canary Ingress takes: a header with any value or `always`, and a cookie that is `always`. */
function matchProblems({ matches }: Route): string[] {
  const of = (kind: string) => matches.filter((match) => match.kind === kind);
  return [
    ...(of("header").length > 1 ? ["one match by header, ingress-nginx's limit"] : []),
    ...(of("cookie").length > 1 ? ["one match by cookie, ingress-nginx's limit"] : []),
    ...of("cookie")
      .filter(({ value }) => value !== "always")
      .map(
        ({ name, value }) =>
          `a cookie ${name} of value always, the one that ingress-nginx knows, not ${value}`,
      ),
  ];
}

function canaryAnnotations(route: Route<Settings>): Record<string, string> {
  const [primary = 0, weight = 0] = nginx.weights(route);
  const total = primary + weight;
  return {
    [`${PREFIX}/canary`]: "true",
    [`${PREFIX}/canary-weight`]: String(weight),
    ...(total !== DEFAULT_TOTAL && { [`${PREFIX}/canary-weight-total`]: String(total) }),
    ...Object.assign(
      {},
      ...route.matches.map(({ kind, name, value }) => ({
        [`${PREFIX}/canary-by-${kind}`]: name,
        // Without it the values always and never are known, and never keeps a request from the canary.
        ...(kind === "header" && value !== "always" && { [`${PREFIX}/canary-by-header-value`]: value }),
      })),
    ),
  };
}

/** https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#backend-protocol */
const protocolOf = ({ protocol }: Backend): Record<string, string> =>
  protocol === undefined ? {} : { [`${PREFIX}/backend-protocol`]: protocol.toUpperCase() };

/** https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#custom-timeouts */
function limits({ requestTimeoutSeconds, maxBodyBytes }: Route): Record<string, string> {
  const seconds = String(requestTimeoutSeconds);
  return {
    ...(requestTimeoutSeconds !== undefined && {
      [`${PREFIX}/proxy-read-timeout`]: seconds,
      [`${PREFIX}/proxy-send-timeout`]: seconds,
    }),
    ...(maxBodyBytes !== undefined && {
      [`${PREFIX}/proxy-body-size`]: String(maxBodyBytes),
      // Traefik's provider heeds the size of bodies that it holds back alone, which ingress-nginx does by default.
      [`${PREFIX}/proxy-request-buffering`]: "on",
    }),
  };
}

/** A prefix is one of whole steps, unless it is a regular expression, which a rewrite takes. */
function pathOf({ path }: Route): { readonly path: string; readonly pathType: string } {
  if (path === undefined) return { path: "/", pathType: "Prefix" };
  if (path.exact) return { path: path.value, pathType: "Exact" };
  if (path.strip) return { path: `${escaped(path.value)}(/|$)(.*)`, pathType: "ImplementationSpecific" };
  return { path: path.value, pathType: "Prefix" };
}

/** https://kubernetes.github.io/ingress-nginx/examples/rewrite/ */
function rewrite({ path }: Route): Record<string, string> {
  if (!path?.strip) return {};
  if (path.exact) return { [`${PREFIX}/rewrite-target`]: "/" };
  return { [`${PREFIX}/use-regex`]: "true", [`${PREFIX}/rewrite-target`]: "/$2" };
}

function sticky({ sticky }: Route): Record<string, string> {
  if (sticky === undefined) return {};
  const seconds = String(sticky.seconds);
  return {
    [`${PREFIX}/affinity`]: "cookie",
    [`${PREFIX}/affinity-mode`]: "persistent",
    [`${PREFIX}/session-cookie-name`]: sticky.cookie,
    ...(sticky.seconds > 0 && {
      [`${PREFIX}/session-cookie-max-age`]: seconds,
      [`${PREFIX}/session-cookie-expires`]: seconds,
    }),
  };
}

function ingress(
  route: Route<Settings>,
  name: string,
  hosts: readonly string[],
  { service, port }: Route["backends"][number],
  annotations: Record<string, string>,
): Manifest {
  const { settings, tlsSecret } = route;
  const backend = { service: { name: service, port: { number: port } } };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: metadata(route, name, {
      ...withoutAwait,
      // By annotation, so that no IngressClass need be there: Traefik's provider serves the class by its name.
      "kubernetes.io/ingress.class": settings.ingressClass,
      ...annotations,
    }),
    spec: {
      rules: hosts.map((host) => ({ host, http: { paths: [{ ...pathOf(route), backend }] } })),
      ...(tlsSecret !== undefined && { tls: [{ hosts, secretName: tlsSecret }] }),
    },
  };
}

interface IngressSpec {
  readonly rules: readonly {
    readonly http: { readonly paths: readonly { readonly backend: { service: { name: string } } }[] };
  }[];
}

const serviceOf = ({ spec }: Manifest): string =>
  (spec as IngressSpec).rules[0]?.http.paths[0]?.backend.service.name ?? "";

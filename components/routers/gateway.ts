import * as z from "zod";
import { flag, label } from "../fields";
import { withoutAwait } from "../kubernetes/await";
import { cookieHeader } from "./cookie";
import { frontOf, service as frontService } from "./front";
import { asLists } from "./headers";
import { hostNames } from "./path";
import {
  type Backend,
  elsewhere,
  type Manifest,
  type Match,
  metadata,
  podless,
  type Route,
  type Router,
  upTo,
} from "./router";

const API_VERSION = "gateway.networking.k8s.io/v1";
/** https://gateway-api.sigs.k8s.io/reference/spec/, BackendRef.weight */
const LARGEST_WEIGHT = 1_000_000;
/** HTTPRouteRule.backendRefs there. */
const MOST_VARIANTS = 16;
/** The class that the stack's own Traefik serves. */
export const TRAEFIK_GATEWAY_CLASS = "traefik";

const settings = z.strictObject({
  existing: z
    .strictObject({
      name: label.describe("its name"),
      namespace: label.describe("its namespace"),
      listener: label.optional().describe("name of its one listener that serves them; default all"),
    })
    .optional()
    .describe(
      "a Gateway that is there and serves the apps; default one of each app's own, on ports 80 and, with tlsSecret, 443",
    ),
  gatewayClass: label
    .optional()
    .describe(
      "class of the apps' own Gateways; default traefik, the stack's; needed with `traefik.install: false`",
    ),
  redirectToHttps: flag
    .default(false)
    .describe("whether port 80 of the apps' own Gateways redirects to https; with tlsSecret"),
});
type Settings = z.output<typeof settings>;

interface Reference {
  readonly name: string;
  readonly port: number;
  readonly weight?: number;
}

/**
 * Gateway API: an HTTPRoute with weighted backendRefs, below a Gateway of the app's own or an existing one. The standard has
 * a missing Service answer 500 for its share, and no way to fall back. An app without a host is split by the mesh: its
 * HTTPRoute hangs on the app's front Service (GAMMA), which outside of a mesh leads to the primary.
 *
 * https://gateway-api.sigs.k8s.io/guides/traffic-splitting/, https://gateway-api.sigs.k8s.io/mesh/
 */
export const gateway: Router<Settings> = {
  traits: {
    summary: "Gateway API: an HTTPRoute with weighted backendRefs; without host below a Service, for a mesh",
    resolution: "0.01 %",
    match: ["header", "cookie", "query"],
    mirror: true,
    wildcards: true,
    paths: ["prefix", "exact"],
    strip: true,
    protocols: ["http", "h2c", "grpc"],
    requestTimeout: "until its answer has ended; not with Traefik",
    headers: true,
    webSockets: "as long as both sides keep it, by Traefik; else the controller's own limits",
    internal: true,
    canaryHost: true,
    missingCanary:
      "500 for the canary's share without its Service or port, 503 without pods, 502 while they refuse connections",
    timeToEmpty: "requests in flight alone",
    touches: ["HTTPRoute"],
    needs: "Gateway API 1.0; 1.2 with requestTimeoutSeconds; 1.3 with mirror; 1.5 with Traefik 3.7",
    routed: true,
    testedOn: "Traefik 3.7.5, with requests; its CRDs of 1.5",
    setUps: [
      "another controller than the stack's Traefik: `routers.gateway.gatewayClass` or `existing`, one of which `traefik.install: false` asks for",
      "a shared Gateway in another namespace: its listener's `allowedRoutes` has to admit the app's; `existing.listener` picks one of them",
      "h2c and gRPC: the Services' port has `appProtocol: kubernetes.io/h2c`, which Services of others need, too",
      "a redirect from port 80: `redirectToHttps`, for the apps' own Gateways; a shared one has its own",
      "a certificate in another namespace: on a shared Gateway, with a ReferenceGrant there",
    ],
  },
  settings,
  routes: ["gateway.networking.k8s.io/*"],
  traefikProvider: "gateway",
  weights: upTo(LARGEST_WEIGHT),

  problems: (route) => [
    ...elsewhere(route, "router gateway splits between Services"),
    ...(route.backends.length > MOST_VARIANTS
      ? [`at most ${MOST_VARIANTS - 1} canaries: an HTTPRoute's rule has ${MOST_VARIANTS} backends`]
      : []),
    ...(route.requestTimeoutSeconds !== undefined && isBelowTraefik(route)
      ? ["no requestTimeoutSeconds below Traefik, which does not take an HTTPRoute's timeouts"]
      : []),
    ...(route.mirror !== undefined && isBelowTraefik(route)
      ? ["no mirror below Traefik, which does not take the filter RequestMirror"]
      : []),
    ...(route.settings.existing !== undefined && route.tlsSecret !== undefined
      ? ["no tlsSecret below an existing Gateway, whose listeners have the certificates"]
      : []),
    ...(route.foreignTraefik &&
    route.host !== undefined &&
    route.settings.existing === undefined &&
    route.settings.gatewayClass === undefined
      ? [
          "with traefik.install false, routers.gateway.gatewayClass or existing: the class of your controller's Gateways, or one of them",
        ]
      : []),
    ...(route.settings.redirectToHttps && (route.tlsSecret === undefined || route.host === undefined)
      ? ["routers.gateway.redirectToHttps together with host and tlsSecret only"]
      : []),
  ],
  besideProblems: ({ settings }) =>
    settings.existing === undefined && classOf(settings) !== TRAEFIK_GATEWAY_CLASS
      ? ["routers.gateway.existing: apps of one host share a Gateway, as each has addresses of its own"]
      : [],
  warnings: podless,

  manifests(route) {
    const { app, host, backends, matches } = route;
    const weights = gateway.weights(route);
    const split = backends.map((backend, i) => ({ ...reference(backend), weight: weights[i] ?? 0 }));
    const path = pathMatch(route);
    const rules = [
      ...matches.map((match) => ({
        matches: [{ path, ...condition(match) }],
        backendRefs: backends.filter(({ variant }) => variant === match.variant).map(reference),
        ...filters(changes(route)),
        ...timeouts(route),
      })),
      {
        matches: [{ path }],
        backendRefs: split,
        ...filters([...mirrored(route), ...changes(route)]),
        ...timeouts(route),
      },
    ];
    if (host === undefined) {
      const front = frontOf(app);
      const parent = { group: "", kind: "Service", name: front, port: backends[0].port };
      return [
        frontService(route, front, backends[0].selector),
        httpRoute(route, app, { parentRefs: [parent], rules }),
      ];
    }
    const parentRefs = [parentOf(route)];
    return [
      ...ownGateway(route),
      ...redirect(route),
      httpRoute(route, app, { parentRefs, hostnames: hostNames(route), rules }),
      ...backends.flatMap((backend) =>
        backend.host === undefined
          ? []
          : [
              httpRoute(route, `${backend.service}-host`, {
                parentRefs,
                hostnames: [backend.host],
                rules: [
                  {
                    ...(route.path && { matches: [{ path }] }),
                    backendRefs: [reference(backend)],
                    ...filters(changes(route)),
                    ...timeouts(route),
                  },
                ],
              }),
            ],
      ),
    ];
  },

  readWeights(manifests) {
    const rules = manifests
      .filter(({ kind }) => kind === "HTTPRoute")
      .flatMap(({ spec }) => (spec as { rules: { backendRefs?: Reference[] }[] }).rules);
    return Object.fromEntries(
      rules
        .flatMap(({ backendRefs = [] }) => backendRefs)
        .flatMap(({ name, weight }) => (weight === undefined ? [] : [[name, weight]])),
    );
  },
};

/** A prefix of the standard's is one of whole steps. */
const pathMatch = ({ path }: Route): object =>
  path === undefined
    ? { type: "PathPrefix", value: "/" }
    : { type: path.exact ? "Exact" : "PathPrefix", value: path.value };

/** Whether the apps' own Gateways are those of a Traefik. */
const isBelowTraefik = ({ host, settings }: Route<Settings>): boolean =>
  host !== undefined && settings.existing === undefined && classOf(settings) === TRAEFIK_GATEWAY_CLASS;

const timeouts = ({ requestTimeoutSeconds }: Route): object =>
  requestTimeoutSeconds === undefined ? {} : { timeouts: { request: `${requestTimeoutSeconds}s` } };

/** What becomes of a request on its way, and of its answer. */
function changes(route: Route): object[] {
  const { requestHeaders, responseHeaders } = route;
  return [
    ...stripped(route),
    ...(requestHeaders
      ? [{ type: "RequestHeaderModifier", requestHeaderModifier: asLists(requestHeaders) }]
      : []),
    ...(responseHeaders
      ? [{ type: "ResponseHeaderModifier", responseHeaderModifier: asLists(responseHeaders) }]
      : []),
  ];
}

function stripped({ path }: Route): object[] {
  if (!path?.strip) return [];
  const rewritten = path.exact
    ? { type: "ReplaceFullPath", replaceFullPath: "/" }
    : { type: "ReplacePrefixMatch", replacePrefixMatch: "/" };
  return [{ type: "URLRewrite", urlRewrite: { path: rewritten } }];
}

const filters = (all: readonly object[]): object => (all.length === 0 ? {} : { filters: all });

const reference = ({ service: name, port }: Backend): Reference => ({ name, port });

function condition({ kind, name, value }: Match): object {
  if (kind === "query") return { queryParams: [{ type: "Exact", name, value }] };
  if (kind === "header") return { headers: [{ type: "Exact", name, value }] };
  return { headers: [{ type: "RegularExpression", name: "Cookie", value: cookieHeader(name, value) }] };
}

function mirrored({ mirror, backends }: Route): object[] {
  const backend = backends.find(({ variant }) => variant === mirror?.variant);
  if (mirror === undefined || backend === undefined) return [];
  const requestMirror = { backendRef: reference(backend), percent: mirror.percent };
  return [{ type: "RequestMirror", requestMirror }];
}

const classOf = ({ gatewayClass = TRAEFIK_GATEWAY_CLASS }: Settings): string => gatewayClass;

function parentOf({ app, settings: { existing, redirectToHttps } }: Route<Settings>): object {
  if (existing === undefined) return { name: app, ...(redirectToHttps && { sectionName: "https" }) };
  const { listener, ...gateway } = existing;
  return { ...gateway, ...(listener !== undefined && { sectionName: listener }) };
}

/** The route of port 80, where it redirects. */
function redirect(route: Route<Settings>): Manifest[] {
  if (!route.settings.redirectToHttps) return [];
  const hostnames = [...hostNames(route), ...route.backends.flatMap((backend) => backend.host ?? [])];
  const requestRedirect = { scheme: "https", statusCode: 301 };
  return [
    httpRoute(route, `${route.app}-https`, {
      parentRefs: [{ name: route.app, sectionName: "http" }],
      hostnames,
      rules: [
        {
          ...(route.path && { matches: [{ path: pathMatch(route) }] }),
          filters: [{ type: "RequestRedirect", requestRedirect }],
        },
      ],
    }),
  ];
}

function httpRoute(route: Route<Settings>, name: string, spec: object): Manifest {
  return { apiVersion: API_VERSION, kind: "HTTPRoute", metadata: metadata(route, name), spec };
}

function ownGateway(route: Route<Settings>): Manifest[] {
  const { app, tlsSecret, settings } = route;
  if (settings.existing !== undefined) return [];
  const https = {
    name: "https",
    protocol: "HTTPS",
    port: 443,
    tls: { certificateRefs: [{ name: tlsSecret }] },
  };
  return [
    {
      apiVersion: API_VERSION,
      kind: "Gateway",
      metadata: metadata(route, app, withoutAwait),
      spec: {
        gatewayClassName: classOf(settings),
        listeners: [
          { name: "http", protocol: "HTTP", port: 80 },
          ...(tlsSecret === undefined ? [] : [https]),
        ],
      },
    },
  ];
}

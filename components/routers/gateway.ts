import * as z from "zod";
import { label } from "../fields";
import { withoutAwait } from "../kubernetes/await";
import { cookieHeader } from "./cookie";
import { frontOf, service as frontService } from "./front";
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
    })
    .optional()
    .describe(
      "a Gateway that is there and serves the apps; default one of each app's own, on ports 80 and, with tlsSecret, 443",
    ),
  gatewayClass: label
    .default(TRAEFIK_GATEWAY_CLASS)
    .describe("class of the apps' own Gateways; traefik is the stack's Traefik"),
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
    internal: true,
    canaryHost: true,
    missingCanary:
      "500 for the canary's share without its Service or port, 503 without pods, 502 while they refuse connections",
    timeToEmpty: "requests in flight alone",
    touches: ["HTTPRoute"],
    needs: "Gateway API 1.0; 1.3 with mirror; 1.5 with Traefik 3.7",
    testedOn: "Traefik 3.7.5, with requests; its CRDs of 1.5",
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
    ...(route.mirror !== undefined &&
    route.host !== undefined &&
    route.settings.existing === undefined &&
    route.settings.gatewayClass === TRAEFIK_GATEWAY_CLASS
      ? ["no mirror below Traefik, which does not take the filter RequestMirror"]
      : []),
    ...(route.settings.existing !== undefined && route.tlsSecret !== undefined
      ? ["no tlsSecret below an existing Gateway, whose listeners have the certificates"]
      : []),
  ],
  warnings: podless,

  manifests(route) {
    const { app, host, backends, matches } = route;
    const weights = gateway.weights(route);
    const split = backends.map((backend, i) => ({ ...reference(backend), weight: weights[i] ?? 0 }));
    const rules = [
      ...matches.map((match) => ({
        matches: [{ path: everything, ...condition(match) }],
        backendRefs: backends.filter(({ variant }) => variant === match.variant).map(reference),
      })),
      { matches: [{ path: everything }], backendRefs: split, ...mirrored(route) },
    ];
    if (host === undefined) {
      const front = frontOf(app);
      const parent = { group: "", kind: "Service", name: front, port: backends[0].port };
      return [
        frontService(route, front, backends[0].selector),
        httpRoute(route, app, { parentRefs: [parent], rules }),
      ];
    }
    const parentRefs = [route.settings.existing ?? { name: app }];
    return [
      ...ownGateway(route),
      httpRoute(route, app, { parentRefs, hostnames: [host], rules }),
      ...backends.flatMap((backend) =>
        backend.host === undefined
          ? []
          : [
              httpRoute(route, `${backend.service}-host`, {
                parentRefs,
                hostnames: [backend.host],
                rules: [{ backendRefs: [reference(backend)] }],
              }),
            ],
      ),
    ];
  },

  readWeights(manifests) {
    const rules = manifests
      .filter(({ kind }) => kind === "HTTPRoute")
      .flatMap(({ spec }) => (spec as { rules: { backendRefs: Reference[] }[] }).rules);
    return Object.fromEntries(
      rules
        .flatMap(({ backendRefs }) => backendRefs)
        .flatMap(({ name, weight }) => (weight === undefined ? [] : [[name, weight]])),
    );
  },
};

const everything = { type: "PathPrefix", value: "/" };

const reference = ({ service: name, port }: Backend): Reference => ({ name, port });

function condition({ kind, name, value }: Match): object {
  if (kind === "query") return { queryParams: [{ type: "Exact", name, value }] };
  if (kind === "header") return { headers: [{ type: "Exact", name, value }] };
  return { headers: [{ type: "RegularExpression", name: "Cookie", value: cookieHeader(name, value) }] };
}

function mirrored({ mirror, backends }: Route): object {
  const backend = backends.find(({ variant }) => variant === mirror?.variant);
  if (mirror === undefined || backend === undefined) return {};
  const requestMirror = { backendRef: reference(backend), percent: mirror.percent };
  return { filters: [{ type: "RequestMirror", requestMirror }] };
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
        gatewayClassName: settings.gatewayClass,
        listeners: [
          { name: "http", protocol: "HTTP", port: 80 },
          ...(tlsSecret === undefined ? [] : [https]),
        ],
      },
    },
  ];
}

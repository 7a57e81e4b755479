import { cookieHeader } from "./cookie";
import { frontOf, service as frontService, takenNames } from "./front";
import { mapped } from "./headers";
import {
  destination,
  destinationRule,
  type HttpRoute,
  ownGateway,
  qualified,
  telemetry,
  virtualService,
} from "./istio-objects";
import { type IstioSettings, settings } from "./istio-settings";
import { comparisons, hostNames } from "./path";
import {
  type Backend,
  elsewhere,
  type Match,
  podless,
  type Route,
  type Router,
  type Sticky,
  upTo,
} from "./router";

/**
 * Istio: a VirtualService with a weighted destination per variant, each the one subset of a DestinationRule for the variant's
 * own Service. With a host it is served by an ingress gateway. Without, it belongs to the app's front Service and is
 * enforced by the clients' sidecars; the Service itself has the primary's pods alone, so clients outside of the mesh never
 * meet a canary. Weights are relative, 0 gets nothing.
 *
 * Envoy chooses a destination before it hashes, so consistentHash keeps a user at a pod and not at a variant, see
 * https://github.com/istio/istio/issues/9764; `sticky` is made of cookies and rules instead. Copies that `mirror` makes have
 * `-shadow` behind their host.
 *
 * https://istio.io/latest/docs/reference/config/networking/virtual-service/
 */
export const istio: Router<IstioSettings> = {
  traits: {
    summary:
      "Istio: a VirtualService with weighted subsets of DestinationRules; without host for a mesh's clients",
    resolution: "0.01 %",
    match: ["header", "cookie", "query"],
    sticky: "a cookie with the variant's name, of the VirtualService's own; weight 0 moves its holders",
    mirror: true,
    wildcards: true,
    paths: ["prefix", "exact"],
    strip: true,
    protocols: ["http", "h2c", "grpc", "https"],
    requestTimeout: "until its answer has ended, tries included",
    headers: true,
    webSockets: "as long as both sides keep it",
    internal: true,
    canaryHost: true,
    missingCanary:
      "503 for the canary's share, with sticky for its users; a refused connection is tried twice more at its other pods",
    timeToEmpty: "requests in flight alone, holders of the sticky cookie included",
    touches: ["VirtualService"],
    needs: "Istio 1.22",
    routed: true,
    testedOn:
      "Pilot of Istio 1.31 (August 2026) with Envoy 1.40.0, under load; not its metrics, nor mutual TLS",
    setUps: [
      "an ingress gateway by Helm: its pods' label is `istio: ingress` where the release is istio-ingress; `routers.istio.gatewaySelector`",
      "a certificate: `tlsSecret` is read in the ingress gateway's namespace; a shared Gateway (`gateways`) has its own",
      "a redirect from port 80: `routers.istio.redirectToHttps`, for the apps' own Gateways",
      "sidecars in the app's pods: by the namespace's label; without host the split is made by the clients' sidecars",
    ],
  },
  settings,
  routes: ["networking.istio.io/*"],
  /**
   * As the caller reports: a canary that can't be reached counts nothing itself.
   *
   * https://istio.io/latest/docs/reference/config/metrics/
   */
  metrics: {
    requests: "istio_requests_total",
    durations: "istio_request_duration_milliseconds_bucket",
    millisecondsPerUnit: 1,
    code: "response_code",
    grpc: "grpc_response_status",
    selector: () =>
      'reporter="source",destination_service_namespace="{{namespace}}",destination_service_name="{{service}}"',
  },
  weights: upTo(2 ** 31 - 1),

  problems: (route) => [
    ...elsewhere(route, "router istio splits between Services"),
    ...(route.host === undefined ? takenNames(route, ["front"]) : []),
    ...route.matches.flatMap(headerProblems),
    ...(route.settings.gateways !== undefined && route.tlsSecret !== undefined
      ? ["no tlsSecret beside routers.istio.gateways, whose servers have the certificates"]
      : []),
    ...(route.settings.redirectToHttps && (route.tlsSecret === undefined || route.host === undefined)
      ? ["routers.istio.redirectToHttps together with host and tlsSecret only"]
      : []),
    ...(route.settings.fault?.on === "matched" && route.matches.length === 0
      ? ["routers.istio.fault together with a match, or with on: all: no request is matched"]
      : []),
  ],

  /** Istio puts the rules of one host together in the order of their age, those for all requests last. */
  besideProblems(route, others) {
    const isBelow = (inner: string, outer: string): boolean => inner.startsWith(`${outer}/`);
    const nested = others.filter(
      ({ path }) =>
        path !== undefined &&
        route.path !== undefined &&
        (isBelow(path.value, route.path.value) || isBelow(route.path.value, path.value)),
    );
    const decides = route.path === undefined && (route.matches.length > 0 || route.sticky !== undefined);
    return [
      ...(route.settings.gateways === undefined
        ? ["routers.istio.gateways: apps of one host share a Gateway"]
        : []),
      ...nested.map(
        ({ app, path }) =>
          `a path that neither holds that of ${app} (${path?.value}) nor is below it: Istio asks the older one first`,
      ),
      ...(decides
        ? [
            `no match and no sticky without a path, beside ${others.map(({ app }) => app).join(", ")}: Istio may ask them before the others' paths`,
          ]
        : []),
    ];
  },

  warnings(route) {
    const { app, namespace, tlsSecret, settings } = route;
    const { fault } = settings;
    return [
      ...podless(route),
      ...(tlsSecret === undefined
        ? []
        : [
            `${app}: Istio reads Secret ${tlsSecret} in the namespace of the ingress gateway's pods, not in ${namespace}`,
          ]),
      ...(fault?.on === "all"
        ? [`${app}: routers.istio.fault disturbs ${fault.percent} % of all of its requests`]
        : []),
    ];
  },

  manifests(route) {
    const { app, namespace, host, backends, settings } = route;
    const gateways = settings.gateways ?? [app];
    return [
      ...backends.map((backend) => destinationRule(route, backend)),
      ...ownGateway(route),
      ...(host === undefined
        ? [
            frontService(route, frontOf(app), backends[0].selector),
            virtualService(route, app, [qualified(frontOf(app), namespace)], ["mesh"], httpRoutes(route)),
          ]
        : [virtualService(route, app, hostNames(route), gateways, httpRoutes(route))]),
      ...backends.flatMap((backend) =>
        backend.host === undefined
          ? []
          : [
              virtualService(route, `${backend.service}-host`, [backend.host], gateways, [
                { name: "all", ...taken(route), route: [destination(backend)] },
              ]),
            ],
      ),
      ...telemetry(route),
    ];
  },

  readWeights(manifests) {
    const routes = manifests
      .filter(({ kind }) => kind === "VirtualService")
      .flatMap(({ spec }) => (spec as { http: readonly HttpRoute[] }).http);
    return Object.fromEntries(
      routes
        .flatMap(({ route }) => route)
        .flatMap(({ destination: { host }, weight }) =>
          weight === undefined ? [] : [[host.split(".")[0] ?? "", weight]],
        ),
    );
  },
};

/** In the order in which they are asked: what `match` says, then cookies that keep a user, then the split. */
function httpRoutes(route: Route<IstioSettings>): HttpRoute[] {
  const { backends, matches, sticky, settings } = route;
  const weights = istio.weights(route);
  const weighted = backends.map((backend, i) => ({ backend, weight: weights[i] ?? 0 }));
  const copied = mirrors(route);
  const faulty = faultOf(settings);
  const ofAll = settings.fault?.on === "all" ? faulty : {};
  const kept = sticky === undefined || backends.length === 1 ? undefined : sticky;
  return [
    ...matches.map((match, i) => ({
      name: `match-${i + 1}`,
      ...taken(route, condition(match)),
      route: backends.filter(({ variant }) => variant === match.variant).map(destination),
      ...faulty,
    })),
    ...(kept === undefined
      ? []
      : weighted
          // A rule for a variant at 0 would go on sending it the holders of its cookie.
          .filter(({ weight }) => weight > 0)
          .map(({ backend }) => ({
            name: `sticky-${backend.variant}`,
            ...taken(route, condition({ kind: "cookie", name: kept.cookie, value: backend.variant })),
            route: [destination(backend)],
            ...copied,
            ...ofAll,
          }))),
    {
      name: "split",
      ...taken(route),
      route: weighted.map(({ backend, weight }) => ({
        ...destination(backend),
        weight,
        ...(kept && { headers: { response: { add: { "Set-Cookie": cookieOf(route, kept, backend) } } } }),
      })),
      ...copied,
      ...ofAll,
    },
  ];
}

/** What requests must be, and what becomes of them. A prefix of Istio's is one of characters. */
function taken(route: Route, also?: object): object {
  const { path } = route;
  const changed = changes(route);
  if (path === undefined) return { ...(also && { match: [also] }), ...changed };
  const match = comparisons(path).map((uri) => ({ uri, ...also }));
  return { match, ...(path.strip && { rewrite: { uri: "/" } }), ...changed };
}

function changes({ requestTimeoutSeconds, requestHeaders, responseHeaders }: Route): object {
  const headers = {
    ...(requestHeaders && { request: mapped(requestHeaders) }),
    ...(responseHeaders && { response: mapped(responseHeaders) }),
  };
  return {
    ...(requestTimeoutSeconds !== undefined && { timeout: `${requestTimeoutSeconds}s` }),
    ...(Object.keys(headers).length > 0 && { headers }),
  };
}

/** Keys of `headers` that Istio takes for something else; see HTTPMatchRequest in its reference. */
const NOT_HEADERS = ["uri", "scheme", "method", "authority"];

/** https://github.com/istio/istio/blob/86c9f01fd73/pkg/config/validation/validation.go, validHeaderRegex */
function headerProblems({ kind, name }: Match): string[] {
  if (kind !== "header" || (!NOT_HEADERS.includes(name.toLowerCase()) && !name.includes("."))) return [];
  return [`a match by another header than ${name}, which Istio does not take`];
}

function condition({ kind, name, value }: Pick<Match, "kind" | "name" | "value">): object {
  if (kind === "query") return { queryParams: { [name]: { exact: value } } };
  if (kind === "header") return { headers: { [name.toLowerCase()]: { exact: value } } };
  return { headers: { cookie: { regex: cookieHeader(name, value) } } };
}

function cookieOf({ tlsSecret }: Route, { cookie, seconds }: Sticky, { variant }: Backend): string {
  return [
    `${cookie}=${variant}`,
    "Path=/",
    ...(seconds > 0 ? [`Max-Age=${seconds}`] : []),
    "HttpOnly",
    "SameSite=Lax",
    ...(tlsSecret === undefined ? [] : ["Secure"]),
  ].join("; ");
}

function mirrors({ mirror, backends }: Route): object {
  const backend = backends.find(({ variant }) => variant === mirror?.variant);
  if (mirror === undefined || backend === undefined) return {};
  return { mirrors: [{ ...destination(backend), percentage: { value: mirror.percent } }] };
}

function faultOf({ fault }: IstioSettings): object {
  if (fault === undefined) return {};
  const { percent, delaySeconds, abortStatus } = fault;
  const percentage = { value: percent };
  return {
    fault: {
      ...(delaySeconds !== undefined && { delay: { percentage, fixedDelay: `${delaySeconds}s` } }),
      ...(abortStatus !== undefined && { abort: { percentage, httpStatus: abortStatus } }),
    },
  };
}

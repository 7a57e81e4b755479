import * as z from "zod";
import { flag, label } from "../fields";
import { escaped } from "./cookie";
import { mapped } from "./headers";
import { comparisons, hostNames } from "./path";
import {
  type Backend,
  elsewhere,
  type Manifest,
  type MatchKind,
  metadata,
  type Path,
  podless,
  type Route,
  type Router,
  upTo,
} from "./router";

const API_VERSION = "apisix.apache.org/v2";

const settings = z.strictObject({
  ingressClass: label.default("apisix").describe("name of the IngressClass that APISIX serves"),
  redirectToHttps: flag.default(false).describe("whether http is redirected to https"),
});
type Settings = z.output<typeof settings>;

interface Target {
  readonly serviceName: string;
  readonly servicePort: number;
  readonly weight?: number;
}

/** Scope of an expression's subject. */
const SCOPES: Readonly<Record<MatchKind, string>> = { header: "Header", cookie: "Cookie", query: "Query" };
/** The rule that splits is asked last. */
const MATCH_PRIORITY = 10;

/**
 * Apache APISIX: an ApisixRoute whose rule has a weighted backend per variant, taken in turns by its plugin traffic-split.
 *
 * https://apisix.apache.org/docs/ingress-controller/references/apisix_route_v2/
 */
export const apisix: Router<Settings> = {
  traits: {
    summary: "Apache APISIX: an ApisixRoute with weighted backends",
    resolution: "0.01 %",
    match: ["header", "cookie", "query"],
    mirror: false,
    wildcards: true,
    paths: ["prefix", "exact"],
    strip: true,
    protocols: ["http", "grpc", "https"],
    requestTimeout: "between two bytes of its answer",
    maxBody: "as it comes in",
    headers: true,
    webSockets: "60 s without a byte",
    internal: false,
    canaryHost: true,
    missingCanary: "503 for the canary's share",
    timeToEmpty: "requests in flight alone",
    touches: ["ApisixRoute"],
    needs: "APISIX ingress controller 1.5",
    routed: false,
    testedOn: "its CRD of 1.8, on Kubernetes 1.35",
    setUps: [
      "a redirect from port 80: `routers.apisix.redirectToHttps`",
      "a certificate elsewhere: an ApisixTls of your own, and no `tlsSecret`",
    ],
  },
  settings,
  routes: ["apisix.apache.org/*"],
  weights: upTo(2 ** 31 - 1),
  problems: (route) => [...elsewhere(route, "an ApisixRoute splits between Services")],
  warnings: podless,

  manifests(route) {
    const weights = apisix.weights(route);
    const hosts = hostNames(route);
    const paths = comparisons(route.path).map((one) => ("exact" in one ? one.exact : `${one.prefix}*`));
    const matched = route.matches.map(({ kind, name, value, variant }, i) => ({
      name: `match-${i + 1}`,
      // The first that is asked for is asked first.
      priority: MATCH_PRIORITY + route.matches.length - i,
      match: {
        hosts,
        paths,
        exprs: [{ subject: { scope: SCOPES[kind], name }, op: "Equal", value }],
      },
      backends: route.backends.filter((backend) => backend.variant === variant).map(target),
    }));
    const split = {
      name: "split",
      match: { hosts, paths },
      backends: route.backends.map((backend, i) => ({ ...target(backend), weight: weights[i] ?? 0 })),
    };
    return [
      apisixRoute(route, route.app, [...matched, split]),
      ...route.backends.flatMap((backend) =>
        backend.host === undefined
          ? []
          : [
              apisixRoute(route, `${backend.service}-host`, [
                {
                  name: "all",
                  match: { hosts: [backend.host], paths },
                  backends: [target(backend)],
                },
              ]),
            ],
      ),
      ...certificate(route),
      ...route.backends.flatMap((backend) => upstream(route, backend)),
    ];
  },

  readWeights(manifests) {
    const rules = manifests
      .filter(({ kind }) => kind === "ApisixRoute")
      .flatMap(({ spec }) => (spec as { http: { backends: Target[] }[] }).http);
    return Object.fromEntries(
      rules
        .flatMap(({ backends }) => backends)
        .flatMap(({ serviceName, weight }) => (weight === undefined ? [] : [[serviceName, weight]])),
    );
  },
};

const target = ({ service: serviceName, port: servicePort }: Backend): Target => ({
  serviceName,
  servicePort,
});

function apisixRoute(route: Route<Settings>, name: string, http: object[]): Manifest {
  const ingressClassName = route.settings.ingressClass;
  const { path, requestTimeoutSeconds, maxBodyBytes, requestHeaders, responseHeaders } = route;
  const rewritten = {
    ...(path?.strip && rewrite(path)),
    ...(requestHeaders && { headers: mapped(requestHeaders) }),
  };
  const used = [
    ...(route.settings.redirectToHttps ? [plugin("redirect", { http_to_https: true })] : []),
    ...(maxBodyBytes === undefined ? [] : [plugin("client-control", { max_body_size: maxBodyBytes })]),
    ...(Object.keys(rewritten).length === 0 ? [] : [plugin("proxy-rewrite", rewritten)]),
    ...(responseHeaders ? [plugin("response-rewrite", { headers: mapped(responseHeaders) })] : []),
  ];
  const limit = `${requestTimeoutSeconds}s`;
  const also = {
    ...(requestTimeoutSeconds !== undefined && { timeout: { connect: "60s", read: limit, send: limit } }),
    ...(used.length > 0 && { plugins: used }),
  };
  return {
    apiVersion: API_VERSION,
    kind: "ApisixRoute",
    metadata: metadata(route, name),
    // APISIX refuses upgrades otherwise.
    spec: { ingressClassName, http: http.map((rule) => ({ ...rule, websocket: true, ...also })) },
  };
}

const plugin = (name: string, config: object): object => ({ name, enable: true, config });

/** https://apisix.apache.org/docs/apisix/plugins/proxy-rewrite/ */
const rewrite = ({ value }: Path): object => ({ regex_uri: [`^${escaped(value)}/?(.*)$`, "/$1"] });

/** What a Service's pods speak; the object has the Service's name. */
function upstream(route: Route<Settings>, { service, protocol }: Backend): Manifest[] {
  if (protocol === undefined) return [];
  const { ingressClass: ingressClassName } = route.settings;
  return [
    {
      apiVersion: API_VERSION,
      kind: "ApisixUpstream",
      metadata: metadata(route, service),
      spec: { ingressClassName, scheme: protocol },
    },
  ];
}

function certificate(route: Route<Settings>): Manifest[] {
  const { app, namespace, backends, tlsSecret } = route;
  if (tlsSecret === undefined) return [];
  const hosts = [...hostNames(route), ...backends.flatMap(({ host }) => host ?? [])];
  return [
    {
      apiVersion: API_VERSION,
      kind: "ApisixTls",
      metadata: metadata(route, app),
      spec: {
        ingressClassName: route.settings.ingressClass,
        hosts,
        secret: { name: tlsSecret, namespace },
      },
    },
  ];
}

import * as z from "zod";
import { label, text } from "../fields";
import { cookieHeader } from "./cookie";
import { asLists } from "./headers";
import { comparisons, hostNames } from "./path";
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

const settings = z.strictObject({
  ingressClass: label.default("contour").describe("name of the IngressClass that Contour serves"),
  certificate: text(/^[a-z0-9][-a-z0-9]*\/[a-z0-9][-.a-z0-9]*$/, "a Secret as NAMESPACE/NAME")
    .optional()
    .describe(
      "Secret of another namespace with the hosts' certificate, as NAMESPACE/NAME, in place of tlsSecret",
    ),
});
type Settings = z.output<typeof settings>;

interface Target {
  readonly name: string;
  readonly port: number;
  readonly weight?: number;
  readonly mirror?: true;
  readonly protocol?: "h2c" | "tls";
}

/**
 * Contour: an HTTPProxy whose route has a weighted service per variant, for Envoy to choose from at random. A Service that
 * isn't there is left out of the choice; one without pods answers 503 for its share. What Contour calls session affinity
 * chooses among the pods of one Service only, after the split.
 *
 * https://projectcontour.io/docs/1.33/config/request-routing/
 */
export const contour: Router<Settings> = {
  traits: {
    summary: "Contour: an HTTPProxy with weighted services",
    resolution: "0.01 %",
    match: ["header", "cookie", "query"],
    mirror: true,
    wildcards: true,
    paths: ["prefix", "exact"],
    strip: false,
    protocols: ["http", "h2c", "grpc", "https"],
    requestTimeout: "until its answer has ended",
    headers: true,
    webSockets: "Contour's idle timeout, 5 minutes without a byte",
    internal: false,
    canaryHost: true,
    missingCanary: "the primary's answer without its Service; 503 without pods",
    timeToEmpty: "requests in flight alone",
    touches: ["HTTPProxy"],
    needs: "Contour 1.26",
    routed: true,
    testedOn: "Contour 1.33.8 with Envoy 1.40.0, under load",
    setUps: [
      "a certificate in another namespace: `routers.contour.certificate`, with a TLSCertificateDelegation there",
      "a redirect from port 80: Contour's own, for hosts with a certificate",
      "another class than contour: `routers.contour.ingressClass`; a Contour without one takes contour",
    ],
  },
  settings,
  routes: ["projectcontour.io/*"],
  weights: upTo(2 ** 31 - 1),
  problems: (route) => [
    ...elsewhere(route, "an HTTPProxy splits between Services"),
    ...(route.settings.certificate !== undefined && route.tlsSecret !== undefined
      ? ["routers.contour.certificate or tlsSecret, not both"]
      : []),
  ],
  besideProblems: (_, others) =>
    others.map(
      ({ app }) => `another host than ${app}, or another router: an HTTPProxy has a host of its own`,
    ),
  warnings: podless,

  manifests(route) {
    const weights = contour.weights(route);
    const services = route.backends.map(
      (backend, i): Target => ({ ...target(backend), weight: weights[i] ?? 0 }),
    );
    const mirrors = route.backends
      .filter(({ variant }) => variant === route.mirror?.variant)
      .map(
        (backend): Target => ({
          ...target(backend),
          mirror: true,
          weight: route.mirror?.percent ?? 0,
        }),
      );
    // A prefix of Contour's is one of characters.
    const paths = comparisons(route.path);
    const matched = route.matches.flatMap((match) =>
      paths.map((path) => ({
        conditions: [path, condition(match)],
        services: route.backends.filter(({ variant }) => variant === match.variant).map(target),
      })),
    );
    const split = paths.map((path) => ({ conditions: [path], services: [...services, ...mirrors] }));
    return [
      ...hostNames(route).map((host, i) =>
        httpProxy(route, i === 0 ? route.app : `${route.app}-host-${i + 1}`, host, [...matched, ...split]),
      ),
      ...route.backends.flatMap((backend) =>
        backend.host === undefined
          ? []
          : [
              httpProxy(
                route,
                `${backend.service}-host`,
                backend.host,
                paths.map((path) => ({
                  ...(route.path && { conditions: [path] }),
                  services: [target(backend)],
                })),
              ),
            ],
      ),
    ];
  },

  readWeights(manifests) {
    const services = manifests
      .filter(({ kind }) => kind === "HTTPProxy")
      .flatMap(({ spec }) => (spec as { routes: { services: Target[] }[] }).routes)
      .flatMap((route) => route.services);
    return Object.fromEntries(
      services.flatMap(({ name, weight, mirror }) =>
        weight === undefined || mirror ? [] : [[name, weight]],
      ),
    );
  },
};

/** A certificate of pods is not verified: nobody says by whom it would have to be. */
const target = ({ service: name, port, protocol }: Backend): Target => ({
  name,
  port,
  ...(protocol !== undefined && { protocol: protocol === "https" ? "tls" : "h2c" }),
});

function condition({ kind, name, value }: Match): object {
  if (kind === "query") return { queryParameter: { name, exact: value } };
  if (kind === "header") return { header: { name, exact: value } };
  return { header: { name: "Cookie", regex: cookieHeader(name, value) } };
}

function changes({ requestTimeoutSeconds, requestHeaders, responseHeaders }: Route): object {
  return {
    ...(requestTimeoutSeconds !== undefined && {
      timeoutPolicy: { response: `${requestTimeoutSeconds}s` },
    }),
    ...(requestHeaders && { requestHeadersPolicy: asLists(requestHeaders) }),
    ...(responseHeaders && { responseHeadersPolicy: asLists(responseHeaders) }),
  };
}

function httpProxy(route: Route<Settings>, name: string, host: string, routes: object[]): Manifest {
  const secretName = route.settings.certificate ?? route.tlsSecret;
  // Contour refuses upgrades otherwise.
  const open = routes.map((one) => ({ ...one, enableWebsockets: true, ...changes(route) }));
  return {
    apiVersion: "projectcontour.io/v1",
    kind: "HTTPProxy",
    metadata: metadata(route, name),
    spec: {
      ingressClassName: route.settings.ingressClass,
      virtualhost: {
        fqdn: host,
        ...(secretName !== undefined && { tls: { secretName } }),
      },
      routes: open,
    },
  };
}

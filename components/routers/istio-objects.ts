/** The kinds of objects that Istio reads. */
import type { IstioSettings } from "./istio-settings";
import { type Backend, type Manifest, metadata, type Route } from "./router";

const NETWORKING = "networking.istio.io/v1";
const TELEMETRY = "telemetry.istio.io/v1";

export interface Destination {
  readonly destination: {
    readonly host: string;
    readonly subset: string;
    readonly port: { readonly number: number };
  };
  readonly weight?: number;
  readonly headers?: object;
}

/** One of a VirtualService's routes. */
export interface HttpRoute {
  readonly name: string;
  readonly match?: readonly object[];
  readonly route: readonly Destination[];
}

/** A Service's name in full: Istio would complete a short one by the namespace of the object that it stands in. */
export const qualified = (service: string, namespace: string): string =>
  `${service}.${namespace}.svc.cluster.local`;

/** A variant's Service, by the subset of its DestinationRule. */
export function destination({ service, namespace, port, variant }: Backend): Destination {
  return { destination: { host: qualified(service, namespace), subset: variant, port: { number: port } } };
}

/** What a host's requests go to, by the first of its routes that fits. */
export function virtualService(
  route: Route,
  name: string,
  hosts: readonly string[],
  gateways: readonly string[],
  http: readonly HttpRoute[],
): Manifest {
  const spec = { hosts, gateways, http };
  return { apiVersion: NETWORKING, kind: "VirtualService", metadata: metadata(route, name), spec };
}

/** A variant's Service as the one subset that routes name, with its limits. */
export function destinationRule(route: Route<IstioSettings>, backend: Backend): Manifest {
  const { service, namespace, variant, selector } = backend;
  return {
    apiVersion: NETWORKING,
    kind: "DestinationRule",
    metadata: metadata(route, service),
    spec: {
      host: qualified(service, namespace),
      subsets: [{ name: variant, labels: selector }],
      ...trafficPolicy(route.settings, backend),
    },
  };
}

function trafficPolicy(settings: IstioSettings, { protocol }: Backend): object {
  // A certificate of pods is not verified: nobody says by whom it would have to be.
  const tls = protocol === "https" ? { tls: { mode: "SIMPLE", insecureSkipVerify: true } } : {};
  const policy = { ...breaker(settings), ...tls };
  return Object.keys(policy).length === 0 ? {} : { trafficPolicy: policy };
}

function breaker({ circuitBreaker }: IstioSettings): object {
  if (circuitBreaker === undefined) return {};
  const { maxConnections, maxPendingRequests: pending, maxRequestsPerConnection } = circuitBreaker;
  const http = {
    ...(pending !== undefined && { http1MaxPendingRequests: pending }),
    ...(maxRequestsPerConnection !== undefined && { maxRequestsPerConnection }),
  };
  const connectionPool = {
    ...(maxConnections !== undefined && { tcp: { maxConnections } }),
    ...(Object.keys(http).length > 0 && { http }),
  };
  return {
    ...(Object.keys(connectionPool).length > 0 && { connectionPool }),
    outlierDetection: {
      consecutive5xxErrors: circuitBreaker.consecutive5xxErrors,
      interval: `${circuitBreaker.intervalSeconds}s`,
      baseEjectionTime: `${circuitBreaker.baseEjectionSeconds}s`,
      maxEjectionPercent: circuitBreaker.maxEjectionPercent,
    },
  };
}

/** A Gateway on ports 80 and, with a certificate, 443 of the ingress gateway. */
export function ownGateway(route: Route<IstioSettings>): Manifest[] {
  const { app, host, alsoHosts = [], backends, tlsSecret, settings } = route;
  const hosts = [host, ...alsoHosts, ...backends.map((backend) => backend.host)].filter(
    (name) => name !== undefined,
  );
  if (settings.gateways !== undefined || hosts.length === 0) return [];
  const https = {
    port: { number: 443, name: "https", protocol: "HTTPS" },
    hosts,
    tls: { mode: "SIMPLE", credentialName: tlsSecret },
  };
  return [
    {
      apiVersion: NETWORKING,
      kind: "Gateway",
      metadata: metadata(route, app),
      spec: {
        selector: settings.gatewaySelector ?? { istio: "ingressgateway" },
        servers: [
          {
            port: { number: 80, name: "http", protocol: "HTTP" },
            hosts,
            ...(settings.redirectToHttps && { tls: { httpsRedirect: true } }),
          },
          ...(tlsSecret === undefined ? [] : [https]),
        ],
      },
    },
  ];
}

/** How many requests the sidecars of the app's pods trace. */
export function telemetry(route: Route<IstioSettings>): Manifest[] {
  const { app, settings } = route;
  if (settings.tracing === undefined) return [];
  return [
    {
      apiVersion: TELEMETRY,
      kind: "Telemetry",
      metadata: metadata(route, app),
      spec: {
        selector: { matchLabels: { "app.kubernetes.io/name": app } },
        tracing: [{ randomSamplingPercentage: settings.tracing.percent }],
      },
    },
  ];
}

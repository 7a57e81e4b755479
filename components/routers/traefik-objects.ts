/** The kinds of objects that Traefik's CRD provider reads. */
import { type Backend, type Manifest, metadata, type Route } from "./router";

const API_VERSION = "traefik.io/v1alpha1";

/** What a route or a TraefikService sends requests to. */
export interface RouteTarget {
  readonly kind?: "TraefikService";
  readonly name: string;
  /** Number or name of a Service's port. */
  readonly port?: number | string;
  readonly scheme?: "h2c" | "https";
  readonly serversTransport?: string;
  readonly middlewares?: readonly { readonly name: string }[];
}

export interface WeightedTarget extends RouteTarget {
  readonly weight: number;
}

/** A variant's Service, by the port's number. */
export function serviceOf({ service, port, timeoutSeconds, protocol }: Backend): RouteTarget {
  return {
    name: service,
    port,
    ...schemeOf(protocol),
    ...((timeoutSeconds !== undefined || protocol === "https") && { serversTransport: service }),
  };
}

/** What Traefik calls a protocol, but for http, which is its default. */
export const schemeOf = (protocol: Backend["protocol"]): { readonly scheme?: "h2c" | "https" } =>
  protocol === undefined ? {} : { scheme: protocol === "https" ? "https" : "h2c" };

export function traefikService(route: Route, name: string, spec: object): Manifest {
  return { apiVersion: API_VERSION, kind: "TraefikService", metadata: metadata(route, name), spec };
}

export function middleware(route: Route, name: string, spec: object): Manifest {
  return { apiVersion: API_VERSION, kind: "Middleware", metadata: metadata(route, name), spec };
}

/**
 * Limits how long a connection takes to be made and, after that, an answer to begin. A certificate of pods is not verified: nobody
 * says by whom it would have to be.
 */
export function serversTransport(
  route: Route,
  { service, timeoutSeconds, protocol }: Pick<Backend, "service" | "timeoutSeconds" | "protocol">,
): Manifest[] {
  if (timeoutSeconds === undefined && protocol !== "https") return [];
  const limit = `${timeoutSeconds}s`;
  const limits = { forwardingTimeouts: { dialTimeout: limit, responseHeaderTimeout: limit } };
  return [
    {
      apiVersion: API_VERSION,
      kind: "ServersTransport",
      metadata: metadata(route, service),
      spec: {
        ...(timeoutSeconds !== undefined && limits),
        ...(protocol === "https" && { insecureSkipVerify: true }),
      },
    },
  ];
}

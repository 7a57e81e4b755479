/** The kinds of objects that Traefik's CRD provider reads. */
import { type Backend, type Manifest, metadata, type Route } from "./router";

const API_VERSION = "traefik.io/v1alpha1";

/** What a route or a TraefikService sends requests to. */
export interface RouteTarget {
  readonly kind?: "TraefikService";
  readonly name: string;
  /** Number or name of a Service's port. */
  readonly port?: number | string;
  readonly serversTransport?: string;
  readonly middlewares?: readonly { readonly name: string }[];
}

export interface WeightedTarget extends RouteTarget {
  readonly weight: number;
}

/** A variant's Service, by the port's number. */
export function serviceOf({ service, port, timeoutSeconds }: Backend): RouteTarget {
  return { name: service, port, ...(timeoutSeconds !== undefined && { serversTransport: service }) };
}

export function traefikService(route: Route, name: string, spec: object): Manifest {
  return { apiVersion: API_VERSION, kind: "TraefikService", metadata: metadata(route, name), spec };
}

export function middleware(route: Route, name: string, spec: object): Manifest {
  return { apiVersion: API_VERSION, kind: "Middleware", metadata: metadata(route, name), spec };
}

/** Limits how long a connection takes to be made and, after that, an answer to begin. */
export function serversTransport(route: Route, { service, timeoutSeconds }: Backend): Manifest[] {
  if (timeoutSeconds === undefined) return [];
  const limit = `${timeoutSeconds}s`;
  return [
    {
      apiVersion: API_VERSION,
      kind: "ServersTransport",
      metadata: metadata(route, service),
      spec: { forwardingTimeouts: { dialTimeout: limit, responseHeaderTimeout: limit } },
    },
  ];
}

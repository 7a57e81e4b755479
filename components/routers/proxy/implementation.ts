import type { Match, Route, Sticky } from "../router";

/** Where a proxy takes requests, and where it says that it can. */
export const PORT = 8080;
export const HEALTH_PORT = 8081;
export const HEALTH_PATH = "/ready";
/** Folder that the configuration is mounted in. */
export const PROXY_CONFIG_FOLDER = "/etc/proxy";
/** Seconds until a connection that isn't made counts as refused. */
export const CONNECT_SECONDS = 2;
/** Longer than the 90 s that Traefik keeps an idle connection: it must be the one that closes it. */
export const KEEP_ALIVE_SECONDS = 120;
/**
 * Seconds after which the next answer on a kept connection closes it. Well within the time that a proxy serves on after it was
 * told to end: nginx and Envoy then cut idle connections, maybe as a request comes in on one.
 */
export const CONNECTION_SECONDS = 4;
/** Seconds that requests in flight have once the proxy was told to end. */
export const DRAIN_SECONDS = 30;

/** One variant as a proxy sees it. */
export interface Upstream {
  readonly variant: string;
  /** Name of its Service. */
  readonly service: string;
  /** The Service's name in full: proxies' own resolvers know no search domains. */
  readonly address: string;
  readonly port: number;
  /** Its integer; 0 for none but those that a match sends there. */
  readonly weight: number;
  /** Seconds after which a request ends that it does not begin to answer. */
  readonly timeoutSeconds?: number;
}

/** All that a configuration is made of. */
export interface ProxyPlan {
  readonly upstreams: readonly [Upstream, ...Upstream[]];
  readonly matches: readonly Match[];
  readonly sticky?: Sticky;
  readonly splitBy: Route["splitBy"];
}

/** A program that splits by a configuration file. */
export interface Implementation {
  /** Image that is run if the settings name no other. */
  readonly image: string;
  /** Largest weight that it takes. */
  readonly largestWeight: number;
  /** Name of its configuration file. */
  readonly file: string;
  /** Starts it with that file. */
  readonly command: readonly string[];
  /** What of the route it can't do, one sentence each. */
  problems(route: Route): string[];
  /** The content of the file. */
  configuration(plan: ProxyPlan): string;
  /** The integer of each Service in it: the inverse of `configuration`. */
  readWeights(configuration: string): Record<string, number>;
}

/** Clients fall into so many slots by the hash of their address. */
export const SLOTS = 10_000;

/** The sentence of a program that limits no single variant's time. */
export const unlimited = ({ timeoutAsked }: Route, name: string): string[] =>
  timeoutAsked
    ? [`no canaryTimeoutSeconds: routers.proxy.implementation ${name} limits no single variant, nginx does`]
    : [];

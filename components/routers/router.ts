/** What every router is: settings, traits, rules, and a pure function from a split to objects. */
import type { z } from "zod";
import { effectiveWeights, formatWeight, integerWeights, type TrafficSplit } from "../traffic";

/** A Kubernetes object as plain data. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec?: object;
  readonly data?: Record<string, string>;
  readonly rules?: readonly object[];
  readonly roleRef?: object;
  readonly subjects?: readonly object[];
}

/** Name by which Pulumi knows one of an app's routing objects. */
export function resourceName(app: string, { metadata: { name } }: Pick<Manifest, "metadata">): string {
  return name === app || name.startsWith(`${app}-`) ? name : `${app}-${name}`;
}

/** Port of every Service. */
export const SERVICE_PORT = 80;

/** Seconds after which a request ends that a canary does not begin to answer, if nobody says otherwise. */
export const CANARY_TIMEOUT_SECONDS = 30;

/** A variant's pods and the Service that its requests go to. */
export interface Backend {
  /** `primary`, or the canary's name. */
  readonly variant: string;
  readonly service: string;
  readonly namespace: string;
  readonly port: number;
  /** Name of the Service's port; default `http`, null if it is not known. */
  readonly portName?: string | null;
  /** Labels that the pods of this variant have, and of no other; none if somebody else makes them. */
  readonly selector: Record<string, string>;
  /** Pods that the settings ask for. */
  readonly replicas: number;
  /** Host name that leads to this variant alone. */
  readonly host?: string;
  /** What its pods speak; default http. */
  readonly protocol?: Exclude<Protocol, "http">;
  /** Seconds after which a request ends that this variant does not begin to answer; default the router's own. */
  readonly timeoutSeconds?: number;
}

/** What pods speak: HTTP/1.1, HTTP/2 without TLS, gRPC without TLS, or HTTP with TLS. */
export const protocols = ["http", "h2c", "grpc", "https"] as const;
export type Protocol = (typeof protocols)[number];

export const matchKinds = ["header", "cookie", "query"] as const;
export type MatchKind = (typeof matchKinds)[number];

/** The path of a host that an app takes; all of it without one. */
export interface Path {
  /** Such as `/api`: it starts with a slash, and ends with none. */
  readonly value: string;
  /** Whether it is this path alone, or all below it, too. */
  readonly exact: boolean;
  /** Whether the app's pods are asked without it: for `/`, and what comes after. */
  readonly strip: boolean;
}

export const pathKinds = ["prefix", "exact"] as const;
export type PathKind = (typeof pathKinds)[number];

/** What becomes of the headers of requests, or of answers. */
export interface HeaderChanges {
  /** Header to value, in place of what it has. */
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/** Requests that go to one variant, whatever its weight. */
export interface Match {
  readonly kind: MatchKind;
  /** Name of the header, the cookie or the parameter. */
  readonly name: string;
  /** The one value that matches, as a whole. */
  readonly value: string;
  /** The variant that they go to. */
  readonly variant: string;
}

/** What a user's browser keeps, to stay with a variant. */
export interface Sticky {
  /** Name of the cookie. */
  readonly cookie: string;
  /** Seconds that the browser keeps it; 0 until it is closed. */
  readonly seconds: number;
}

/** Requests that a variant gets a copy of; its answers are dropped. */
export interface Mirror {
  readonly variant: string;
  /** Percent of the app's requests, a whole number from 1 to 100. */
  readonly percent: number;
}

/** What a router is to enforce, and where it is served. */
export interface Route<Settings = unknown> {
  /** The app's name: what the routing objects are named after. */
  readonly app: string;
  readonly namespace: string;
  /** Host name that users ask for; undefined for an app that is served within the cluster alone. */
  readonly host?: string;
  /** Further host names, `*.example.com` among them. */
  readonly alsoHosts?: readonly string[];
  /** The path of the hosts that is the app's; default all. */
  readonly path?: Path;
  readonly split: TrafficSplit;
  /** One per variant, in the order of `split.variants`. */
  readonly backends: readonly [Backend, ...Backend[]];
  /** Port that the pods listen on. */
  readonly podPort: number;
  /** Path that answers 200 when a pod can serve. */
  readonly healthPath: string;
  /** Name of the IngressClass that the stack's Traefik serves. */
  readonly ingressClass: string;
  /** Name of a Secret in the app's namespace with the host's certificate. */
  readonly tlsSecret?: string;
  /** In the order in which they are asked. */
  readonly matches: readonly Match[];
  readonly sticky?: Sticky;
  readonly mirror?: Mirror;
  /** Whether the primary answers in place of a canary that fails. */
  readonly shield: boolean;
  /** Seconds that a request to any variant may take, as the router counts them; default the router's own. */
  readonly requestTimeoutSeconds?: number;
  /** Bytes of the largest request body; default the router's own. */
  readonly maxBodyBytes?: number;
  readonly requestHeaders?: HeaderChanges;
  readonly responseHeaders?: HeaderChanges;
  /** Whether the canaries' time limit was asked for, and is not the default alone. */
  readonly timeoutAsked?: true;
  /** Whether the Traefik that is there is not the stack's own. */
  readonly foreignTraefik?: true;
  /** Whether a variant's weight is its share of requests or of clients. */
  readonly splitBy: "requests" | "clients";
  /** Labels of every routing object. */
  readonly labels: Record<string, string>;
  /** The router's own. */
  readonly settings: Settings;
}

/** A provider of the stack's Traefik, which reads the kinds that the router makes. */
export const traefikProviders = ["crd", "ingressNginx", "gateway"] as const;
export type TraefikProvider = (typeof traefikProviders)[number];

/** What people choose a router by: `canary routers` prints it, and settings that it can't do are refused. */
export interface Traits {
  /** What enforces the split, by which objects. */
  readonly summary: string;
  /** Which weights it can express. */
  readonly resolution: string;
  /** What `match` may go by. */
  readonly match: readonly MatchKind[];
  /** How `sticky` is kept; undefined if it can't be. */
  readonly sticky?: string;
  /** How `split: clients` tells clients apart; undefined if it can't. */
  readonly clients?: string;
  readonly mirror: boolean;
  /** What `shield` covers; undefined if it can't be had. */
  readonly shield?: string;
  /** Whether `hosts` may be `*.example.com`. */
  readonly wildcards: boolean;
  /** Which paths of a host may be an app's. */
  readonly paths: readonly PathKind[];
  /** Whether it can take the path away. */
  readonly strip: boolean;
  /** What pods may speak. */
  readonly protocols: readonly Protocol[];
  /** What `requestTimeoutSeconds` limits; undefined where an app's requests can't be limited. */
  readonly requestTimeout?: string;
  /** How `maxBodyBytes` is kept; undefined if it can't be. */
  readonly maxBody?: string;
  /** Whether it changes headers of requests and answers. */
  readonly headers: boolean;
  /** How long a WebSocket, or a stream in both directions, stays; all routers let them through. */
  readonly webSockets: string;
  /** Whether it serves an app without `host`. */
  readonly internal: boolean;
  /** Whether it serves `canaryHost`. */
  readonly canaryHost: boolean;
  /** What `canaryTimeoutSeconds` limits; undefined where one variant's time can't be limited. */
  readonly canaryTimeout?: string;
  /** What users of a canary get that isn't there (no Service, no pods), at its weight. */
  readonly missingCanary: string;
  /** What still reaches a canary after its weight became 0, and for how long. */
  readonly timeToEmpty: string;
  /** Kinds of the objects that a change of weight touches, and no others. */
  readonly touches: readonly string[];
  /** Least versions of what it needs. */
  readonly needs: string;
  /** Whether a data plane has routed real requests by its objects, in tests; else only their shape was judged. */
  readonly routed: boolean;
  /** What it was tested on: of `routed` ones the programs that routed. */
  readonly testedOn: string;
  /** What common set-ups ask of it, held against its documentation: a sentence each. */
  readonly setUps: readonly string[];
}

/** The metrics that a router's data plane has, for Prometheus. */
export interface RouterMetrics {
  /** Counter of requests. */
  readonly requests: string;
  /** Histogram of their durations. */
  readonly durations: string;
  readonly millisecondsPerUnit: number;
  /** The label with the status code. */
  readonly code: string;
  /** The label with gRPC's own status; undefined if there is none. */
  readonly grpc?: string;
  /**
   * What picks a variant's series; `{{app}}`, `{{namespace}}`, `{{service}}`, `{{port}}` and `{{portName}}` stand for the variant's,
   * `{{primary}}` for the primary's Service.
   */
  selector(isPrimary: boolean): string;
}

/** One way to split traffic: a pure function from a route to objects, and back. */
export interface Router<Settings = unknown> {
  readonly traits: Traits;
  /** Its settings: `routers.<name>` of the stack, and of an app beside them. */
  readonly settings: z.ZodType<Settings>;
  /** Kinds of the objects that requests pass by, as `GROUP/KIND`; `*` stands for all kinds of a group. */
  readonly routes: readonly string[];
  /** What stands beside an app's main route, whose requests go by that once it is gone; default nothing. */
  readonly beside?: {
    /** Kind of the main route, which is named after the app. */
    readonly main: string;
    readonly name: RegExp;
  };
  /**
   * The provider of the stack's Traefik that reads its objects, `kubernetes` being the one of Traefik 1.7; undefined where
   * another data plane does.
   */
  readonly traefikProvider?: TraefikProvider | "kubernetes";
  /** How its data plane counts requests; undefined where another router says that, or nobody asked yet. */
  readonly metrics?: RouterMetrics;
  /** The integers, in the order of `split.variants`, that it makes of the route's split. */
  weights(route: Route<Settings>): number[];
  /** What it cannot do with this route, one sentence each; empty when it can. What `traits` excludes is not asked for. */
  problems(route: Route<Settings>): string[];
  /**
   * What keeps it from sharing a host with other apps of the stack, one sentence each.
   *
   * @param others their routes by this router
   */
  besideProblems?(route: Route<Settings>, others: readonly Route<Settings>[]): string[];
  /** What users may not expect of it with this route, one sentence each. */
  warnings(route: Route<Settings>): string[];
  /** The objects that enforce the route's split. Call only when `problems` is empty. */
  manifests(route: Route<Settings>): Manifest[];
  /** The integer of each variant's Service in the app's objects: the inverse of `manifests`. */
  readWeights(manifests: readonly Manifest[]): Record<string, number>;
  /** Pods of each variant, in the order of `split.variants`, where the split is made of pods; else those asked for. */
  replicas?(route: Route<Settings>): number[];
  /** The type that the variants' Services need; default ClusterIP. */
  serviceType?(route: Route<Settings>): "NodePort" | undefined;
}

/** Weights for a router that takes integers from 0 to `bound`. */
export const upTo =
  (bound: number) =>
  ({ split }: Pick<Route, "split">): number[] =>
    integerWeights(split, bound);

/** The weights in percent, in the order of `split.variants`, that a router makes of a split. */
export function routedWeights(router: Router, route: Route): number[] {
  return effectiveWeights(router.weights(route));
}

/** The host that users ask for. @throws TypeError for an app without one, which `traits.internal` excludes */
export function hostOf({ app, host }: Route): string {
  if (host === undefined) throw new TypeError(`${app} has no host`);
  return host;
}

/** One sentence for each Service that is not in the app's namespace. */
export function elsewhere({ namespace, backends }: Route, reason: string): string[] {
  return backends
    .filter((backend) => backend.namespace !== namespace)
    .map(
      (backend) =>
        `Service ${backend.service} is in namespace ${backend.namespace}: ${reason} of one namespace (${namespace}) only`,
    );
}

/** Who gets 503: the users of each canary that takes requests and has no pods. */
export function podless({ app, split, backends }: Route, condition = ""): string[] {
  return split.canaries
    .filter(
      ({ name, weight }) => weight > 0 && backends.find(({ variant }) => variant === name)?.replicas === 0,
    )
    .map(
      ({ name, weight }) =>
        `${app}: ${name} takes ${formatWeight(weight)} and is to have no pods: its users get 503${condition}`,
    );
}

/** The metadata of a routing object. */
export function metadata(
  route: Route,
  name: string,
  annotations?: Record<string, string>,
): Manifest["metadata"] {
  return { name, namespace: route.namespace, labels: route.labels, ...(annotations && { annotations }) };
}

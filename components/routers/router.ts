import { effectiveWeights, integerWeights, type TrafficSplit } from "../traffic";

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
  readonly spec: object;
}

/** The Service that a variant's requests go to. */
export interface Backend {
  readonly service: string;
  readonly namespace: string;
  readonly port: number;
  /** Host name that leads to this variant alone. */
  readonly host?: string;
  /** Seconds after which a request ends that this variant does not begin to answer; default the router's own. */
  readonly timeoutSeconds?: number;
}

/** What a router is to enforce, and where it is served. */
export interface Route {
  /** The app's name: what the routing objects are named after. */
  readonly app: string;
  readonly namespace: string;
  readonly host: string;
  readonly split: TrafficSplit;
  /** One per variant, in the order of `split.variants`. */
  readonly backends: readonly [Backend, ...Backend[]];
  /** Name of the IngressClass whose controller serves the host. */
  readonly ingressClass: string;
  /** Labels of every routing object. */
  readonly labels: Record<string, string>;
}

/** One way to split traffic: a pure function from a route to objects, and back. */
export interface Router {
  /** Largest integer weight that the router's objects take. */
  readonly weightBound: number;
  /** What it cannot do with this route, one sentence each; empty when it can. */
  problems(route: Route): string[];
  /** What users may not expect of it with this route, one sentence each. */
  warnings(route: Route): string[];
  /** The objects that enforce the route's split. Call only when `problems` is empty. */
  manifests(route: Route): Manifest[];
  /** The integer weight of each Service in objects that `manifests` made: its inverse. */
  readWeights(manifests: readonly Manifest[]): Record<string, number>;
}

/** The weights in percent, in the order of `split.variants`, that a router makes of a split. */
export function routedWeights(router: Router, split: TrafficSplit): number[] {
  return effectiveWeights(integerWeights(split, router.weightBound));
}

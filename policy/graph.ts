/** The resource graph as rules see it, whoever built it: an offline preview, or the engine. */

import { gathered } from "../base/gathered";
import type { AppShift } from "../offline/audience";
import type { ShownWeight } from "../offline/shown";
import type { Op } from "../offline/step";
import { isObject, isSecret, type Properties, reveal, UNKNOWN, type Value } from "../offline/values";

export interface GraphResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Plain values. What is not known yet, or may not be seen, is the text `UNKNOWN`. */
  readonly props: Properties;
  readonly protect: boolean;
  /** URN of the component that it is part of; undefined if nobody said. */
  readonly parent?: string;
}

/** Weights in percent: app to variant, primary included. */
export type AppWeights = Readonly<Record<string, Readonly<Record<string, ShownWeight>>>>;

export interface Graph {
  readonly stack: string;
  /** What is there after the update. */
  readonly resources: readonly GraphResource[];
  readonly weights: AppWeights;
  readonly changes?: Changes;
  /** What was seen of the load balancers that the update deletes; undefined if nobody looked. */
  readonly departures?: readonly Departure[];
}

/** A load balancer that an update deletes, and who still uses it. */
export interface Departure {
  readonly urn: string;
  /** Seconds that it must have been out of use for. */
  readonly seconds: number;
  /** Longest TTL of its side's records, in seconds. */
  readonly ttl: number;
  /** The host names whose DNS answers still name it, with their records' weights. */
  readonly answers: readonly { readonly host: string; readonly weight: number }[];
  /** Seconds since an update last changed a record of its side; undefined if the state does not tell. */
  readonly settled: number | undefined;
  /** Requests, on an NLB connections, of the last `seconds`; undefined where AWS has no such load balancer. */
  readonly requests: number | undefined;
}

/** What an update makes of what was there. */
export interface Changes {
  readonly steps: readonly GraphStep[];
  /** The weights before. */
  readonly weights: AppWeights;
  /** Who gets what of each app, before and after. */
  readonly apps: readonly AppShift[];
  /** What splits each app's traffic after. */
  readonly routers: Readonly<Record<string, string>>;
  /** Canaries whose last day has passed, such as `myapp-debug`: gone after, whatever their weight was. */
  readonly expired: readonly string[];
}

export interface GraphStep {
  readonly op: Op;
  readonly before?: GraphResource;
  readonly after?: GraphResource;
  /** A deletion that leaves the real thing alone. */
  readonly retained: boolean;
  /** Paths of the properties that replace it. */
  readonly replaceReasons: readonly string[];
  /** Paths of the properties that change. */
  readonly changed: readonly string[];
  /** Whether it would change even if all weights stayed. */
  readonly besideWeights: boolean;
}

export type GraphWithChanges = Graph & { readonly changes: Changes };

/** Properties without secrets: a secret object is opened, for rules to see its shape, and a flag; other leaves are not. */
export function plainProps(properties: Properties): Properties {
  const plain = (value: Value): Value => {
    const open = reveal(value);
    if (Array.isArray(open)) return open.map(plain);
    if (isObject(open))
      return Object.fromEntries(Object.entries(open).map(([key, item]) => [key, plain(item)]));
    return isSecret(value) && typeof open !== "boolean" ? UNKNOWN : open;
  };
  return plain(properties) as Properties;
}

/** The last part of a resource's type: `Deployment`, `Group`. */
export const objectKindOf = ({ type }: Pick<GraphResource, "type">): string => type.split(":").at(-1) ?? "";

/** `Deployment myapp-canary`, for messages. */
export const labelOf = (resource: GraphResource): string => `${objectKindOf(resource)} ${resource.name}`;

/** The URN of the component that is an app. */
export function appUrn({ resources }: Graph, app: string): string | undefined {
  return resourcesNamed(resources, app).find(({ type }) => type.startsWith("canary-traffic:"))?.urn;
}

/** By name, made once for a list: rules ask by name for each of thousands of apps. */
const indexes = new WeakMap<readonly GraphResource[], ReadonlyMap<string, readonly GraphResource[]>>();

/** The resources of that name, in the list's order. The list must stay as it is. */
export function resourcesNamed(resources: readonly GraphResource[], name: string): readonly GraphResource[] {
  let index = indexes.get(resources);
  if (index === undefined) {
    index = gathered(resources, (resource) => resource.name);
    indexes.set(resources, index);
  }
  return index.get(name) ?? [];
}

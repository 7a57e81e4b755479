/** An app's settings with every default filled in, and what routers need of them. */
import type { Backend, Route, RouterName } from "../components/routers";
import { TrafficSplit } from "../components/traffic";
import type { Parsed, ParsedApp, TraefikSettings } from "./schema";

/** One canary of an app. */
export interface CanarySettings {
  /** Name of the variant: `canary`, or the key below `canaries`. */
  readonly name: string;
  /** Percent of the app's requests. */
  readonly weight: number;
  readonly image?: string;
  readonly amiId?: string;
  readonly replicas: number;
  readonly host?: string;
  readonly namespace: string;
}

/** One app: its primary's settings and its canaries in order, `canary` first. */
export interface AppSettings extends Omit<ParsedApp, "canaries"> {
  readonly name: string;
  readonly namespace: string;
  readonly router: RouterName;
  readonly canaries: readonly CanarySettings[];
  /** The weights as asked. */
  readonly split: TrafficSplit;
}

/** Port of every Service; the pods' own port is the setting `port`. */
export const SERVICE_PORT = 80;

/**
 * The canaries that an app's settings come to: `canary` first, the others by name, as the engine hands over the keys of an
 * object in its own order and not in the file's.
 */
export function canariesOf(parsed: Parsed, name: string, app: ParsedApp): CanarySettings[] {
  const namespace = app.namespace ?? name;
  const further = Object.entries(app.canaries)
    .map(([key, canary]) => ({ namespace, ...canary, name: key }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const shorthand = parsed.platform === "elb" ? further.length === 0 : app.canaryImage !== undefined;
  if (!shorthand) return further;
  const canary: CanarySettings = {
    name: "canary",
    weight: app.canaryWeight ?? parsed.canaryWeight,
    replicas: app.canaryReplicas,
    namespace,
    ...(app.canaryImage !== undefined && { image: app.canaryImage }),
    ...(app.canaryHost !== undefined && { host: app.canaryHost }),
  };
  return [canary, ...further];
}

export function appSettings(parsed: Parsed, name: string, app: ParsedApp): AppSettings {
  const canaries = canariesOf(parsed, name, app);
  return {
    ...app,
    name,
    namespace: app.namespace ?? name,
    router: app.router ?? parsed.router,
    canaries,
    split: new TrafficSplit(canaries.map((canary) => ({ name: canary.name, weight: canary.weight }))),
  };
}

/** The route that the app's router is to enforce on Kubernetes. */
export function routeOf(app: AppSettings, traefik: TraefikSettings): Route {
  const backend = (name: string, { namespace }: { namespace: string }): Backend => ({
    service: name,
    namespace,
    port: SERVICE_PORT,
  });
  return {
    app: app.name,
    namespace: app.namespace,
    host: app.host,
    split: app.split,
    backends: [
      backend(app.name, app),
      ...app.canaries.map((canary) => ({
        ...backend(`${app.name}-${canary.name}`, canary),
        ...(canary.host !== undefined && { host: canary.host }),
        timeoutSeconds: app.canaryTimeoutSeconds,
      })),
    ],
    ingressClass: traefik.ingressClass,
    labels: { "app.kubernetes.io/name": app.name, "app.kubernetes.io/managed-by": "pulumi" },
  };
}

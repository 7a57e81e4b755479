/** An app's settings with every default filled in, and what routers need of them. */
import type { Sidecar } from "../components/kubernetes/debug-canary";
import { variantLabels } from "../components/kubernetes/labels";
import type { ManifestPlan, PlannedVariant } from "../components/kubernetes/manifest/plan";
import {
  type Backend,
  CANARY_TIMEOUT_SECONDS,
  type Match,
  type Mirror,
  type Path,
  type Route,
  type RouterName,
  routers,
  SERVICE_PORT,
} from "../components/routers";
import { BASELINE, hundredths, type TrafficSplit, variantName } from "../components/traffic";
import { type BaselineSettings, baselineOf, splitOf } from "./baseline";
import { platforms } from "./platforms";
import type { Parsed, ParsedApp, TraefikSettings } from "./schema";
import { workloadKindOf } from "./workload-kinds";

/** One canary of an app. */
export interface CanarySettings {
  /** Name of the variant: `canary`, `debug`, or the key below `canaries` or `branches.images`. */
  readonly name: string;
  /** Percent of the app's requests. */
  readonly weight: number;
  readonly image?: string;
  /** That somebody else makes. */
  readonly service?: string;
  /** File with a Deployment of its own. */
  readonly manifest?: string;
  readonly amiId?: string;
  readonly replicas: number;
  readonly host?: string;
  readonly namespace: string;
  readonly args?: readonly string[];
  readonly runtimeClass?: string;
  /** That of the debug canary. */
  readonly sidecar?: Sidecar;
}

/** One app: its primary's settings and its canaries in order, `canary` first. */
export interface AppSettings extends Omit<ParsedApp, "canaries" | "split" | "routers"> {
  readonly name: string;
  readonly namespace: string;
  readonly router: RouterName;
  readonly canaries: readonly CanarySettings[];
  /** What the canary is compared with; undefined if that is the primary. */
  readonly baseline?: BaselineSettings;
  /** The weights as asked, the baseline's last. */
  readonly split: TrafficSplit;
  readonly splitBy: Route["splitBy"];
  /** What the app's manifest comes to, if it has one. */
  readonly plan?: ManifestPlan;
  /** Settings of routers: the app's own, else the stack's. */
  readonly routers: Partial<Record<RouterName, unknown>>;
}

/** Name of the variant that the setting `debug` makes. */
export const DEBUG_VARIANT = "debug";

/**
 * The canaries that an app's settings come to: `canary` first, then the others by name, as the engine hands over the keys of
 * an object in its own order and not in the file's; then branches, and `debug` last.
 */
export function canariesOf(parsed: Parsed, name: string, app: ParsedApp): CanarySettings[] {
  const namespace = app.namespace ?? name;
  const named = Object.entries(app.canaries)
    .map(([key, canary]) => ({ namespace, ...canary, name: key }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const further = [...named, ...branchCanaries(app, namespace), ...debugCanary(app, namespace)];
  const shorthand = platforms[parsed.platform].hasCluster
    ? (app.canaryImage ?? app.canaryService ?? app.canaryManifest) !== undefined
    : further.length === 0;
  if (!shorthand) return further;
  const canary: CanarySettings = {
    name: "canary",
    weight: app.canaryWeight ?? parsed.canaryWeight,
    replicas: app.canaryReplicas,
    namespace,
    ...(app.canaryImage !== undefined && { image: app.canaryImage }),
    ...(app.canaryService !== undefined && { service: app.canaryService }),
    ...(app.canaryManifest !== undefined && { manifest: app.canaryManifest }),
    ...(app.canaryHost !== undefined && { host: app.canaryHost }),
  };
  return [canary, ...further];
}

/** A canary of one pod for each branch; requests find it by header alone. */
function branchCanaries({ branches }: ParsedApp, namespace: string): CanarySettings[] {
  const images = Object.entries(branches?.images ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return images.map(([name, image]) => ({ name, image, weight: 0, replicas: 1, namespace }));
}

function debugCanary({ debug, image }: ParsedApp, namespace: string): CanarySettings[] {
  if (debug === undefined) return [];
  const { until: _until, ...settings } = debug;
  return [
    { ...(image !== undefined && { image }), ...settings, name: DEBUG_VARIANT, replicas: 1, namespace },
  ];
}

/** Requests that name a branch, after all that the app matches itself. */
function branchMatches({ branches }: ParsedApp): Match[] {
  if (branches === undefined) return [];
  const names = Object.keys(branches.images).sort();
  return names.map((name) => ({ kind: "header", name: branches.header, value: name, variant: name }));
}

/** @param plan what the app's manifest comes to, if it has one */
export function appSettings(parsed: Parsed, name: string, app: ParsedApp, plan?: ManifestPlan): AppSettings {
  const canaries = canariesOf(parsed, name, app).map((canary) => ({
    ...canary,
    ...(plan && { namespace: plan.namespace, ...sizeOf(plan, canary.name) }),
  }));
  const baseline = baselineOf(parsed, app, canaries);
  return {
    ...app,
    name,
    ...(plan && { plan, ...sizeOf(plan, "primary") }),
    namespace: app.namespace ?? plan?.namespace ?? name,
    createNamespace: app.createNamespace && app.service === undefined && !bringsNamespace(plan),
    router: app.router ?? parsed.router,
    routers: { ...parsed.routers, ...app.routers },
    splitBy: app.split,
    replicas: app.autoscaling?.min ?? plan?.variants[0].replicas ?? app.replicas,
    match: [...app.match, ...branchMatches(app)],
    canaries,
    split: splitOf(canaries, baseline),
    ...(baseline && { baseline }),
  };
}

/** Name of the Service that leads to a variant's pods. */
export function serviceNameOf(app: AppSettings, variant: string): string {
  const ofManifest = planned(app.plan, variant)?.service.metadata.name;
  if (ofManifest !== undefined) return ofManifest;
  const { service } = variant === "primary" ? app : (app.canaries.find(({ name }) => name === variant) ?? {});
  return service ?? variantName(app.name, variant);
}

/** The port of the Services that requests come to; its name is null if nobody said it. */
export function servicePortOf(app: AppSettings): {
  readonly port: number;
  readonly portName?: string | null;
} {
  if (app.plan !== undefined) return { port: app.plan.port, portName: app.plan.portName };
  return { port: app.servicePort ?? SERVICE_PORT, ...(app.service !== undefined && { portName: null }) };
}

/**
 * The output `services`, of apps whose Services have other names than the program gives: app to variant to `NAMESPACE/NAME`.
 * Status and rollouts find weights by it.
 */
export function namedServices(apps: readonly AppSettings[]): {
  services?: Record<string, Record<string, string>>;
} {
  const named = apps
    .filter((app) => workloadKindOf(app) !== "built")
    .map((app): [string, Record<string, string>] => [app.name, servicesOf(app)]);
  return named.length === 0 ? {} : { services: Object.fromEntries(named) };
}

/** By variant, `NAMESPACE/NAME` of the Service that leads to it. */
export const servicesOf = (app: AppSettings): Record<string, string> =>
  Object.fromEntries(
    app.split.variants.map(({ name }) => [name, `${namespaceOf(app, name)}/${serviceNameOf(app, name)}`]),
  );

const namespaceOf = (app: AppSettings, variant: string): string =>
  app.canaries.find(({ name }) => name === variant)?.namespace ?? app.namespace;

const planned = (plan: ManifestPlan | undefined, variant: string): PlannedVariant | undefined =>
  plan?.variants.find(({ name }) => name === variant);

/** Image and number of pods that a manifest gives a variant. */
function sizeOf(plan: ManifestPlan, variant: string): { image?: string; replicas?: number } {
  const { image, replicas } = planned(plan, variant) ?? {};
  return { ...(image !== undefined && { image }), ...(replicas !== undefined && { replicas }) };
}

/** Whether the app's namespace stands in its manifest. */
const bringsNamespace = (plan: ManifestPlan | undefined): boolean =>
  plan?.others.some(({ kind, metadata }) => kind === "Namespace" && metadata.name === plan.namespace) ??
  false;

/** Pods that `weight` percent of the app's traffic takes; 0 if nobody said what all of it does. */
export const podsNeeded = ({ minReadyCapacity = 0 }: AppSettings, weight: number): number =>
  Math.ceil((minReadyCapacity * hundredths(weight)) / 10_000);

/** Logical names of the Deployments whose number of pods is the weight. */
export const countedNames = ({ apps }: { readonly apps: readonly AppSettings[] }): string[] =>
  apps
    .filter((app) => routersOf(app).some((name) => routers[name].replicas !== undefined))
    .flatMap(({ name, split }) => split.variants.map((variant) => variantName(name, variant.name)));

/** The host, which `parseSettings` requires where a load balancer serves the app. */
export function publicHost({ name, host }: Pick<AppSettings, "name" | "host">): string {
  if (host === undefined) throw new TypeError(`${name} has no host`);
  return host;
}

/** The routers whose objects an app has: its own, and those that it moves away from or to. */
export const routersOf = ({ router, alsoRoutedBy }: AppSettings): RouterName[] => [
  ...new Set([router, ...alsoRoutedBy]),
];

/** The route that a router of the app's, by default its own, is to enforce on Kubernetes. */
export function routeOf(app: AppSettings, traefik: TraefikSettings, router: RouterName = app.router): Route {
  const { name, namespace, host, split, splitBy, port, healthPath, tlsSecret, sticky, shield } = app;
  const mirror: Mirror | undefined = app.mirror;
  const { canaryTimeoutSeconds, requestTimeoutSeconds, maxBodyBytes, requestHeaders, responseHeaders } = app;
  const timeoutSeconds = canaryTimeoutSeconds ?? requestTimeoutSeconds ?? CANARY_TIMEOUT_SECONDS;
  const backend = (variant: string, of: { namespace: string; replicas: number }): Backend => ({
    variant,
    service: serviceNameOf(app, variant),
    namespace: of.namespace,
    ...servicePortOf(app),
    selector:
      planned(app.plan, variant)?.selector ?? (app.service === undefined ? selectorOf(name, variant) : {}),
    replicas: of.replicas,
    ...(app.protocol !== "http" && { protocol: app.protocol }),
  });
  return {
    app: name,
    namespace,
    split,
    backends: [
      backend("primary", app),
      ...app.canaries.map((canary) => ({
        ...backend(canary.name, canary),
        ...(canary.host !== undefined && { host: canary.host }),
        timeoutSeconds,
      })),
      // Treated as the canary is, or they would not compare.
      ...(app.baseline
        ? [
            {
              ...backend(BASELINE, { namespace, replicas: app.baseline.replicas }),
              timeoutSeconds,
            },
          ]
        : []),
    ],
    podPort: port,
    healthPath,
    ingressClass: traefik.ingressClass,
    matches: app.match,
    shield,
    splitBy,
    labels: { "app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "pulumi" },
    settings: app.routers[router] ?? routers[router].settings.parse({}),
    ...(host !== undefined && { host }),
    ...(app.hosts.length > 0 && { alsoHosts: app.hosts }),
    ...pathOf(app),
    ...(tlsSecret !== undefined && { tlsSecret }),
    ...(sticky && { sticky }),
    ...(mirror && { mirror }),
    ...(requestTimeoutSeconds !== undefined && { requestTimeoutSeconds }),
    ...(maxBodyBytes !== undefined && { maxBodyBytes }),
    ...(requestHeaders && { requestHeaders }),
    ...(responseHeaders && { responseHeaders }),
    ...(canaryTimeoutSeconds !== undefined && { timeoutAsked: true as const }),
    ...(!traefik.install && { foreignTraefik: true as const }),
  };
}

function pathOf({ path, pathType, stripPath }: AppSettings): { readonly path?: Path } {
  return path === undefined ? {} : { path: { value: path, exact: pathType === "exact", strip: stripPath } };
}

/** Each host name of an app, with the key that has it. */
export function hostKeys({ name, host, hosts, canaries }: AppSettings): { key: string; host: string }[] {
  const named = [
    { key: `apps.${name}.host`, host },
    ...hosts.map((one, i) => ({ key: `apps.${name}.hosts[${i}]`, host: one })),
    ...canaries.map((canary) => ({
      key: `apps.${name}.${canary.name === "canary" ? "canaryHost" : `canaries.${canary.name}.host`}`,
      host: canary.host,
    })),
  ];
  return named.flatMap(({ key, host: one }) => (one === undefined ? [] : [{ key, host: one }]));
}

/** Where users find an app: each of its host names, with its path. */
export function addressesOf(app: Pick<AppSettings, "host" | "hosts" | "path" | "pathType">): string[] {
  if (app.host === undefined) return [];
  return [app.host, ...app.hosts].map((host) =>
    app.path === undefined ? host : `${host}${app.path}${app.pathType === "exact" ? " (exact)" : ""}`,
  );
}

function selectorOf(app: string, variant: string): Record<string, string> {
  if (variant === "primary" || variant === BASELINE) return variantLabels(app, variant);
  return variantLabels(app, "canary", variant);
}

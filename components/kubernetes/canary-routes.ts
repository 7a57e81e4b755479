import { log, type Resource, RunError } from "@pulumi/pulumi";
import {
  CANARY_TIMEOUT_SECONDS,
  type Manifest,
  type Route,
  type RouterName,
  routedWeights,
  routerNames,
  routers,
} from "../routers";
import { rounded, TrafficSplit, variantName } from "../traffic";
import type { Transform } from "../transform";
import type { CanaryApp } from "./canary-app";
import { REPLICAS, TRAEFIK_DEFAULTS } from "./defaults";
import { variantLabels } from "./labels";
import { routing } from "./routing";

/** How requests are shared out between an app's variants. */
export interface CanaryRoutesArgs {
  /**
   * Host name that users ask for.
   *
   * @example "shop.example.com"
   */
  readonly host: string;
  /**
   * Percent of requests by canary, 0 to 100, at most two decimals. The primary takes what they leave.
   *
   * @default none for any canary
   * @example { canary: 10 }
   */
  readonly weights?: Readonly<Record<string, number>>;
  /**
   * What enforces the weights, in a cluster that has it: `npx canary routers` compares them.
   *
   * @default "traefik"
   * @example "gateway"
   */
  readonly router?: RouterName;
  /**
   * The router's own settings, as below `routers.<name>` in a stack's file.
   *
   * @default the router's defaults
   * @example { shieldRequests: 200 }
   */
  readonly settings?: object;
  /**
   * Name of the IngressClass of the Traefik that serves the routes.
   *
   * @default "traefik-external"
   * @example "edge"
   */
  readonly ingressClass?: string;
  /**
   * TLS Secret in the app's namespace with the host's certificate.
   *
   * @default the router's default certificate
   * @example "shop-tls"
   */
  readonly tlsSecret?: string;
  /**
   * Resources that have to be there before the routes, such as what makes their kinds.
   *
   * @default the app's Deployments and Services
   * @example [edge]
   */
  readonly dependsOn?: readonly Resource[];
  /**
   * Whether Pulumi refuses to delete or replace the routes.
   *
   * @default false
   * @example true
   */
  readonly protect?: boolean;
  /**
   * Changes each object.
   *
   * @default none
   * @example (object) => ({ ...object, metadata: { ...object.metadata, annotations: { team: "shop" } } })
   */
  readonly transform?: Transform<Manifest>;
}

/** What routes come to. */
export interface CanaryRoutes {
  /** The routing objects, children of the app. */
  readonly resources: readonly Resource[];
  /** By variant, percent as asked and as the router can express it. */
  readonly weights: Readonly<Record<string, { readonly asked: number; readonly effective: number }>>;
}

/**
 * Shares requests out between the variants of an app: the objects that `program()` makes for an app of the same settings.
 *
 * @throws RunError with a line for each thing that is wrong
 * @example
 * ```typescript
 * const { weights } = canaryRoutes(shop, { host: "shop.example.com", weights: { canary: 10 } });
 * ```
 */
export function canaryRoutes(app: CanaryApp, args: CanaryRoutesArgs): CanaryRoutes {
  const refuse = (problems: readonly string[]): void => {
    if (problems.length > 0)
      throw new RunError(problems.map((problem) => `routes of ${app.name}: ${problem}`).join("\n"));
  };
  refuse(argsProblems(app, args));
  const { router: name = "traefik", dependsOn = [], protect = false, transform } = args;
  const router = routers[name];
  const route = routeTo(app, args, name);
  refuse(router.problems(route));
  if (router.serviceType?.(route) !== app.args.serviceType && app.args.serviceType === undefined)
    refuse([`router ${name} needs serviceType ${router.serviceType?.(route)} of the app`]);
  for (const warning of router.warnings(route)) log.warn(warning, app);
  const opts = { parent: app, protect, dependsOn: [...app.workloads, ...dependsOn] };
  const effective = routedWeights(router, route);
  return {
    resources: routing(app.name, router.manifests(route), opts, transform),
    weights: Object.fromEntries(
      route.split.variants.map(({ name: variant, weight }, i) => [
        variant,
        { asked: weight, effective: rounded(effective[i] ?? 0) },
      ]),
    ),
  };
}

function argsProblems(
  app: CanaryApp,
  { router = "traefik", weights = {}, settings = {} }: CanaryRoutesArgs,
): string[] {
  const allowed = routerNames().filter((name) => routers[name].replicas === undefined);
  if (!allowed.includes(router)) return [`router is ${router}; allowed: ${allowed.join(", ")}`];
  const known = app.args.canaries.map(({ name }) => name);
  const unknown = Object.keys(weights).filter((name) => !known.includes(name));
  const parsed = routers[router].settings.safeParse(settings);
  const { protocol = "http" } = app.args;
  return [
    ...unknown.map(
      (name) =>
        `weights.${name}: no such canary; allowed: ${known.join(", ") || "none, as the app has none"}`,
    ),
    ...splitProblems(app, weights),
    ...(parsed.success
      ? []
      : parsed.error.issues.map(({ path, message }) => `${["settings", ...path].join(".")}: ${message}`)),
    ...(routers[router].traits.protocols.includes(protocol)
      ? []
      : [`router ${router} does not pass on ${protocol}`]),
  ];
}

function splitProblems(app: CanaryApp, weights: Readonly<Record<string, number>>): string[] {
  try {
    splitOf(app, weights);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

const splitOf = (app: CanaryApp, weights: Readonly<Record<string, number>>): TrafficSplit =>
  new TrafficSplit(
    app.args.canaries.map(({ name }) => ({
      name,
      weight: Object.hasOwn(weights, name) ? (weights[name] ?? 0) : 0,
    })),
  );

function routeTo(app: CanaryApp, args: CanaryRoutesArgs, router: RouterName): Route {
  const { namespace, servicePort, protocol = "http", primary, canaries, port, healthPath } = app.args;
  const { host, weights = {}, ingressClass = TRAEFIK_DEFAULTS.ingressClass, tlsSecret } = args;
  const backend = (variant: string, selector: Record<string, string>, replicas: number) => ({
    variant,
    service: variantName(app.name, variant),
    namespace,
    port: servicePort,
    selector,
    replicas,
    ...(protocol !== "http" && { protocol }),
  });
  return {
    app: app.name,
    namespace,
    host,
    podPort: port,
    healthPath,
    ingressClass,
    split: splitOf(app, weights),
    backends: [
      backend("primary", variantLabels(app.name, "primary"), primary.replicas ?? REPLICAS.primary),
      ...canaries.map(({ name, replicas = REPLICAS.canary }) => ({
        ...backend(name, variantLabels(app.name, "canary", name), replicas),
        timeoutSeconds: CANARY_TIMEOUT_SECONDS,
      })),
    ],
    matches: [],
    shield: false,
    splitBy: "requests",
    labels: { "app.kubernetes.io/name": app.name, "app.kubernetes.io/managed-by": "pulumi" },
    settings: routers[router].settings.parse(args.settings ?? {}),
    ...(tlsSecret !== undefined && { tlsSecret }),
  };
}

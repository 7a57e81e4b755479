import * as z from "zod";
import { integer } from "../fields";
import { cookieHeader } from "./cookie";
import { bufferProblems, certificateRoute, ingressRoute, namesOf, passed } from "./ingress-route";
import { type Backend, elsewhere, type Manifest, type Match, type Route, type Router, upTo } from "./router";
import {
  type RouteTarget,
  serversTransport,
  serviceOf,
  traefikService,
  type WeightedTarget,
} from "./traefik-objects";
import { SHIELDED, shielded, shieldObjects } from "./traefik-shield";
import { traefikWarnings } from "./traefik-warnings";

const settings = z.strictObject({
  mirrorBodyBytes: integer(0, 10_485_760, "bytes")
    .default(65_536)
    .describe(
      "bytes of the largest request body that `mirror` copies; a request with a larger one is not mirrored. Traefik sets as much memory aside for every request with a body, and holds it back until so much of it has come",
    ),
  shieldRequests: integer(1, 100_000, "requests")
    .default(100)
    .describe(
      "requests that the primary takes over at the same time with `shield`, at each edge node; more are answered with 429",
    ),
});
type Settings = z.output<typeof settings>;

export const PRIORITY = { primary: 10, weighted: 20, firstMatch: 1_000_000 } as const;

/** One set of a host's routes. With `shield` there are two, as it covers some requests only. */
interface Way {
  readonly suffix: string;
  /** What requests must be to go this way. */
  readonly rule: readonly string[];
  /** What its routes' priority is above those of the other way. */
  readonly lead: number;
  readonly target: (backend: Backend) => RouteTarget;
}

const PLAIN: Way = { suffix: "", rule: [], lead: 0, target: serviceOf };
const SHIELD: Way = { suffix: "-shield", rule: [SHIELDED], lead: 1, target: shielded };

/**
 * Traefik 3: a TraefikService of kind weighted, an IngressRoute that serves the host by it, and a second IngressRoute of
 * lower priority straight to the primary. When the weighted one can't be built (a canary's Service, its port or its
 * endpoints are missing), Traefik drops that route alone, and the second one answers. Each match is an IngressRoute before
 * them, and dropped like that. A ServersTransport for each variant with a time limit of its own.
 *
 * With `split: clients` the TraefikService is of kind highestRandomWeight, with `mirror` one of kind mirroring stands
 * before it, and `shield` adds a set of routes: see `shieldObjects`.
 *
 * https://doc.traefik.io/traefik/v3.7/reference/routing-configuration/kubernetes/crd/http/traefikservice/
 */
export const traefik: Router<Settings> = {
  traits: {
    summary:
      "Traefik 3: a weighted TraefikService behind an IngressRoute, and an IngressRoute to the primary alone",
    resolution: "0.01 %",
    match: ["header", "cookie", "query"],
    sticky: "a cookie of Traefik's; only weight 0 moves its holders",
    clients: "by the connection's address, not by X-Forwarded-For: a load balancer in front has to keep it",
    mirror: true,
    shield:
      "GET and HEAD: refused connections, time limits and 5xx, not an answer that breaks off; the canary's early " +
      "hints and trailers are lost",
    wildcards: true,
    paths: ["prefix", "exact"],
    strip: true,
    protocols: ["http", "h2c", "grpc", "https"],
    requestTimeout: "until its answer begins, after the connection",
    maxBody: "whole: each request and answer is held back until its end, but for WebSockets",
    headers: true,
    webSockets: "as long as both sides keep it",
    internal: false,
    canaryHost: true,
    canaryTimeout: "until its answer begins, after the connection",
    missingCanary: "the primary's answer; while its pods refuse connections, 502 for the canary's share",
    timeToEmpty:
      "2 s, Traefik's throttle, holders of the sticky cookie included; then requests in flight alone",
    touches: ["TraefikService"],
    needs: "Traefik 3.0; 3.6 for split: clients, 3.7 for shield",
    routed: true,
    testedOn: "Traefik 3.7.5, under load",
    setUps: [
      "a Traefik that is there already (`traefik.install: false`): `traefik.ingressClass` is its CRD provider's class; its chart sets " +
        "`allowEmptyServices`, with which a canary without pods answers 503 for its share",
      "requests that take long to come in (uploads, gRPC client streams): `traefik.bodySeconds`; Traefik's own limit is 60 s",
      "a certificate elsewhere: `traefik.defaultCertificateSecret`, or none and `traefik.trustedIps` behind a load balancer that has it",
      "permissions: the program grants Traefik what it lists; with `traefik.clusterWide: false` in some namespaces alone",
    ],
  },
  settings,
  routes: ["traefik.io/*"],
  beside: { main: "IngressRoute", name: /-(match-\d+|mirror|shield|shield-budget|body|headers|strip)$/ },
  traefikProvider: "crd",
  /**
   * Each provider calls a Service by namespace, name and port in its own way. With `shield` a canary's port goes by its name,
   * and its failures are counted there. The NGINX provider names a canary after the primary's Ingress and Service.
   *
   * https://doc.traefik.io/traefik/observability/metrics/overview/#service-metrics
   */
  metrics: {
    requests: "traefik_service_requests_total",
    durations: "traefik_service_request_duration_seconds_bucket",
    millisecondsPerUnit: 1000,
    code: "code",
    selector(isPrimary) {
      const names = [
        "{{service}}-({{port}}|{{portName}})@kubernetescrd",
        "{{service}}-http-{{port}}@kubernetesgateway",
        `{{app}}-{{primary}}-{{port}}${isPrimary ? "" : "-canary"}@kubernetesingressnginx`,
      ];
      return `service=~"{{namespace}}-(${names.join("|")})"`;
    },
  },
  weights: upTo(2 ** 31 - 1),

  problems(route) {
    const { sticky, shield, splitBy } = route;
    const problems = elsewhere(route, "router traefik splits between Services").map(
      (problem) => `${problem}, see https://github.com/traefik/traefik/issues/4043`,
    );
    problems.push(...bufferProblems(route));
    const byClients = splitBy === "clients";
    if (byClients && sticky !== undefined) {
      problems.push("router traefik takes sticky or split: clients, not both");
    }
    if (shield && (byClients || sticky !== undefined)) {
      problems.push(
        `router traefik takes shield or ${byClients ? "split: clients" : "sticky"}, not both: ` +
          "a user would have one variant by GET and another by POST",
      );
    }
    return problems;
  },

  warnings: (route) => traefikWarnings(route, route.settings),

  manifests(asked) {
    const route = limited(asked);
    const { app, backends, settings } = route;
    const way = passed(route, app);
    const shield = route.shield && backends.length > 1;
    return [
      ...backends.flatMap((backend) => serversTransport(route, backend)),
      ...(shield ? shieldObjects(route, settings.shieldRequests) : []),
      ...way,
      ingressRoute(route, `${app}-fallback`, {
        priority: PRIORITY.primary,
        target: serviceOf(backends[0]),
        middlewares: namesOf(way),
      }),
      ...certificateRoute(route, `${app}-tls`),
      ...(shield ? [PLAIN, SHIELD] : [PLAIN]).flatMap((way) => [
        ...weightedRoute(route, way),
        ...route.matches.flatMap((match, i) => matchRoute(route, way, match, i)),
      ]),
      ...backends.flatMap((backend) => ownRoute(route, backend)),
    ];
  },

  readWeights(manifests) {
    const services = manifests.flatMap(({ kind, spec }) =>
      kind === "TraefikService" ? weightedTargets(spec as SplitSpec) : [],
    );
    return Object.fromEntries(
      // Those of the shield go to TraefikServices in part.
      services.filter(({ kind }) => kind === undefined).map(({ name, weight }) => [name, weight]),
    );
  },
};

/** With the app's time limit for each variant that has none of its own. */
function limited(route: Route<Settings>): Route<Settings> {
  const { requestTimeoutSeconds: timeoutSeconds, backends } = route;
  if (timeoutSeconds === undefined) return route;
  const [primary, ...others] = backends;
  const of = (backend: Backend): Backend => ({ timeoutSeconds, ...backend });
  return { ...route, backends: [of(primary), ...others.map(of)] };
}

interface SplitSpec {
  readonly weighted?: { readonly services: readonly WeightedTarget[] };
  readonly highestRandomWeight?: { readonly services: readonly WeightedTarget[] };
}

const weightedTargets = ({ weighted, highestRandomWeight }: SplitSpec): readonly WeightedTarget[] =>
  (weighted ?? highestRandomWeight)?.services ?? [];

/** The TraefikService that splits requests, and the IngressRoute to it, or with `mirror` to the one before it. */
function weightedRoute(route: Route<Settings>, way: Way): Manifest[] {
  const name = `${route.app}${way.suffix}`;
  const weights = traefik.weights(route);
  const services = route.backends.map((backend, i) => ({ ...way.target(backend), weight: weights[i] ?? 0 }));
  const mirror = mirrorOf(route, name);
  const entry: RouteTarget = { kind: "TraefikService", name: mirror?.metadata.name ?? name };
  return [
    traefikService(route, name, splitSpec(route, services)),
    ...(mirror === undefined ? [] : [mirror]),
    ingressRoute(route, name, {
      conditions: way.rule,
      priority: PRIORITY.weighted + way.lead,
      target: entry,
      middlewares: namesOf(passed(route, route.app)),
    }),
  ];
}

/** The spec of a TraefikService that splits requests between services. */
export function splitSpec(
  { splitBy, sticky, tlsSecret }: Pick<Route, "splitBy" | "sticky" | "tlsSecret">,
  services: readonly RouteTarget[],
): object {
  if (splitBy === "clients") return { highestRandomWeight: { services } };
  if (sticky === undefined) return { weighted: { services } };
  const cookie = {
    name: sticky.cookie,
    httpOnly: true,
    sameSite: "lax",
    ...(sticky.seconds > 0 && { maxAge: sticky.seconds }),
    ...(tlsSecret !== undefined && { secure: true }),
  };
  return { weighted: { services, sticky: { cookie } } };
}

/** Copies requests once the app has answered them. It stands before the split, so that no weight is written in it. */
function mirrorOf(route: Route<Settings>, name: string): Manifest | undefined {
  const { backends, mirror, settings } = route;
  const copied = backends.find(({ variant }) => variant === mirror?.variant);
  if (mirror === undefined || copied === undefined) return undefined;
  return traefikService(route, `${name}-mirror`, {
    mirroring: {
      kind: "TraefikService",
      name,
      maxBodySize: settings.mirrorBodyBytes,
      mirrors: [{ ...serviceOf(copied), percent: mirror.percent }],
    },
  });
}

/** An object of its own for each match: a canary that isn't there takes no other route with it. */
function matchRoute(route: Route, way: Way, match: Match, index: number): Manifest[] {
  const name = `${route.app}-match-${index + 1}${way.suffix}`;
  const conditions = [condition(match), ...way.rule];
  const middlewares = namesOf(passed(route, route.app));
  const priority = PRIORITY.firstMatch - 2 * index + way.lead;
  return route.backends
    .filter(({ variant }) => variant === match.variant)
    .map((backend) =>
      ingressRoute(route, name, { conditions, priority, target: way.target(backend), middlewares }),
    );
}

/** https://doc.traefik.io/traefik/v3.7/reference/routing-configuration/http/routing/rules-and-priority/ */
function condition({ kind, name, value }: Match): string {
  switch (kind) {
    case "header":
      return `Header(\`${name}\`, \`${value}\`)`;
    case "query":
      return `Query(\`${name}\`, \`${value}\`)`;
    case "cookie":
      return `HeaderRegexp(\`Cookie\`, \`${cookieHeader(name, value)}\`)`;
  }
}

/** The route of a variant's own host. */
function ownRoute(route: Route, backend: Backend): Manifest[] {
  if (backend.host === undefined) return [];
  const taken = { hosts: [backend.host], priority: PRIORITY.weighted, target: serviceOf(backend) };
  return [
    ingressRoute(route, `${backend.service}-host`, {
      ...taken,
      middlewares: namesOf(passed(route, route.app)),
    }),
  ];
}

import * as z from "zod";
import { flag } from "../fields";
import { hostNames } from "./path";
import {
  elsewhere,
  type HeaderChanges,
  type Manifest,
  metadata,
  type Route,
  type Router,
  upTo,
} from "./router";

const API_VERSION = "route.openshift.io/v1";
/** https://github.com/openshift/api/blob/264e80a2b6e7/route/v1/types.go, RouteTargetReference.Weight */
const LARGEST_WEIGHT = 256;
/** RouteSpec.AlternateBackends there. */
const MOST_CANARIES = 3;

const settings = z.strictObject({
  edge: flag
    .default(false)
    .describe(
      "whether hosts without `tlsSecret` are served by https, too, with the router's own certificate",
    ),
  insecure: z
    .enum(["Redirect", "Allow", "None"], { error: "one of Redirect, Allow, None" })
    .optional()
    .describe(
      "what port 80 does where the host has a certificate: Redirect to https, which is the default, Allow or None",
    ),
});
type Settings = z.output<typeof settings>;

interface Target {
  readonly kind: "Service";
  readonly name: string;
  readonly weight?: number;
}

/**
 * OpenShift's router, an HAProxy: a Route with alternateBackends. It takes turns between the Services by weight and, unless
 * users are to stay, keeps no cookie. A Service without pods has no servers in it, so that the others take its share.
 *
 * https://docs.redhat.com/en/documentation/openshift_container_platform/4.19/html/ingress_and_load_balancing/routes
 */
export const openshift: Router<Settings> = {
  traits: {
    summary: "OpenShift's router: a Route with alternateBackends",
    resolution: "integers to 256: 0.01 % is 0.39 %",
    match: [],
    sticky: "a session cookie of the router's, to a pod",
    clients: "by source address",
    mirror: false,
    wildcards: false,
    paths: ["prefix"],
    strip: true,
    protocols: ["http"],
    requestTimeout: "between two bytes of its answer",
    headers: true,
    webSockets: "an hour without a byte, the router's timeout for tunnels",
    internal: false,
    canaryHost: true,
    missingCanary: "the primary's answer",
    timeToEmpty:
      "with sticky, until its last cookie holder closes the browser; else requests in flight alone",
    touches: ["Route"],
    needs: "OpenShift 4; 4.14 with requestHeaders and responseHeaders, 4.19 with tlsSecret",
    routed: false,
    testedOn: "its CRD, on Kubernetes 1.35",
    setUps: [
      "the router's own certificate, of *.apps: `routers.openshift.edge`; without it and `tlsSecret` hosts are served by http alone",
      "permissions: with `tlsSecret` the program lets the router of openshift-ingress read that Secret, or the Route would be refused; who " +
        "deploys needs create and update of routes/custom-host",
      "a redirect from port 80: `insecure`",
    ],
  },
  settings,
  routes: ["route.openshift.io/*"],
  weights: upTo(LARGEST_WEIGHT),

  problems: (route) => [
    ...elsewhere(route, "a Route splits between Services"),
    ...(route.split.canaries.length > MOST_CANARIES
      ? [`at most ${MOST_CANARIES} canaries, a Route's alternateBackends, not ${route.split.canaries.length}`]
      : []),
    ...(route.sticky !== undefined && route.sticky.seconds > 0
      ? [`sticky.seconds 0: its router's cookie lasts until the browser is closed`]
      : []),
    ...(route.sticky !== undefined && route.splitBy === "clients"
      ? ["sticky or split: clients, not both: a Route has one way to balance"]
      : []),
    ...headerProblems(route),
    ...(route.settings.insecure !== undefined && route.tlsSecret === undefined && !route.settings.edge
      ? ["routers.openshift.insecure together with edge or tlsSecret only"]
      : []),
  ],

  besideProblems: ({ namespace }, others) =>
    others
      .filter((other) => other.namespace !== namespace)
      .map(
        ({ app, namespace: theirs }) =>
          `the namespace of ${app} (${theirs}): OpenShift's router serves a host's Routes of one namespace alone`,
      ),

  /** The router divides a Service's weight by its pods, and no pod gets less than 1. */
  warnings(route) {
    const weights = openshift.weights(route);
    return route.backends.flatMap(({ service, replicas }, i) => {
      const weight = weights[i] ?? 0;
      if (weight === 0 || replicas <= weight) return [];
      return [
        `${route.app}: OpenShift's router gives each of ${service}'s ${replicas} pods a weight of 1 at least, so together ` +
          `they count as ${replicas} and not ${weight}`,
      ];
    });
  },

  manifests(route) {
    const weights = openshift.weights(route);
    const [primary, ...canaries] = route.backends.map(
      ({ service: name }, i): Target => ({ kind: "Service", name, weight: weights[i] ?? 0 }),
    );
    return [
      ...permission(route),
      ...hostNames(route).map((host, i) =>
        routeObject(route, i === 0 ? route.app : `${route.app}-host-${i + 1}`, host, {
          to: primary,
          ...(canaries.length > 0 && { alternateBackends: canaries }),
        }),
      ),
      ...route.backends.flatMap(({ host, service }) => {
        const to: Target = { kind: "Service", name: service, weight: 100 };
        return host === undefined ? [] : [routeObject(route, `${service}-host`, host, { to })];
      }),
    ];
  },

  readWeights(manifests) {
    const split = manifests.find(
      ({ kind, spec }) => kind === "Route" && spec !== undefined && "alternateBackends" in spec,
    );
    const { to, alternateBackends = [] } = (split?.spec ?? {}) as {
      to?: Target;
      alternateBackends?: Target[];
    };
    return Object.fromEntries(
      [...(to ? [to] : []), ...alternateBackends].map(({ name, weight }) => [name, weight ?? 0]),
    );
  },
};

/**
 * Lets the router read the certificate.
 *
 * https://docs.redhat.com/en/documentation/openshift_container_platform/4.19/html/ingress_and_load_balancing/routes, external certificates
 */
function permission(route: Route<Settings>): Manifest[] {
  const { app, tlsSecret } = route;
  if (tlsSecret === undefined) return [];
  const [apiGroup, name] = ["rbac.authorization.k8s.io", `${app}-certificate`];
  const apiVersion = `${apiGroup}/v1`;
  const verbs = ["get", "list", "watch"];
  return [
    {
      apiVersion,
      kind: "Role",
      metadata: metadata(route, name),
      rules: [{ apiGroups: [""], resources: ["secrets"], resourceNames: [tlsSecret], verbs }],
    },
    {
      apiVersion,
      kind: "RoleBinding",
      metadata: metadata(route, name),
      roleRef: { apiGroup, kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name: "router", namespace: "openshift-ingress" }],
    },
  ];
}

/** https://github.com/openshift/api/blob/264e80a2b6e7/route/v1/types.go, RouteHTTPHeader.Name */
const KEPT = ["strict-transport-security", "proxy", "cookie", "set-cookie"];

function headerProblems({ requestHeaders, responseHeaders }: Route): string[] {
  return [requestHeaders, responseHeaders]
    .flatMap((changes) => (changes ? [...Object.keys(changes.set), ...changes.remove] : []))
    .filter((name) => KEPT.includes(name.toLowerCase()))
    .map((name) => `no change of header ${name}, which a Route does not take`);
}

function httpHeaders({ requestHeaders, responseHeaders }: Route): object {
  const actions = {
    ...(requestHeaders && { request: actionsOf(requestHeaders) }),
    ...(responseHeaders && { response: actionsOf(responseHeaders) }),
  };
  return Object.keys(actions).length === 0 ? {} : { httpHeaders: { actions } };
}

const actionsOf = ({ set, remove }: HeaderChanges): object[] => [
  ...Object.entries(set).map(([name, value]) => ({ name, action: { type: "Set", set: { value } } })),
  ...remove.map((name) => ({ name, action: { type: "Delete" } })),
];

function routeObject(route: Route<Settings>, name: string, host: string, targets: object): Manifest {
  const { sticky, splitBy, tlsSecret, path, requestTimeoutSeconds } = route;
  const { portName = "http" } = route.backends[0];
  const { edge, insecure = "Redirect" } = route.settings;
  const annotations = {
    "haproxy.router.openshift.io/balance": splitBy === "clients" ? "source" : "roundrobin",
    ...(sticky === undefined
      ? { "haproxy.router.openshift.io/disable_cookies": "true" }
      : { "router.openshift.io/cookie_name": sticky.cookie }),
    ...(requestTimeoutSeconds !== undefined && {
      "haproxy.router.openshift.io/timeout": `${requestTimeoutSeconds}s`,
    }),
    ...(path?.strip && { "haproxy.router.openshift.io/rewrite-target": "/" }),
  };
  return {
    apiVersion: API_VERSION,
    kind: "Route",
    metadata: metadata(route, name, annotations),
    spec: {
      host,
      ...(path && { path: path.value }),
      ...targets,
      ...httpHeaders(route),
      ...(portName !== null && { port: { targetPort: portName } }),
      ...((tlsSecret !== undefined || edge) && {
        tls: {
          termination: "edge",
          insecureEdgeTerminationPolicy: insecure,
          ...(tlsSecret !== undefined && { externalCertificate: { name: tlsSecret } }),
        },
      }),
    },
  };
}

import { createHash } from "node:crypto";
import * as z from "zod";
import { image, integer, quantity, text } from "../fields";
import { effectiveWeights, formatWeight, integerWeights } from "../traffic";
import { FRONT_TRAITS, frontOf, frontRoutes, insideProblems, service, takenNames } from "./front";
import { envoy } from "./proxy/envoy";
import { haproxy } from "./proxy/haproxy";
import {
  DRAIN_SECONDS,
  HEALTH_PATH,
  HEALTH_PORT,
  type Implementation,
  PORT,
  PROXY_CONFIG_FOLDER,
  type ProxyPlan,
  SLOTS,
  type Upstream,
} from "./proxy/implementation";
import { nginxProxy } from "./proxy/nginx";
import { type Backend, elsewhere, type Manifest, metadata, type Route, type Router } from "./router";

const implementations = { haproxy, nginx: nginxProxy, envoy } as const satisfies Record<
  string,
  Implementation
>;
const names = Object.keys(implementations) as [keyof typeof implementations];

const settings = z.strictObject({
  implementation: z
    .enum(names, { error: `one of ${names.join(", ")}` })
    .default("haproxy")
    .describe("the program: haproxy, exact to the request; nginx or envoy, which draw at random"),
  image: image.optional().describe("its image; default a pinned official one"),
  replicas: integer(1, 100).default(2).describe("its pods"),
  resources: z
    .strictObject({
      cpu: quantity.default("100m").describe("what each of them asks for"),
      memory: quantity.default("64Mi").describe("what each of them asks for"),
      memoryLimit: quantity.default("256Mi").describe("what each of them may use at most"),
    })
    .prefault({})
    .describe("what each of them asks for and may use at most"),
  clusterDomain: text(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "a domain such as cluster.local")
    .default("cluster.local")
    .describe("domain of the cluster's Services"),
});
type Settings = z.output<typeof settings>;

/** Seconds that a proxy goes on serving after it was told to end: Traefik and kube-proxy forget it in that time. */
const PRE_STOP_SECONDS = 10;
/** No user of an image's own: nothing is written but below /tmp. */
const USER = 65_532;
/** Effective weights this far from those asked for are told, in points. */
const EXACT = 0.005;

/**
 * A small proxy of the app's own, for requests from outside and from within the cluster: a Deployment behind the Service
 * `APP-front`. Its configuration is a ConfigMap named by its content, so a shift rolls the proxies and never changes or
 * deletes what a running one was started with; for some seconds some of them split by the old weights and some by the new.
 */
export const proxy: Router<Settings> = {
  traits: {
    summary: "a proxy of the app's own (HAProxy, nginx or Envoy) behind a Service",
    resolution:
      "HAProxy: integers to 256, exact to the request, split: clients 0.01 %; nginx, Envoy: 0.01 % at random",
    match: ["header", "cookie", "query"],
    sticky: "a cookie with the variant's name; not with Envoy",
    clients: "by the first hop's address (X-Forwarded-For); not with Envoy",
    mirror: false,
    wildcards: true,
    paths: ["prefix", "exact"],
    strip: true,
    protocols: ["http"],
    ...FRONT_TRAITS,
    webSockets: "an hour without a byte; those that a proxy has when it ends, 40 s",
    internal: true,
    canaryHost: true,
    canaryTimeout: "until its answer begins; with nginx alone",
    missingCanary: "the primary's answer, but to requests that its last pod cuts off as it ends",
    timeToEmpty: "a rollout of the proxies; requests that they have then end within 40 s",
    touches: ["ConfigMap", "Deployment"],
    needs: "Kubernetes 1.30; HAProxy 2.6, nginx 1.22 or Envoy 1.39; Traefik 3.0 with a host",
    routed: true,
    testedOn: "HAProxy 2.6.12, nginx 1.22.1, Envoy 1.40.0, under load",
    setUps: [
      "with a host: as router traefik",
      "a registry of your own: `routers.proxy.image`; another cluster domain: `routers.proxy.clusterDomain`",
    ],
  },
  settings,
  routes: ["traefik.io/*"],
  traefikProvider: "crd",
  weights: (route) => integerWeights(route.split, largestWeight(route)),

  problems: (route) => [
    ...elsewhere(route, "the proxies serve Services"),
    ...insideProblems(route),
    ...takenNames(route, ["front", "proxy"]),
    ...(route.sticky !== undefined && route.splitBy === "clients"
      ? ["sticky or split: clients, not both: each keeps users where they are"]
      : []),
    ...implementationOf(route).problems(route),
  ],

  warnings(route) {
    const effective = effectiveWeights(proxy.weights(route));
    return route.split.canaries.flatMap(({ name, weight }, i) => {
      const share = effective[i + 1] ?? 0;
      if (Math.abs(share - weight) < EXACT) return [];
      return [
        `${route.app}: ${name} gets ${formatWeight(share)}, not ${formatWeight(weight)}, of HAProxy's integers to 256`,
      ];
    });
  },

  manifests(route) {
    const { file } = implementationOf(route);
    const content = implementationOf(route).configuration(planOf(route));
    const name = `${nameOf(route)}-${createHash("sha256").update(content).digest("hex").slice(0, 10)}`;
    const configMap: Manifest = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: metadata(route, name),
      data: { [file]: content },
    };
    return [
      configMap,
      deployment(route, name),
      podDisruptionBudget(route),
      service(route, frontOf(route.app), selectorOf(route)),
      ...frontRoutes(route, route.backends[0]),
    ];
  },

  readWeights(manifests) {
    const files = manifests.flatMap(({ kind, data }) =>
      kind === "ConfigMap" ? Object.entries(data ?? {}) : [],
    );
    const read = files.flatMap(([name, content]) =>
      Object.values(implementations).flatMap(({ file, readWeights }) =>
        file === name ? Object.entries(readWeights(content)) : [],
      ),
    );
    return Object.fromEntries(read);
  },
};

const implementationOf = ({ settings: { implementation } }: Route<Settings>): Implementation =>
  implementations[implementation];

/** Clients are split by slots, whatever the program. */
function largestWeight(route: Route<Settings>): number {
  return route.splitBy === "clients" ? SLOTS : implementationOf(route).largestWeight;
}

function planOf(route: Route<Settings>): ProxyPlan {
  const weights = proxy.weights(route);
  const upstream = (
    { variant, service: name, namespace, port, timeoutSeconds }: Backend,
    i: number,
  ): Upstream => ({
    variant,
    service: name,
    address: `${name}.${namespace}.svc.${route.settings.clusterDomain}`,
    port,
    weight: weights[i] ?? 0,
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  });
  const { backends, matches, sticky, splitBy } = route;
  const [primary, ...canaries] = backends;
  const upstreams = [upstream(primary, 0), ...canaries.map((canary, i) => upstream(canary, i + 1))] as const;
  return { upstreams: [...upstreams], matches, splitBy, ...(sticky && { sticky }) };
}

const nameOf = ({ app }: Route): string => `${app}-proxy`;

/** Not the app's name: router `replicas` selects pods by that. */
const selectorOf = (route: Route): Record<string, string> => ({ "app.kubernetes.io/name": nameOf(route) });

function deployment(route: Route<Settings>, configMap: string): Manifest {
  const { replicas } = route.settings;
  const labels = { ...route.labels, ...selectorOf(route) };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata(route, nameOf(route)),
    spec: {
      replicas,
      selector: { matchLabels: selectorOf(route) },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "100%", maxUnavailable: 0 } },
      template: { metadata: { labels }, spec: pod(route, configMap) },
    },
  };
}

function pod(route: Route<Settings>, configMap: string): object {
  return {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: PRE_STOP_SECONDS + DRAIN_SECONDS + 5,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      seccompProfile: { type: "RuntimeDefault" },
    },
    topologySpreadConstraints: [
      {
        topologyKey: "kubernetes.io/hostname",
        maxSkew: 1,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: selectorOf(route) },
        matchLabelKeys: ["pod-template-hash"],
      },
    ],
    containers: [container(route)],
    volumes: [
      { name: "config", configMap: { name: configMap } },
      { name: "tmp", emptyDir: {} },
    ],
  };
}

function container(route: Route<Settings>): object {
  const { image: own, resources } = route.settings;
  const { image: pinned, command } = implementationOf(route);
  const probe = { httpGet: { path: HEALTH_PATH, port: HEALTH_PORT } };
  return {
    name: "proxy",
    image: own ?? pinned,
    command,
    ports: [{ name: "http", containerPort: PORT }],
    resources: {
      requests: { cpu: resources.cpu, memory: resources.memory },
      limits: { memory: resources.memoryLimit },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    readinessProbe: { ...probe, periodSeconds: 1, failureThreshold: 3 },
    livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 3 },
    lifecycle: { preStop: { sleep: { seconds: PRE_STOP_SECONDS } } },
    volumeMounts: [
      { name: "config", mountPath: PROXY_CONFIG_FOLDER, readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
}

function podDisruptionBudget(route: Route): Manifest {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadata(route, nameOf(route)),
    spec: {
      maxUnavailable: 1,
      selector: { matchLabels: selectorOf(route) },
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    },
  };
}

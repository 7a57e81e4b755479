import { formatWeight, integerWeights } from "../traffic";
import type { Backend, Manifest, Route, Router } from "./router";

const API_VERSION = "traefik.io/v1alpha1";

interface ServiceReference {
  name: string;
  port: number;
  serversTransport?: string;
}

interface WeightedService extends ServiceReference {
  weight: number;
}

/** Percent, more than 0, up to which a canary is warned of. */
const SMALL_WEIGHT = 1;
/** Traefik's default of `providersThrottleDuration`: it loads a configuration once in this time at most. */
const THROTTLE_SECONDS = 2;

/**
 * Traefik 3: a TraefikService of kind weighted, an IngressRoute that serves the host by it, and a second IngressRoute of
 * lower priority straight to the primary. When the weighted one can't be built (a canary's Service is missing or has no
 * endpoints), Traefik drops that route alone, and the second one answers. A ServersTransport for each variant with a time
 * limit of its own.
 */
export const traefik: Router = {
  weightBound: 2 ** 31 - 1,

  problems({ namespace, backends }) {
    return backends
      .filter((backend) => backend.namespace !== namespace)
      .map(
        (backend) =>
          `Service ${backend.service} is in namespace ${backend.namespace}: router traefik splits between Services of ` +
          `one namespace (${namespace}) only, see https://github.com/traefik/traefik/issues/4043`,
      );
  },

  /**
   * Traefik chooses by earliest deadline first, and starts anew with every configuration that it loads:
   * https://github.com/traefik/traefik/blob/v3.7.5/pkg/server/service/loadbalancer/wrr/wrr.go
   */
  warnings({ app, split }) {
    return split.canaries
      .filter(({ weight }) => weight > 0 && weight <= SMALL_WEIGHT)
      .map(({ name, weight }) => {
        const first = Math.round(100 / weight);
        const rate = Math.ceil(first / THROTTLE_SECONDS);
        return (
          `${app}: ${name} at ${formatWeight(weight)} gets the first of about ${first} requests after every configuration ` +
          "reload of Traefik, whenever any app's routes or endpoints change: while such changes keep coming, " +
          `fewer than ${rate} requests a second at an edge node can leave it none`
        );
      });
  },

  manifests(route) {
    const { app, namespace, backends, split } = route;
    const weights = integerWeights(split);
    const services: WeightedService[] = backends.map((backend, i) => ({
      ...reference(backend),
      weight: weights[i] ?? 0,
    }));
    const [primary] = backends;
    return [
      {
        apiVersion: API_VERSION,
        kind: "TraefikService",
        metadata: { name: app, namespace, labels: route.labels },
        spec: { weighted: { services } },
      },
      ingressRoute(route, app, route.host, 20, { kind: "TraefikService", name: app }),
      ingressRoute(route, `${app}-fallback`, route.host, 10, reference(primary)),
      ...backends.flatMap((backend) => [
        ...serversTransport(route, backend),
        ...(backend.host === undefined
          ? []
          : [ingressRoute(route, `${backend.service}-host`, backend.host, 20, reference(backend))]),
      ]),
    ];
  },

  readWeights(manifests) {
    const weighted = manifests.find((manifest) => manifest.kind === "TraefikService");
    const spec = weighted?.spec as { weighted?: { services: WeightedService[] } } | undefined;
    return Object.fromEntries((spec?.weighted?.services ?? []).map(({ name, weight }) => [name, weight]));
  },
};

function reference({ service, port, timeoutSeconds }: Backend): ServiceReference {
  return { name: service, port, ...(timeoutSeconds !== undefined && { serversTransport: service }) };
}

/** Limits how long a connection takes to be made and, after that, an answer to begin. */
function serversTransport(route: Route, { service, timeoutSeconds }: Backend): Manifest[] {
  if (timeoutSeconds === undefined) return [];
  const limit = `${timeoutSeconds}s`;
  return [
    {
      apiVersion: API_VERSION,
      kind: "ServersTransport",
      metadata: { name: service, namespace: route.namespace, labels: route.labels },
      spec: { forwardingTimeouts: { dialTimeout: limit, responseHeaderTimeout: limit } },
    },
  ];
}

function ingressRoute(route: Route, name: string, host: string, priority: number, service: object): Manifest {
  return {
    apiVersion: API_VERSION,
    kind: "IngressRoute",
    metadata: {
      name,
      namespace: route.namespace,
      labels: route.labels,
      // `spec.ingressClassName` would be ignored before Traefik 3.7, and the route with it.
      annotations: { "kubernetes.io/ingress.class": route.ingressClass },
    },
    spec: { routes: [{ match: `Host(\`${host}\`)`, kind: "Rule", priority, services: [service] }] },
  };
}

import { integerWeights } from "../traffic";
import type { Manifest, Route, Router } from "./router";

const API_VERSION = "traefik.io/v1alpha1";

interface WeightedService {
  name: string;
  port: number;
  weight: number;
}

/**
 * Traefik 3: a TraefikService of kind weighted, an IngressRoute that serves the host by it, and a second IngressRoute of
 * lower priority straight to the primary. When the weighted one can't be built (a canary's Service is missing or has no
 * endpoints), Traefik drops that route alone, and the second one answers.
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

  manifests(route) {
    const { app, namespace, backends, split } = route;
    const weights = integerWeights(split);
    const services: WeightedService[] = backends.map(({ service, port }, i) => ({
      name: service,
      port,
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
      ingressRoute(route, `${app}-fallback`, route.host, 10, { name: primary.service, port: primary.port }),
      ...backends.flatMap(({ host, service, port }) =>
        host === undefined ? [] : [ingressRoute(route, `${service}-host`, host, 20, { name: service, port })],
      ),
    ];
  },

  readWeights(manifests) {
    const weighted = manifests.find((manifest) => manifest.kind === "TraefikService");
    const spec = weighted?.spec as { weighted?: { services: WeightedService[] } } | undefined;
    return Object.fromEntries((spec?.weighted?.services ?? []).map(({ name, weight }) => [name, weight]));
  },
};

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

import { type Manifest, metadata, type Route } from "./router";

/** An IngressRoute that leads a host to a Service; among those of one host the highest priority that can be built decides. */
export function ingressRoute(
  route: Route,
  name: string,
  host: string,
  priority: number,
  service: object,
): Manifest {
  return {
    apiVersion: "traefik.io/v1alpha1",
    kind: "IngressRoute",
    // `spec.ingressClassName` would be ignored before Traefik 3.7, and the route with it.
    metadata: metadata(route, name, { "kubernetes.io/ingress.class": route.ingressClass }),
    spec: {
      routes: [{ match: `Host(\`${host}\`)`, kind: "Rule", priority, services: [service] }],
      ...(route.tlsSecret !== undefined && { tls: { secretName: route.tlsSecret } }),
    },
  };
}

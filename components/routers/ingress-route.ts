/** IngressRoutes of the stack's Traefik. */
import { hostOf, type Manifest, metadata, type Route } from "./router";

/** A rule of Traefik's for a host, and further conditions. */
export const hostRule = (host: string, ...conditions: readonly string[]): string =>
  [`Host(\`${host}\`)`, ...conditions].join(" && ");

/**
 * An IngressRoute on every entry point that Traefik opens by default.
 *
 * @param priority of a host's rules that can be built, Traefik asks the one with the highest first
 */
export function ingressRoute(
  route: Route,
  name: string,
  match: string,
  priority: number,
  target: object,
): Manifest {
  return manifest(route, name, { routes: [{ match, kind: "Rule", priority, services: [target] }] });
}

/**
 * What makes Traefik serve the certificate of `tlsSecret` to all who ask for a name in it: one more IngressRoute to the
 * primary, of the lowest priority. With `tls` the host's other routes would leave port 80, and its redirect with them.
 */
export function certificateRoute(route: Route, name: string): Manifest[] {
  const [{ service, port }] = route.backends;
  if (route.tlsSecret === undefined) return [];
  const rule = { match: hostRule(hostOf(route)), kind: "Rule", priority: 1 };
  return [
    manifest(route, name, {
      entryPoints: ["websecure"],
      routes: [{ ...rule, services: [{ name: service, port }] }],
      tls: { secretName: route.tlsSecret },
    }),
  ];
}

function manifest(route: Route, name: string, spec: object): Manifest {
  return {
    apiVersion: "traefik.io/v1alpha1",
    kind: "IngressRoute",
    // `spec.ingressClassName` would be ignored before Traefik 3.7, and the route with it.
    metadata: metadata(route, name, { "kubernetes.io/ingress.class": route.ingressClass }),
    spec,
  };
}

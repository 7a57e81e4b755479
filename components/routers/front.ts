/** One Service that answers for an app, whatever its weights, and what leads hosts there: for routers behind a Service. */
import { withoutAwait } from "../kubernetes/await";
import { bufferProblems, certificateRoute, ingressRoute, namesOf, passed } from "./ingress-route";
import { type Backend, type Manifest, metadata, type Route } from "./router";
import { schemeOf, serversTransport } from "./traefik-objects";

/** Name of the app's front Service, which clients within the cluster ask. */
export const frontOf = (app: string): string => `${app}-front`;

/**
 * A Service of the router's own, on the port of the app's Services.
 *
 * @param selector labels of the pods that it leads to, on their port named `http`
 */
export function service(route: Route, name: string, selector: Record<string, string>): Manifest {
  const [{ port }] = route.backends;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata(route, name, withoutAwait),
    spec: { selector, ports: [{ name: "http", port, targetPort: "http" }] },
  };
}

/**
 * IngressRoutes of the app's host to its front Service, and of canaries' hosts straight to their Services; none for an app
 * without a host. By other names than router traefik's, beside whose they may stand while an app moves.
 *
 * @param fallback who answers while the front Service has no endpoints; without it, Traefik's 404
 */
export function frontRoutes(route: Route, fallback?: Backend): Manifest[] {
  const { app, host, backends, requestTimeoutSeconds: timeoutSeconds } = route;
  const { protocol } = backends[0];
  const reference = ({ service: name, port }: Pick<Backend, "service" | "port">) => ({
    name,
    port,
    ...schemeOf(protocol),
    ...(timeoutSeconds !== undefined && { serversTransport: frontOf(app) }),
  });
  const front = { service: frontOf(app), port: backends[0].port };
  const isReached = host !== undefined || backends.some((backend) => backend.host !== undefined);
  const way = isReached ? passed(route, front.service) : [];
  const middlewares = namesOf(way);
  const main = { priority: 20, target: reference(front), middlewares };
  return [
    ...(timeoutSeconds !== undefined && isReached
      ? serversTransport(route, { service: front.service, timeoutSeconds })
      : []),
    ...way,
    ...(host === undefined ? [] : [ingressRoute(route, front.service, main)]),
    ...(host === undefined || fallback === undefined
      ? []
      : [
          ingressRoute(route, `${front.service}-fallback`, {
            priority: 10,
            target: reference(fallback),
            middlewares,
          }),
        ]),
    ...(host === undefined ? [] : certificateRoute(route, `${front.service}-tls`)),
    ...backends.flatMap((backend) =>
      backend.host === undefined
        ? []
        : [
            ingressRoute(route, `${backend.service}-front`, {
              hosts: [backend.host],
              priority: 20,
              target: reference(backend),
              middlewares,
            }),
          ],
    ),
  ];
}

/** What Traefik, before the router, does of an app's requests: those from outside. */
export const FRONT_TRAITS = {
  requestTimeout: "until its answer begins, from outside",
  maxBody: "whole, from outside: each request and answer is held back until its end, but for WebSockets",
  headers: true,
} as const;

/** What can't be done of the requests of an app that is served within the cluster alone, or of streams. */
export function insideProblems(route: Route): string[] {
  const { host, requestTimeoutSeconds, maxBodyBytes, requestHeaders, responseHeaders } = route;
  const asked = Object.entries({ requestTimeoutSeconds, maxBodyBytes, requestHeaders, responseHeaders })
    .filter(([, value]) => value !== undefined)
    .map(([key]) => key);
  return [
    ...(host === undefined && asked.length > 0
      ? [`${asked.join(", ")} together with host only: Traefik does that, for requests from outside`]
      : []),
    ...bufferProblems(route),
  ];
}

/** One sentence for each canary whose Service would have the name of one of the router's own objects. */
export function takenNames({ split }: Route, taken: readonly string[]): string[] {
  return split.canaries
    .filter(({ name }) => taken.includes(name))
    .map(({ name }) => `canaries by other names than ${name}, which an object of this router has`);
}

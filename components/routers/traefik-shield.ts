/** Router traefik's `shield`: the primary answers in place of a canary that fails. */
import type { Backend, Manifest, Route } from "./router";
import { middleware, type RouteTarget, serviceOf, traefikService } from "./traefik-objects";

const FAILURES = ["500-599"];
/** Bytes of a body without a length that a request may have: it is kept for the primary. More is answered with 413. */
const MOST_BODY_BYTES = 65_536;

/** Requests that may be sent twice: methods that change nothing, without a body of known length. */
export const SHIELDED = "(Method(`GET`) || Method(`HEAD`)) && !HeaderRegexp(`Content-Length`, `[1-9]`)";

/** What shielded requests for a variant go to. */
export const shielded = (backend: Backend): RouteTarget =>
  backend.variant === "primary"
    ? serviceOf(backend)
    : { kind: "TraefikService", name: `${backend.service}-shield` };

/**
 * A TraefikService of kind failover for each canary, and what makes it safe.
 *
 * A failover alone is not: its writer passes every flush on, so a 5xx that is chunked or takes longer than 100 ms reaches
 * the user as 200, with the primary's body and none of its headers. Before the canary, the middleware `errors` takes each
 * 5xx to its end, flushes nothing of it, and answers with that status and no body by Traefik's own service `noop`; other
 * answers pass through it as they come. Where it can't be built, the plain routes serve these requests, too.
 *
 * The middleware `inFlightReq` is the budget: it limits what the primary takes over at the same time.
 *
 * Traefik calls a Service by namespace, name and port, and keeps one of those that it calls the same: here the port goes by
 * its name, so that routes by its number are without these middlewares. Metrics name both.
 *
 * https://github.com/traefik/traefik/blob/v3.7.5/pkg/server/service/loadbalancer/failover/response_writer.go
 * https://github.com/traefik/traefik/blob/v3.7.5/pkg/middlewares/customerrors/custom_errors.go
 */
export function shieldObjects(route: Route, atOnce: number): Manifest[] {
  const [primary, ...canaries] = route.backends;
  const errors = `${route.app}-shield`;
  const budget = `${route.app}-shield-budget`;
  const noop = { kind: "TraefikService", name: "noop@internal" };
  return [
    middleware(route, errors, { errors: { status: FAILURES, service: noop } }),
    middleware(route, budget, { inFlightReq: { amount: atOnce, sourceCriterion: { requestHost: true } } }),
    ...canaries.map((canary) =>
      traefikService(route, shielded(canary).name, {
        failover: {
          service: through(canary, errors),
          fallback: through(primary, budget),
          errors: { status: FAILURES, maxRequestBodyBytes: MOST_BODY_BYTES },
        },
      }),
    ),
  ];
}

const through = (backend: Backend, name: string): RouteTarget => ({
  ...serviceOf(backend),
  port: backend.portName ?? "http",
  middlewares: [{ name }],
});

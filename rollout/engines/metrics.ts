/** The metrics of a rollout as a controller asks Prometheus for them. */
import type { Route } from "../../components/routers";
import type { RolloutSettings } from "../../stacks/schema";
import { filled } from "../sources/placeholders";
import { builtInQuery, requestsQuery } from "../sources/queries";

/** What built-in queries call the new version. */
const VARIANT = "canary";

export type Metric = RolloutSettings["analysis"]["metrics"][number];

/**
 * PromQL of a metric of the new version. Built-in queries have no series while there are fewer than `minRequests` requests.
 *
 * @param service the Service that the new version's requests go to
 * @param seconds what the query looks back over
 */
export function promQl(
  { query }: Metric,
  route: Route,
  { analysis, sources }: RolloutSettings,
  service: string,
  seconds: number,
): string {
  const mesh = sources.prometheus?.metrics ?? "traefik";
  const own = builtInQuery(query, mesh, VARIANT);
  const enough = `${requestsQuery(mesh, VARIANT)} >= ${analysis.minRequests}`;
  const asked = own === undefined || analysis.minRequests === 0 ? (own ?? query) : `(${own}) and (${enough})`;
  return filled(asked, { ...placeholders(route, service), window: `${seconds}s` });
}

/** What placeholders stand for, in a query and in an address. */
export const placeholders = ({ app, namespace }: Route, service: string): Record<string, string> => ({
  app,
  namespace,
  variant: VARIANT,
  service,
});

/** The Secret with Datadog's keys, in the app's namespace. */
export const DATADOG_SECRET = "datadog";

/** A metric's name as part of an object's. */
export const objectNameOf = ({ name }: Pick<Metric, "name">): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");

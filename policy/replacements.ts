/** Routes that take the place of another router's. */
import { valueAt } from "../offline/values";
import type { Graph, GraphResource } from "./graph";
import { isRoute } from "./traffic";

/**
 * The routes that an app has after an update in place of those of a route's router; none where that router keeps some, or the
 * app is left without any.
 */
export function replacements(route: GraphResource, { resources }: Pick<Graph, "resources">): GraphResource[] {
  const app = appOf(route);
  const routes = resources.filter((other) => isRoute(other) && app !== undefined && appOf(other) === app);
  return routes.some((other) => groupOf(other) === groupOf(route)) ? [] : routes;
}

export const appOf = ({ props }: GraphResource): unknown =>
  valueAt(props, 'metadata.labels["app.kubernetes.io/name"]');

/** A router's kinds are of one API group, such as `kubernetes:traefik.io`. */
const groupOf = ({ type }: GraphResource): string => type.split("/")[0] ?? "";

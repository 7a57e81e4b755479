/** Routes that take the place of another router's. */
import { routers } from "../components/routers";
import { type Graph, type GraphResource, objectKindOf } from "./graph";
import { appOf, isRoute } from "./traffic";

/**
 * The routes that an app has after an update in place of those of a route's router; none if that router keeps some, or the
 * app is left without any.
 */
export function replacements(route: GraphResource, { resources }: Pick<Graph, "resources">): GraphResource[] {
  const app = appOf(route);
  const routes = resources.filter((other) => isRoute(other) && app !== undefined && appOf(other) === app);
  return routes.some((other) => groupOf(other) === groupOf(route)) ? [] : routes;
}

/** Whether requests that came by this object go by the app's main route, which stays, once it is deleted. */
export const isCovered = (beside: GraphResource, { resources }: Pick<Graph, "resources">): boolean =>
  isRoute(beside) &&
  Object.values(routers).some(
    ({ beside: known }) =>
      known?.name.test(beside.name) &&
      resources.some(
        (other) =>
          objectKindOf(other) === known.main &&
          groupOf(other) === groupOf(beside) &&
          other.name === appOf(beside) &&
          appOf(other) === appOf(beside),
      ),
  );

/** A router's kinds are of one API group, such as `kubernetes:traefik.io`. */
const groupOf = ({ type }: GraphResource): string => type.split("/")[0] ?? "";

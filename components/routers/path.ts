/** Which requests an app takes: hosts, and a path of theirs. */
import { hostOf, type Path, type Route } from "./router";

/** All host names that users ask for, the main one first. @throws TypeError for an app without one */
export const hostNames = (route: Route): readonly [string, ...string[]] => [
  hostOf(route),
  ...(route.alsoHosts ?? []),
];

/** Whether it stands for all names with one label more. */
export const isWildcard = (host: string): boolean => host.startsWith("*.");

/** How a data plane that compares characters finds a path. */
export type Comparison = { readonly exact: string } | { readonly prefix: string };

/**
 * A path as characters: `/api` is `/api` itself and what starts with `/api/`, or `/apix` would be the app's, too. Without a path, all.
 */
export function comparisons(path: Path | undefined): readonly [Comparison, ...Comparison[]] {
  if (path === undefined) return [{ prefix: "/" }];
  if (path.exact) return [{ exact: path.value }];
  return [{ exact: path.value }, { prefix: `${path.value}/` }];
}

/** How particular a path is: of two that fit, the app with the higher one takes the request. */
export const rankOf = (path: Path | undefined): number =>
  path === undefined ? 0 : 2 * path.value.length + Number(path.exact);

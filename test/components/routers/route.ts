import assert from "node:assert/strict";
import {
  type Backend,
  type Manifest,
  type Route,
  type Router,
  type RouterName,
  routers,
} from "../../../components/routers";
import { TrafficSplit } from "../../../components/traffic";

/** Settings without which a router refuses every route. */
const NEEDED: Partial<Record<RouterName, object>> = { "traefik-v1": { kubernetesVersion: "1.21" } };

/**
 * A route of app `myapp` in namespace `shop`.
 *
 * @param weights of its canaries: `canary`, `canary2`, `canary3` and so on
 */
export function routeTo(
  router: RouterName | Router,
  weights: readonly number[],
  changes: Partial<Route> = {},
): Route {
  const names = weights.map((_, i) => (i === 0 ? "canary" : `canary${i + 1}`));
  const backend = (variant: string): Backend => ({
    variant,
    service: variant === "primary" ? "myapp" : `myapp-${variant}`,
    namespace: "shop",
    port: 80,
    selector: { "app.kubernetes.io/name": "myapp", variant },
    replicas: variant === "primary" ? 3 : 1,
  });
  return {
    app: "myapp",
    namespace: "shop",
    host: "myapp.example.com",
    split: new TrafficSplit(names.map((name, i) => ({ name, weight: weights[i] ?? 0 }))),
    backends: [backend("primary"), ...names.map(backend)],
    podPort: 8080,
    healthPath: "/",
    ingressClass: "edge",
    matches: [],
    shield: false,
    splitBy: "requests",
    labels: { "app.kubernetes.io/name": "myapp" },
    settings:
      typeof router === "string"
        ? routers[router].settings.parse(NEEDED[router] ?? {})
        : router.settings.parse({}),
    ...changes,
  };
}

/** The spec of an object that must be there. */
export function specOf<Spec = unknown>(manifest: Manifest | undefined): Spec {
  assert.ok(manifest?.spec !== undefined);
  return manifest.spec as Spec;
}

/** What a stack hands over to a controller in the cluster. */
import { sourceOf } from "../analysis/sources";
import { type ControllerName, controllers, type Managed } from "../components/hand-over";
import { type AppSettings, routeOf } from "./apps";
import type { RolloutSettings, TraefikSettings } from "./schema";
import { stepsOf } from "./schema/rollout";

/** Requests below which a controller does not judge. */
const LEAST_REQUESTS = 10;

/** An app as a controller gets it. */
export function managed(
  name: ControllerName,
  app: AppSettings,
  { rollout, traefik }: { readonly rollout: RolloutSettings; readonly traefik: TraefikSettings },
): Managed {
  const { analysis, sources } = rollout;
  const about = {
    app: app.name,
    namespace: app.namespace,
    variant: "canary",
    service: controllers[name].canaryService(app.name),
    seconds: controllers[name].judgementSeconds(rollout),
    minRequests: analysis.minRequests ?? LEAST_REQUESTS,
  };
  const metrics = analysis.metrics.map((metric) => {
    const source = sourceOf(sources, metric);
    return { ...metric, query: source?.kind.handOver?.[name]?.query(metric, source.settings, about) };
  });
  return { app, route: routeOf(app, traefik), rollout, steps: stepsOf(rollout), metrics };
}

import { type ControllerName, controllerOf, type Managed } from "../../../components/hand-over";
import { type Manifest, routers } from "../../../components/routers";
import { managed as handedOver } from "../../../stacks/hand-over";
import { parseSettings } from "../../../stacks/settings";

type Raw = Record<string, unknown>;

export const successRate = {
  name: "success rate",
  source: "prometheus",
  query: "success-rate",
  better: "higher",
  threshold: 99,
};
export const prometheus = { prometheus: { url: "http://prometheus:9090" } };

/** An app as a controller gets it. */
export function managed(engine: ControllerName, rollout: Raw = {}, app: Raw = {}): Managed {
  const settings = parseSettings({
    apps: { myapp: { host: "myapp.example.com", image: "myapp:1.0.0", ...app } },
    rollout: { engine, ...rollout },
  });
  const [first] = settings.apps;
  if (settings.platform !== "kubernetes" || first === undefined) throw new TypeError("another platform");
  return handedOver(engine, first, settings);
}

/** What the stack declares for the app. */
export function declared(engine: ControllerName, rollout: Raw = {}, app: Raw = {}): Manifest[] {
  const objects = controllerOf(engine)?.objects(managed(engine, rollout, app)) ?? [];
  return objects.map(({ manifest }) => manifest);
}

/** The spec of the app's only object of a kind. */
export function specOf(kind: string, manifests: readonly Manifest[]): Raw {
  const [found, ...others] = manifests.filter((manifest) => manifest.kind === kind);
  if (found === undefined || others.length > 0) throw new Error(`${others.length + 1} of ${kind}`);
  return found.spec as Raw;
}

/** The IngressRoutes of the same app without a controller. */
export function ordinaryRoutes(app: Raw = {}): Manifest[] {
  const { route } = managed("flagger", {}, app);
  return routers.traefik.manifests(route).filter(({ kind }) => kind === "IngressRoute");
}

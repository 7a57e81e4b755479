/** Apps and their router on a Kubernetes cluster. */
import { type Input, log, type Output, type Resource, secret } from "@pulumi/pulumi";
import { CanaryApp } from "../components/kubernetes/canary-app";
import { namespace } from "../components/kubernetes/namespace";
import { routing } from "../components/kubernetes/routing";
import { Traefik } from "../components/kubernetes/traefik";
import { routedWeights, routers } from "../components/routers";
import { admission } from "../policy/admission";
import { type AppSettings, routeOf, SERVICE_PORT } from "./apps";
import type { KubernetesSettings } from "./settings";

/**
 * Declares Traefik, the apps, and what routes their requests.
 *
 * @param secrets secret environment: app -> variable -> value, of the variables that `settings.secretNames` names
 * @returns the stack's outputs: `hosts`, the host of each app, `routers`, what splits its traffic, and `weights`, those of
 *   its variants in percent, as asked and as its router can express them
 */
export function kubernetes(
  settings: KubernetesSettings,
  secrets: Input<Record<string, Record<string, string>>>,
): Record<string, Input<unknown>> {
  const namespaces = makeNamespaces(settings);
  const into = (name: string): Resource[] =>
    namespaces.filter((made) => made.name === name).map((made) => made.resource);

  const { protect, policies, traefik: edge } = settings;
  const traefik = edge.install
    ? new Traefik("traefik", { ...edge, protect }, { dependsOn: into(edge.namespace) })
    : undefined;
  for (const app of settings.apps) {
    const canaryApp = new CanaryApp(
      app.name,
      {
        ...app,
        protect,
        servicePort: SERVICE_PORT,
        primary: { image: imageOf(app), replicas: app.replicas },
        canaries: app.canaries.map((canary) => ({ ...canary, image: imageOf(canary) })),
        secretEnv: secretEnv(secrets, app.name, settings.secretNames[app.name] ?? []),
      },
      { dependsOn: into(app.namespace) },
    );
    const router = routers[app.router];
    const route = routeOf(app, edge);
    for (const warning of router.warnings(route)) log.warn(warning, canaryApp);
    routing(app.name, router.manifests(route), {
      parent: canaryApp,
      protect,
      dependsOn: [...canaryApp.workloads, ...(traefik?.crds ? [traefik.crds] : [])],
    });
  }

  if (policies.admission) admission({ ...policies, namespaces: namespacesOf(settings) });

  return {
    hosts: Object.fromEntries(settings.apps.map((app) => [app.name, app.host])),
    routers: Object.fromEntries(settings.apps.map((app) => [app.name, app.router])),
    weights: Object.fromEntries(settings.apps.map((app) => [app.name, weights(app)])),
  };
}

/** The namespaces that the program makes, each once, whoever shares it. */
function makeNamespaces({ apps, traefik }: KubernetesSettings): { name: string; resource: Resource }[] {
  const wanted = new Set(apps.filter((app) => app.createNamespace).map((app) => app.namespace));
  const edge = traefik.install && traefik.createNamespace ? traefik.namespace : undefined;
  if (edge !== undefined) wanted.add(edge);
  return [...wanted].map((name) => ({
    name,
    resource: namespace(name, name === edge ? HOST_NETWORK_ALLOWED : {}),
  }));
}

/** Every namespace that the stack runs pods in. */
function namespacesOf({ apps, traefik }: KubernetesSettings): string[] {
  const ofApps = apps.flatMap((app) => [app, ...app.canaries].map(({ namespace }) => namespace));
  return [...new Set([...ofApps, ...(traefik.install ? [traefik.namespace] : [])])];
}

/** Without it a cluster that enforces a Pod Security level refuses pods on the host network. */
const HOST_NETWORK_ALLOWED = { "pod-security.kubernetes.io/enforce": "privileged" };

/** The image, which `parseSettings` requires on this platform. */
function imageOf({ image, name }: { image?: string; name: string }): string {
  if (image === undefined) throw new TypeError(`${name} has no image`);
  return image;
}

/** The app's secret variables and their values. */
function secretEnv(
  secrets: Input<Record<string, Record<string, string>>>,
  app: string,
  names: readonly string[],
): Record<string, Output<string>> {
  const values = secret(secrets);
  return Object.fromEntries(names.map((name) => [name, values.apply((all) => all[app]?.[name] ?? "")]));
}

function weights({ router, split }: AppSettings): Record<string, { asked: number; effective: number }> {
  const effective = routedWeights(routers[router], split);
  return Object.fromEntries(
    split.variants.map(({ name, weight }, i) => [name, { asked: weight, effective: effective[i] ?? 0 }]),
  );
}

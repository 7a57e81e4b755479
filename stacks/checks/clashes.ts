import { controllers } from "../../components/hand-over";
import type { ManifestPlan } from "../../components/kubernetes/manifest/plan";
import { type Manifest, resourceName, routers } from "../../components/routers";
import { variantName } from "../../components/traffic";
import { type AppSettings, hostKeys, routeOf, routersOf } from "../apps";
import { managed } from "../hand-over";
import { platforms } from "../platforms";
import type { Problem } from "../problems";
import type { Parsed } from "../schema";
import { baselineProblems, withoutBaseline } from "./baseline";
import { routeProblems } from "./routes";
import { capacityProblems } from "./workloads";

/** Problems of apps beside each other, and of apps with their routers. */
export function clashes(parsed: Parsed, apps: readonly AppSettings[]): Problem[] {
  const problems = [
    ...hostClashes(apps),
    ...fleetClashes(parsed, apps),
    ...capacityProblems(parsed, apps),
    ...baselineProblems(parsed, apps),
    ...routeProblems(parsed, apps.map(withoutBaseline)),
  ];
  return problems.length > 0 ? problems : objectClashes(parsed, apps);
}

/** Addresses that two apps would have: the same host, and the same path of it. */
function hostClashes(apps: readonly AppSettings[]): Problem[] {
  const owners = new Map<string, string>();
  return apps.flatMap((app) => {
    const { path = "", pathType } = app;
    return hostKeys(app).flatMap(({ key, host }): Problem[] => {
      const address = `${host}${path} ${pathType}`;
      const owner = owners.get(address);
      owners.set(address, owner ?? key);
      if (owner === undefined) return [];
      const isOwn = owner.startsWith(`apps.${app.name}.`);
      const other = path === "" || isOwn ? "" : ", or another path";
      return [{ key, value: host, allowed: `another host than that of ${owner}${other}` }];
    });
  });
}

/** Names that two apps' fleets would have. */
function fleetClashes({ platform }: Parsed, apps: readonly AppSettings[]): Problem[] {
  if (!platforms[platform].hasFleets) return [];
  const owners = new Map<string, string>();
  return apps.flatMap((app) =>
    app.split.variants
      .map(({ name }) => variantName(app.name, name))
      .flatMap((name): Problem[] => {
        const owner = owners.get(name);
        owners.set(name, owner ?? app.name);
        if (owner === undefined) return [];
        return [{ key: `apps.${app.name}`, value: name, allowed: `a name that app ${owner} does not use` }];
      }),
  );
}

/** Objects that two apps would have on Kubernetes. Call only for apps whose routers have no problems with them. */
function objectClashes(parsed: Parsed, apps: readonly AppSettings[]): Problem[] {
  if (!platforms[parsed.platform].hasCluster) return [];
  const { install, namespace } = parsed.traefik;
  const owners = new Map(install ? [[`Service traefik in ${namespace}`, "Traefik"]] : []);
  return apps.flatMap((app): Problem[] => {
    const objects = objectsOf(parsed, app).flatMap((object) => identities(app, object));
    const shared = objects.find(({ id }) => owners.has(id));
    for (const { id } of objects) owners.set(id, owners.get(id) ?? `app ${app.name}`);
    if (shared === undefined) return [];
    const owner = owners.get(shared.id);
    const allowed = `a name whose objects have other names than those of ${owner}: both have ${shared.title}`;
    return [{ key: `apps.${app.name}`, value: app.name, allowed }];
  });
}

type Named = Pick<Manifest, "kind" | "metadata">;

/** An object by its name in the cluster, and by that which Pulumi knows it by: a namespace does not tell those apart. */
function identities(app: AppSettings, object: Named): { id: string; title: string }[] {
  const { name, namespace = app.namespace } = object.metadata;
  const inCluster = `${object.kind} ${name}`;
  const toPulumi = `${object.kind} ${resourceName(app.name, object)}`;
  return [
    { id: `${inCluster} in ${namespace}`, title: inCluster },
    { id: toPulumi, title: toPulumi },
  ];
}

const plannedObjects = ({ variants, others, copies }: ManifestPlan): Named[] =>
  [...variants.flatMap(({ deployment, service }) => [deployment, service]), ...others, ...copies].map(
    ({ kind, metadata: { name, namespace } }) => ({
      kind,
      metadata: { name, ...(typeof namespace === "string" && { namespace }) },
    }),
  );

/** An app's objects by which it can be in another's way. */
function objectsOf({ traefik, rollout }: Parsed, app: AppSettings): Named[] {
  const route = routeOf(app, traefik);
  const workloads = app.plan
    ? plannedObjects(app.plan)
    : (app.service === undefined ? route.backends : []).flatMap(({ service: name, namespace }) =>
        ["Deployment", "Service", "PodDisruptionBudget"].map((kind) => ({
          kind,
          metadata: { name, namespace },
        })),
      );
  const routing =
    rollout.engine === "pulumi"
      ? routersOf(app).flatMap((name) => routers[name].manifests(routeOf(app, traefik, name)))
      : controllers[rollout.engine]
          .objects(managed(rollout.engine, app, { rollout, traefik }))
          .map(({ manifest }) => manifest);
  return [...workloads, ...routing];
}

/** Finds an app in a cluster: from the Ingress of its host to the Service and the pods behind it. */

import type { V1Deployment, V1HTTPIngressPath, V1Ingress, V1Service } from "@kubernetes/client-node";
import { refersTo } from "../components/kubernetes/manifest/copies";
import { rounded } from "../components/traffic";
import type { ListedCluster } from "../status/kubernetes";
import type { Findings, WantedApp } from "./found";
import { takePods } from "./pod-settings";
import { teamManifest } from "./team-manifest";

const NGINX = "nginx.ingress.kubernetes.io";
const INGRESS = ["networking.k8s.io/v1", "Ingress"] as const;

/** Keeps an app's manifest, and answers the file that the settings are to name. */
export type KeepManifest = (app: string, text: string) => string;

/** Adds what the settings have to say of the app. Which objects are taken over, the program's own names tell. */
export async function findIngress(
  app: WantedApp,
  cluster: ListedCluster,
  findings: Findings,
  keep?: KeepManifest,
): Promise<void> {
  const all = (await cluster.all(...INGRESS)) as unknown as V1Ingress[];
  const serving = all.filter((ingress) => pathsOf(ingress, app.host).length > 0);
  const roots = serving.filter((ingress) => !isCanary(ingress) && rootOf(ingress, app.host) !== undefined);
  const [main, ...others] = roots;
  if (main === undefined || others.length > 0) {
    const names = roots.length === 0 ? "none" : roots.map(fullName).join(", ");
    findings.notes.push(
      `Ingress/${app.name}: which one serves path / of ${app.host} can't be told: ${names}; made anew`,
    );
    return;
  }
  const namespace = main.metadata?.namespace ?? "default";
  const { notes } = findings;
  findings.set(`apps.${app.name}.namespace`, namespace);
  findings.set(`apps.${app.name}.createNamespace`, false);
  nameAnnotations(main, findings);
  const secured = main.spec?.tls?.find(({ hosts }) => hosts?.includes(app.host));
  findings.set(`apps.${app.name}.tlsSecret`, secured?.secretName);
  if (main.metadata?.name !== app.name)
    notes.push(
      `Ingress ${fullName(main)} is not named as the program's, ${app.name}: it stays beside it until somebody deletes it`,
    );
  for (const ingress of serving.filter((each) => each !== main && !isCanary(each)))
    notes.push(`Ingress ${fullName(ingress)} serves paths of ${app.host}: stays as it is, outside`);
  for (const { path } of pathsOf(main, app.host).filter((each) => each !== rootOf(main, app.host)))
    notes.push(
      `Ingress ${fullName(main)} has path ${path}, the program's / alone: move it to an Ingress of its own before`,
    );
  await takeWorkload(app.name, main, app.host, ["image", "replicas"], cluster, findings, keep);

  const canary = serving.find((each) => isCanary(each) && each.metadata?.namespace === namespace);
  if (canary === undefined) return;
  const read = (name: string): number => Number(canary.metadata?.annotations?.[`${NGINX}/${name}`] ?? 0);
  const percent = (100 * read("canary-weight")) / (read("canary-weight-total") || 100);
  findings.set(`apps.${app.name}.canaryWeight`, rounded(percent));
  await takeWorkload(app.name, canary, app.host, ["canaryImage", "canaryReplicas"], cluster, findings, keep);
}

/** Sets image and number of pods behind an Ingress by these keys, and what the app's variants share. */
async function takeWorkload(
  app: string,
  ingress: V1Ingress,
  host: string,
  [imageKey, replicasKey]: readonly [string, string],
  cluster: ListedCluster,
  findings: Findings,
  keep?: KeepManifest,
): Promise<void> {
  const namespace = ingress.metadata?.namespace ?? "default";
  const backend = rootOf(ingress, host)?.backend.service;
  const metadata = { name: backend?.name ?? "", namespace };
  const service = (await cluster.find({ apiVersion: "v1", kind: "Service", metadata })) as unknown as
    | V1Service
    | undefined;
  const selector = Object.entries(service?.spec?.selector ?? {});
  const deployments = (await cluster.all("apps/v1", "Deployment", namespace)) as unknown as V1Deployment[];
  const [behind, ...others] = deployments.filter(({ spec }) => {
    const labels = spec?.template.metadata?.labels ?? {};
    return selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
  });
  if (behind === undefined || others.length > 0) {
    const found = behind === undefined ? "none" : [behind, ...others].map(fullName).join(", ");
    findings.notes.push(
      `apps.${app}.${imageKey}: which Deployment is behind Service ${namespace}/${backend?.name} can't be told: ${found}`,
    );
    return;
  }
  const isPrimary = imageKey === "image";
  if (isPrimary && keep !== undefined && service !== undefined) {
    const { text, notes } = await teamManifest(cluster, behind, service);
    findings.notes.push(...notes);
    findings.set(`apps.${app}.manifest`, keep(app, text));
    const asked = service.spec?.ports?.find(
      ({ port, name }) =>
        port === backend?.port?.number || (name !== undefined && name === backend?.port?.name),
    );
    if ((service.spec?.ports ?? []).length > 1) findings.set(`apps.${app}.servicePort`, asked?.port);
    return;
  }
  const [container] = behind.spec?.template.spec?.containers ?? [];
  findings.set(`apps.${app}.${imageKey}`, container?.image);
  findings.set(`apps.${app}.${replicasKey}`, behind.spec?.replicas ?? 1);
  const port = service?.spec?.ports?.find(
    (each) =>
      each.port === backend?.port?.number || (each.name !== undefined && each.name === backend?.port?.name),
  );
  const target = port?.targetPort ?? port?.port;
  const number =
    typeof target === "string"
      ? container?.ports?.find(({ name }) => name === target)?.containerPort
      : (target as number | undefined);
  if (isPrimary && keep === undefined) {
    takePods(app, behind, findings);
    await nameBeside(behind, cluster, findings);
  }
  if (keep !== undefined) return;
  findings.set(`apps.${app}.port`, number);
  findings.set(`apps.${app}.healthPath`, container?.readinessProbe?.httpGet?.path);
}

/** What stands beside the pods, and an update by settings would leave out. */
async function nameBeside(
  deployment: V1Deployment,
  cluster: ListedCluster,
  findings: Findings,
): Promise<void> {
  const { name = "", namespace = "default" } = deployment.metadata ?? {};
  const kinds = [
    ["autoscaling/v2", "HorizontalPodAutoscaler"],
    ["keda.sh/v1alpha1", "ScaledObject"],
  ] as const;
  for (const [apiVersion, kind] of kinds) {
    for (const object of await cluster.all(apiVersion, kind, namespace)) {
      if (refersTo(JSON.parse(JSON.stringify(object.spec ?? {})), "Deployment", name))
        findings.notes.push(
          `${kind} ${namespace}/${object.metadata.name} scales Deployment ${name}: set autoscaling, or keep it by --manifest FOLDER`,
        );
    }
  }
}

/** Annotations of an Ingress that the program does not read: each changes how requests are routed. */
function nameAnnotations({ metadata }: V1Ingress, findings: Findings): void {
  const known =
    /^(kubectl\.kubernetes\.io\/|kubernetes\.io\/ingress\.class$|nginx\.ingress\.kubernetes\.io\/canary)/;
  const others = Object.keys(metadata?.annotations ?? {}).filter((key) => !known.test(key));
  if (others.length > 0)
    findings.notes.push(
      `Ingress ${fullName({ metadata: metadata ?? {} })} has annotations ${others.join(", ")}: no setting says them; patches can`,
    );
}

const isCanary = ({ metadata }: V1Ingress): boolean => metadata?.annotations?.[`${NGINX}/canary`] === "true";

const pathsOf = ({ spec }: V1Ingress, host: string): V1HTTPIngressPath[] =>
  (spec?.rules ?? []).filter((rule) => rule.host === host).flatMap(({ http }) => http?.paths ?? []);

const rootOf = (ingress: V1Ingress, host: string): V1HTTPIngressPath | undefined =>
  pathsOf(ingress, host).find(({ path = "/" }) => path === "/");

const fullName = ({ metadata }: { metadata?: { name?: string; namespace?: string } }): string =>
  `${metadata?.namespace ?? "default"}/${metadata?.name}`;

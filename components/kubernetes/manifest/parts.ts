/** What of a team's manifest is the app: its Deployment, the Service and port of its requests, the container of its image. */
import { type ApiObject, at, groupOf, isFields, listAt, type Plain, titleOf, withAt } from "./object";
import { labelsAt, podLabels, selects } from "./selectors";

const ROLLOUT = "argoproj.io";

/** Why another workload can't have a canary beside it. */
const REFUSED: Readonly<Record<string, string>> = {
  StatefulSet:
    "its pods have names and volumes of their own, so a copy would begin without their data: run it beside the app, or split requests between two Services by the setting service",
  DaemonSet:
    "it has a pod on each node, and a copy would have as many: split requests between two Services by the setting service",
};

/** https://kubernetes.io/docs/reference/using-api/deprecation-guide/#v1-16 */
const OLD = /^(extensions|apps)\/v1beta\d$/;

const isDeployment = (object: ApiObject): boolean =>
  object.kind === "Deployment" && groupOf(object) === "apps";

/** The Deployment of the app's pods, or what the file lacks. */
export function deploymentOf(objects: readonly ApiObject[], app: string): ApiObject | string {
  const rollout = objects.find((object) => object.kind === "Rollout" && groupOf(object) === ROLLOUT);
  if (rollout !== undefined)
    return `no ${titleOf(rollout)} of Argo Rollouts, which shifts the weights itself: a Deployment, or the setting service with the Services that it switches`;
  const old = objects.find(({ kind, apiVersion }) => kind === "Deployment" && OLD.test(apiVersion));
  if (old !== undefined)
    return `${titleOf(old)} of apiVersion apps/v1, not ${old.apiVersion}, which Kubernetes no longer has`;
  const deployments = objects.filter(isDeployment);
  const [only, ...more] = deployments;
  if (only !== undefined && more.length === 0) return only;
  const named = deployments.find(({ metadata }) => metadata.name === app);
  if (named !== undefined) return named;
  const served = deployments.filter((deployment) =>
    objects.some(
      (object) => isPlainService(object) && object.metadata.name === app && takes(object, deployment),
    ),
  );
  const [alone, ...others] = served;
  if (alone !== undefined && others.length === 0) return alone;
  if (only !== undefined)
    return `one Deployment, one that is named as the app, ${app}, or one whose pods alone a Service of that name takes: there are ${deployments.map(({ metadata }) => metadata.name).join(", ")}`;
  const workload = objects.find(({ kind }) => Object.hasOwn(REFUSED, kind));
  if (workload !== undefined) return `a Deployment, no ${titleOf(workload)}: ${REFUSED[workload.kind]}`;
  const kinds = [...new Set(objects.map(({ kind }) => kind))].join(", ");
  return `a Deployment: the file has ${kinds} alone`;
}

export const isPlainService = (object: ApiObject): boolean =>
  object.kind === "Service" && groupOf(object) === "";

export const takes = (object: ApiObject, deployment: ApiObject): boolean =>
  object.metadata.namespace === deployment.metadata.namespace &&
  selects({ matchLabels: labelsAt(object, "spec", "selector"), matchExpressions: [] }, podLabels(deployment));

/** The Service that requests for the pods go by: of several the one of the app's or the Deployment's name; or what is wrong. */
export function serviceOfPods(
  objects: readonly ApiObject[],
  deployment: ApiObject,
  app: string,
): ApiObject | string {
  const taking = objects.filter((object) => isPlainService(object) && takes(object, deployment));
  const routed = taking.filter((object) => at(object, "spec", "clusterIP") !== "None");
  const [only, ...more] = routed;
  if (only !== undefined && more.length === 0) return only;
  const named = routed.find(({ metadata }) => [app, deployment.metadata.name].includes(metadata.name));
  if (named !== undefined) return named;
  if (only === undefined)
    return `a Service with a clusterIP whose spec.selector takes the pods of ${titleOf(deployment)}`;
  return `one Service for the pods of ${titleOf(deployment)}, or one of the app's name, ${app}: there are ${routed.map(({ metadata }) => metadata.name).join(", ")}`;
}

interface ServicePort {
  readonly port: number;
  readonly name: string | null;
  readonly targetPort: Plain | undefined;
}

/** Names that tell which of several ports users' requests come to. */
const WEB = ["http", "web", "http-web", "https"];

export function portOf(service: ApiObject, asked: number | undefined): ServicePort | string {
  const ports = listAt(service, "spec", "ports").flatMap((each): ServicePort[] => {
    const { port, name, targetPort = port } = isFields(each) ? each : {};
    return typeof port === "number"
      ? [{ port, name: typeof name === "string" ? name : null, targetPort }]
      : [];
  });
  const shown = ports
    .map(({ port, name }) => (name === null ? String(port) : `${port} (${name})`))
    .join(", ");
  if (asked !== undefined)
    return (
      ports.find(({ port }) => port === asked) ?? `servicePort among those of ${titleOf(service)}: ${shown}`
    );
  const [only, ...more] = ports;
  if (only === undefined) return `spec.ports of ${titleOf(service)}`;
  if (more.length === 0) return only;
  const web = WEB.flatMap((name) => ports.filter((port) => port.name === name));
  return web[0] ?? `servicePort, which tells the port of users' requests: ${titleOf(service)} has ${shown}`;
}

/** How the settings call an app, and its container if they do. */
interface Named {
  readonly app: string;
  readonly container?: string;
}

interface Container {
  readonly name: string;
}

/** The container whose image is the app's, among sidecars; or how to say which. */
export function containerOf(
  deployment: ApiObject,
  { app, container: asked }: Named,
  service: ApiObject,
  targetPort: Plain | undefined,
): Container | string {
  const containers = listAt(deployment, "spec", "template", "spec", "containers").flatMap((each) =>
    isFields(each) && typeof each.name === "string" ? [{ ...each, name: each.name }] : [],
  );
  const names = containers.map(({ name }) => name);
  if (asked !== undefined)
    return names.includes(asked)
      ? { name: asked }
      : `a container of ${titleOf(deployment)} as apps.${app}.container: ${names.join(", ")}`;
  const annotated = labelsAt(deployment, "spec", "template", "metadata", "annotations")[
    "kubectl.kubernetes.io/default-container"
  ];
  const listening = containers.filter((each) =>
    listAt(each, "ports").some((port) =>
      [at(port, "name"), at(port, "containerPort")].includes(targetPort ?? null),
    ),
  );
  const found =
    containers.length === 1
      ? containers[0]
      : (containers.find(({ name }) => name === annotated) ??
        containers.find(({ name }) => [app, deployment.metadata.name].includes(name)) ??
        (listening.length === 1 ? listening[0] : undefined));
  return (
    found ??
    `apps.${app}.container, which tells whose image is the app's: ${titleOf(deployment)} has ${names.join(", ")}, and Service ${service.metadata.name} does not tell`
  );
}

const CONTAINERS = ["initContainers", "containers"] as const;

export const imageOf = (deployment: ApiObject, container: string | undefined): string => {
  const found = listAt(deployment, "spec", "template", "spec", "containers").find(
    (each) => container === undefined || at(each, "name") === container,
  );
  return String(at(found, "image") ?? "");
};

/** With another image of the app's container, and of those that run the same, such as migrations before it starts. */
export function runningImage(deployment: ApiObject, container: string | undefined, image: string): ApiObject {
  const before = imageOf(deployment, container);
  return CONTAINERS.reduce<ApiObject>((edited, key) => {
    const path = ["spec", "template", "spec", key];
    const list = listAt(edited, ...path);
    if (list.length === 0) return edited;
    const changed = list.map((each) =>
      isFields(each) && (each.image === before || (key === "containers" && each.name === container))
        ? withAt(each, ["image"], image)
        : each,
    );
    return withAt(edited, path, changed) as ApiObject;
  }, deployment);
}

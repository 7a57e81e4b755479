/** What a team's manifest comes to beside canaries: its own objects as they are, and copies for each canary. */
import { isDeepStrictEqual } from "node:util";
import { type CopyOf, deploymentCopy, leadsToService, objectCopy, refersTo, serviceCopy } from "./copies";
import { routeHosts } from "./hosts";
import {
  type ApiObject,
  at,
  fieldsAt,
  groupOf,
  isFields,
  listAt,
  type Plain,
  titleOf,
  withAt,
} from "./object";
import { idOf } from "./read";
import { isOfCluster } from "./scope";
import {
  type Labels,
  labelsAt,
  labelsToLose,
  podLabels,
  type Selector,
  selectorOf,
  selectorsIn,
  selects,
} from "./selectors";

/** A canary as the settings have it. */
export interface ManifestCanary {
  readonly name: string;
  readonly image?: string;
  /** Pods, unless its own Deployment says how many. */
  readonly replicas: number;
  /** Objects of a file of its own: with a Deployment in the place of a copy of the primary's. */
  readonly objects?: readonly ApiObject[];
  /** Makes it what a canary with this image is compared with. */
  readonly beside?: string;
}

export interface ManifestArgs {
  readonly app: string;
  /** Of objects that name none; and the one that the app is to be in, if the settings say so. */
  readonly namespace?: string;
  readonly objects: readonly ApiObject[];
  /** In place of the manifest's. */
  readonly image?: string;
  readonly container?: string;
  readonly servicePort?: number;
  /** Hosts that the program routes. */
  readonly hosts: readonly string[];
  readonly canaries: readonly ManifestCanary[];
}

export interface PlannedVariant {
  readonly name: string;
  readonly deployment: ApiObject;
  readonly service: ApiObject;
  /** Labels that the variant's pods alone have. */
  readonly selector: Labels;
  readonly replicas: number;
  /** Of the app's container. */
  readonly image: string;
}

export interface ManifestPlan {
  readonly namespace: string;
  /** The primary first. */
  readonly variants: readonly [PlannedVariant, ...PlannedVariant[]];
  /** Port of the Services that the route is for. */
  readonly port: number;
  readonly portName: string | null;
  /** All other objects, those that others need first. */
  readonly others: readonly ApiObject[];
  /** Objects for a canary of those that select pods. */
  readonly copies: readonly ApiObject[];
  /** What does not cover a canary, or is not declared, a sentence each. */
  readonly notes: readonly string[];
}

/** Raised with all that is wrong with a manifest. */
export class ManifestProblems extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join("\n"));
  }
}

const ROLLOUT = "argoproj.io";
const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"];

/** Why another workload can't have a canary beside it. */
const REFUSED: Readonly<Record<string, string>> = {
  StatefulSet:
    "its pods have names and volumes of their own, so a copy would begin without their data: run it beside the app, or split requests between two Services by the setting service",
  DaemonSet:
    "it has a pod on each node, and a copy would have as many: split requests between two Services by the setting service",
};

/**
 * @throws ManifestProblems
 */
export function planManifest(args: ManifestArgs): ManifestPlan {
  const { app, objects, canaries } = args;
  const found = deploymentOf(objects, app);
  if (typeof found === "string") throw new ManifestProblems([found]);
  const own = at(found, "metadata", "namespace");
  const namespace = args.namespace ?? (typeof own === "string" ? own : app);
  const problems: string[] = [];
  if (typeof own === "string" && own !== namespace)
    problems.push(
      `namespace ${own}, which ${titleOf(found)} names, or a manifest without it: the app's namespace is ${namespace}`,
    );
  const all = objects.map((object) => placed(object, namespace));
  const base = all[objects.indexOf(found)] ?? found;
  problems.push(...wrongWithDeployment(base));
  const labels = podLabels(base);
  const service = serviceOfPods(all, base, app);
  if (typeof service === "string") throw new ManifestProblems([...problems, service]);
  const port = portOf(service, args.servicePort);
  if (typeof port === "string") problems.push(port);
  const container = containerOf(base, args, service, typeof port === "string" ? undefined : port.targetPort);
  const needsContainer = args.image !== undefined || canaries.some(({ image }) => image !== undefined);
  if (typeof container === "string" && needsContainer) problems.push(container);
  if (problems.length > 0 || typeof port === "string") throw new ManifestProblems(problems);

  const appContainer = typeof container === "string" ? undefined : container.name;
  const deployment = args.image === undefined ? base : withImage(base, appContainer, args.image);
  const primary: PlannedVariant = {
    ...{ name: "primary", deployment, service },
    selector: labelsAt(service, "spec", "selector"),
    replicas: replicasOf(base) ?? 1,
    image: imageOf(deployment, appContainer),
  };
  const selectors = selectorsOfPods(all, base, labels);
  const lost = labelsToLose(selectors);
  const rest = all.filter((object) => object !== base && object !== service);
  const { kept, notes: routes } = besideRoutes(rest, service, args.hosts);
  const planned = canaries.map((canary) =>
    planCanary(canary, { app, namespace, primary, base, lost, selectors, appContainer }),
  );
  const copies = planned.flatMap(({ copy }) => kept.flatMap((object) => copyFor(object, copy)));
  const others = [...kept, ...planned.flatMap(({ objects: more }) => more)];
  const declared = [
    ...[primary, ...planned.map(({ variant }) => variant)].flatMap((each) => [each.deployment, each.service]),
    ...copies,
  ];
  const clashes = clashing(declared, others);
  const wrong = [...planned.flatMap((each) => each.problems), ...clashes];
  if (wrong.length > 0) throw new ManifestProblems(wrong);
  return {
    namespace,
    variants: [primary, ...planned.map(({ variant }) => variant)],
    port: port.port,
    portName: port.name,
    others: unique(others),
    copies,
    notes: [...routes, ...(canaries.length === 0 ? [] : notCovering(kept, base))],
  };
}

const isDeployment = (object: ApiObject): boolean =>
  object.kind === "Deployment" && groupOf(object) === "apps";

/** The Deployment of the app's pods, or what the file lacks. */
function deploymentOf(objects: readonly ApiObject[], app: string): ApiObject | string {
  const rollout = objects.find((object) => object.kind === "Rollout" && groupOf(object) === ROLLOUT);
  if (rollout !== undefined)
    return `no ${titleOf(rollout)} of Argo Rollouts, which shifts the weights itself: a Deployment, or the setting service with the Services that it switches`;
  const deployments = objects.filter(isDeployment);
  const [only, ...more] = deployments;
  if (only !== undefined && more.length === 0) return only;
  const named = deployments.find(({ metadata }) => metadata.name === app);
  if (named !== undefined) return named;
  if (only !== undefined)
    return `one Deployment, or one that is named as the app, ${app}: there are ${deployments.map(({ metadata }) => metadata.name).join(", ")}`;
  const workload = objects.find(({ kind }) => Object.hasOwn(REFUSED, kind));
  if (workload !== undefined) return `a Deployment, no ${titleOf(workload)}: ${REFUSED[workload.kind]}`;
  const kinds = [...new Set(objects.map(({ kind }) => kind))].join(", ");
  return `a Deployment: the file has ${kinds} alone`;
}

/** Fields that the cluster writes, as `kubectl get -o yaml` prints them. */
const OF_CLUSTER = ["uid", "resourceVersion", "creationTimestamp", "managedFields", "generation", "selfLink"];

/** The object in its namespace, without what the cluster writes. */
function placed(object: ApiObject, namespace: string): ApiObject {
  const { status: _status, ...rest } = object;
  const metadata = Object.fromEntries(
    Object.entries(object.metadata).filter(([key]) => !OF_CLUSTER.includes(key)),
  );
  const needs = metadata.namespace === undefined && !isOfCluster(object);
  return {
    ...rest,
    metadata: { ...metadata, name: object.metadata.name, ...(needs && { namespace }) },
  } as ApiObject;
}

function wrongWithDeployment(deployment: ApiObject): string[] {
  const labels = podLabels(deployment);
  const selector = selectorOf(at(deployment, "spec", "selector"));
  if (selector === undefined || !selects(selector, labels))
    return [`a spec.selector of ${titleOf(deployment)} that its own spec.template.metadata.labels meet`];
  if (listAt(deployment, "spec", "template", "spec", "containers").length === 0)
    return [`spec.template.spec.containers of ${titleOf(deployment)}`];
  return [];
}

const isPlainService = (object: ApiObject): boolean => object.kind === "Service" && groupOf(object) === "";

const takes = (object: ApiObject, deployment: ApiObject): boolean =>
  object.metadata.namespace === deployment.metadata.namespace &&
  selects({ matchLabels: labelsAt(object, "spec", "selector"), matchExpressions: [] }, podLabels(deployment));

/** The Service that requests for the pods go by: of several the one of the app's or the Deployment's name; or what is wrong. */
function serviceOfPods(
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

function portOf(service: ApiObject, asked: number | undefined): ServicePort | string {
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

interface Container {
  readonly name: string;
}

/** The container whose image is the app's, among sidecars; or how to say which. */
function containerOf(
  deployment: ApiObject,
  { app, container: asked }: ManifestArgs,
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

const imageOf = (deployment: ApiObject, container: string | undefined): string => {
  const found = listAt(deployment, "spec", "template", "spec", "containers").find(
    (each) => container === undefined || at(each, "name") === container,
  );
  return String(at(found, "image") ?? "");
};

/** With another image of the app's container, and of those that run the same, such as migrations before it starts. */
function withImage(deployment: ApiObject, container: string | undefined, image: string): ApiObject {
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

function replicasOf(deployment: ApiObject): number | undefined {
  const replicas = at(deployment, "spec", "replicas");
  return typeof replicas === "number" ? replicas : undefined;
}

/** Selectors by which the primary's Deployment and Services take its pods: each of them must not take a canary's. */
function selectorsOfPods(objects: readonly ApiObject[], base: ApiObject, labels: Labels): Selector[] {
  const own = selectorOf(at(base, "spec", "selector"));
  const services = objects
    .filter((object) => isPlainService(object) && takes(object, base))
    .map((object) => ({ matchLabels: labelsAt(object, "spec", "selector"), matchExpressions: [] }));
  return [...(own === undefined ? [] : [own]), ...services].filter((each) => selects(each, labels));
}

interface Beside {
  readonly app: string;
  readonly namespace: string;
  readonly primary: PlannedVariant;
  readonly base: ApiObject;
  readonly lost: readonly string[];
  readonly selectors: readonly Selector[];
  readonly appContainer: string | undefined;
}

function planCanary(
  canary: ManifestCanary,
  { app, namespace, primary, base, lost, selectors, appContainer }: Beside,
): { variant: PlannedVariant; copy: CopyOf; objects: ApiObject[]; problems: string[] } {
  const { name, image, beside } = canary;
  const own = { "canary-traffic/app": app, "canary-traffic/variant": name };
  const copy: CopyOf = { variant: name, labels: podLabels(base), lost, own };
  const objects = (canary.objects ?? []).map((object) => placed(object, namespace));
  const of = `the file of canary ${name}: `;
  const theirs = objects.length === 0 ? base : deploymentOf(objects, app);
  if (typeof theirs === "string") throw new ManifestProblems([`in ${of}${theirs}`]);
  const replicas = (objects.length > 0 ? replicasOf(theirs) : undefined) ?? canary.replicas;
  const made = deploymentCopy(theirs, copy, {
    replicas,
    keepsName: theirs.metadata.name !== base.metadata.name,
    ...(beside !== undefined && { beside: { "canary-traffic/beside": beside } }),
  });
  const deployment = image === undefined ? made : withImage(made, appContainer, image);
  const taking = objects.find((object) => isPlainService(object) && takes(object, theirs));
  const service =
    taking === undefined || taking.metadata.name === primary.service.metadata.name
      ? serviceCopy(taking ?? primary.service, copy)
      : withAt(taking, ["spec", "selector"], own);
  const still = selectors.filter((selector) => selects(selector, podLabels(deployment)));
  return {
    variant: {
      ...{ name, deployment, service: service as ApiObject, selector: own, replicas },
      image: imageOf(deployment, appContainer),
    },
    copy,
    objects: objects.filter((object) => object !== theirs && object !== taking),
    problems: [
      ...wrongWithDeployment(deployment).map((problem) => `in ${of}${problem}`),
      ...(still.length > 0
        ? [
            `selectors that a label alone meets: pods of canary ${name} could not be kept from those of ${titleOf(base)}`,
          ]
        : []),
    ],
  };
}

/** A copy of an object that selects the primary's pods. Monitors of Services find the canary's by its labels. */
function copyFor(object: ApiObject, copy: CopyOf): ApiObject[] {
  if (WORKLOADS.includes(object.kind) || object.kind === "ServiceMonitor") return [];
  const isSelecting = selectorsIn(at(object, "spec")).some((selector) => selects(selector, copy.labels));
  if (!isSelecting) return [];
  return [isPlainService(object) ? serviceCopy(object, copy) : objectCopy(object, copy)];
}

/** What names the Deployment or its kind, and so goes on to be about the primary alone. */
function notCovering(objects: readonly ApiObject[], base: ApiObject): string[] {
  return objects
    .filter((object) => refersTo(at(object, "spec"), "Deployment", base.metadata.name))
    .map(
      (object) =>
        `${titleOf(object)} is about ${titleOf(base)} alone and does not cover the canaries, which have the pods that their settings ask for`,
    );
}

/** Routes of the team's own that lead past the weights: those of the app's hosts are left out, the others are named. */
function besideRoutes(
  objects: readonly ApiObject[],
  service: ApiObject,
  hosts: readonly string[],
): { kept: ApiObject[]; notes: string[] } {
  const notes: string[] = [];
  const namespace = String(service.metadata.namespace);
  const kept = objects.filter((object) => {
    const isRoute =
      groupOf(object) !== "" &&
      !WORKLOADS.includes(object.kind) &&
      /^(Ingress|.*Route\w*|VirtualService|HTTPProxy|Mapping)$/.test(object.kind);
    if (!isRoute || !leadsToService(fieldsAt(object, "spec"), service.metadata.name, namespace)) return true;
    const shared = routeHosts(object).filter((host) => hosts.includes(host));
    const leads = `${titleOf(object)} leads to Service ${service.metadata.name} past the weights`;
    notes.push(
      shared.length > 0
        ? `${leads} by ${shared.join(", ")}, which the program routes: it is left out of what is declared; what else it has is the app's settings' to say`
        : `${leads}: its requests reach no canary`,
    );
    return shared.length === 0;
  });
  return { kept, notes };
}

/** Objects that two would be: what files share, the same in both, is declared once. */
function clashing(made: readonly ApiObject[], others: readonly ApiObject[]): string[] {
  const isTaken = (object: ApiObject, i: number): boolean =>
    made.findIndex((other) => idOf(other) === idOf(object)) !== i;
  const ids = [
    ...made.filter((object, i) => isTaken(object, i)),
    ...others.filter((object) => isTaken(object, -1)),
    ...others.filter((object) =>
      others.some((other) => idOf(other) === idOf(object) && !isDeepStrictEqual(other, object)),
    ),
  ].map(idOf);
  return [...new Set(ids)].map((id) => `another name than ${id}, of which there would be two`);
}

const unique = (objects: readonly ApiObject[]): ApiObject[] =>
  objects.filter((object, i) => objects.findIndex((other) => idOf(other) === idOf(object)) === i);

/** What a team's manifest comes to beside canaries: its own objects as they are, and copies for each canary. */

import { isDeepStrictEqual } from "node:util";
import { type CopyOf, deploymentCopy, leadsToService, objectCopy, serviceCopy } from "./copies";
import { routeHosts } from "./hosts";
import { notesOn } from "./notes";
import { type ApiObject, at, fieldsAt, groupOf, listAt, titleOf, withAt } from "./object";
import {
  containerOf,
  deploymentOf,
  imageOf,
  isPlainService,
  portOf,
  runningImage,
  serviceOfPods,
  takes,
} from "./parts";
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

/** Kinds that make pods. */
const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"];

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
  const deployment = args.image === undefined ? base : runningImage(base, appContainer, args.image);
  const primary: PlannedVariant = {
    name: "primary",
    deployment,
    service,
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
    notes: [...routes, ...(canaries.length === 0 ? [] : notesOn(all, kept, base))],
  };
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
  const deployment = image === undefined ? made : runningImage(made, appContainer, image);
  const taking = objects.find((object) => isPlainService(object) && takes(object, theirs));
  const service =
    taking === undefined || taking.metadata.name === primary.service.metadata.name
      ? serviceCopy(taking ?? primary.service, copy)
      : withAt(taking, ["spec", "selector"], own);
  const still = selectors.filter((selector) => selects(selector, podLabels(deployment)));
  return {
    variant: {
      name,
      deployment,
      service: service as ApiObject,
      selector: own,
      replicas,
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

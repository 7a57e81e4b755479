/** Copies of a team's objects for a canary. */
import { withoutAwait } from "../await";
import {
  type ApiObject,
  at,
  type Fields,
  fieldsAt,
  groupOf,
  isFields,
  listAt,
  type Plain,
  withAt,
} from "./object";
import { type Labels, labelsAt, podLabels, redirected } from "./selectors";

/** How a canary's objects differ from the primary's. */
export interface CopyOf {
  /** `canary`, or another variant's name. */
  readonly variant: string;
  /** Labels of the primary's pods. */
  readonly labels: Labels;
  /** Labels that the canary's pods lose, as the primary's selectors go by them. */
  readonly lost: readonly string[];
  /** Labels that the canary's pods alone have. */
  readonly own: Labels;
}

/** What others write into an object to know it again as theirs: a copy is not. */
const OF_TOOLS =
  /^(kubectl\.kubernetes\.io\/last-applied-configuration|meta\.helm\.sh\/|argocd\.argoproj\.io\/|deployment\.kubernetes\.io\/revision|external-dns\.alpha\.kubernetes\.io\/)/;

const nameOfCopy = (name: string, variant: string): string => `${name}-${variant}`;

/** The object under the canary's name, with its labels. */
function renamed(object: ApiObject, { variant, own }: CopyOf): ApiObject {
  const without = (key: string): Labels =>
    Object.fromEntries(
      Object.entries(labelsAt(object.metadata, key)).filter(([name]) => !OF_TOOLS.test(name)),
    );
  const annotations = without("annotations");
  const { annotations: _all, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: {
      ...metadata,
      name: nameOfCopy(object.metadata.name, variant),
      labels: { ...without("labels"), ...own },
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
  };
}

/** A Deployment whose pods neither the primary's Deployment nor its Services take for theirs. */
export function deploymentCopy(
  deployment: ApiObject,
  copy: CopyOf,
  {
    replicas,
    keepsName,
    beside,
  }: { readonly replicas: number; readonly keepsName: boolean; readonly beside?: Labels },
): ApiObject {
  const labels = Object.fromEntries(
    Object.entries(podLabels(deployment)).filter(([key]) => !copy.lost.includes(key)),
  );
  const named = renamed(deployment, copy);
  const spec = fieldsAt(deployment, "spec");
  const template = fieldsAt(spec, "template");
  const annotations = { ...labelsAt(template, "metadata", "annotations"), ...beside };
  return {
    ...named,
    metadata: { ...named.metadata, ...(keepsName && { name: deployment.metadata.name }) },
    spec: {
      ...spec,
      replicas,
      selector: { matchLabels: { ...copy.own } },
      template: {
        ...template,
        metadata: {
          ...fieldsAt(template, "metadata"),
          labels: { ...labels, ...copy.own },
          ...(Object.keys(annotations).length > 0 && { annotations }),
        },
        spec: redirected(fieldsAt(template, "spec"), copy.labels, copy.lost, copy.own),
      },
    },
  };
}

/** What a cluster gives one Service alone, and what a Service within the cluster does not have. */
const OF_ONE_SERVICE = [
  ...[
    "clusterIP",
    "clusterIPs",
    "externalIPs",
    "loadBalancerIP",
    "loadBalancerClass",
    "loadBalancerSourceRanges",
  ],
  ...["externalTrafficPolicy", "healthCheckNodePort", "allocateLoadBalancerNodePorts", "type"],
];

/** A Service within the cluster that leads to the canary's pods alone; a headless one stays headless. */
export function serviceCopy(service: ApiObject, copy: CopyOf): ApiObject {
  const named = renamed(service, copy);
  const spec = Object.fromEntries(
    Object.entries(fieldsAt(service, "spec")).filter(([key]) => !OF_ONE_SERVICE.includes(key)),
  );
  const ports = listAt(spec, "ports").map((port) =>
    isFields(port) ? withAt(port, ["nodePort"], undefined) : port,
  );
  return {
    ...named,
    metadata: {
      ...named.metadata,
      annotations: { ...labelsAt(named.metadata, "annotations"), ...withoutAwait },
    },
    spec: {
      ...spec,
      ...(at(service, "spec", "clusterIP") === "None" && { clusterIP: "None" }),
      ports,
      selector: { ...copy.own },
    },
  };
}

/** Any other object, with each selector of the primary's pods led to the canary's. */
export function objectCopy(object: ApiObject, copy: CopyOf): ApiObject {
  const spec = redirected(fieldsAt(object, "spec"), copy.labels, copy.lost, copy.own) as Fields;
  const isBudget = object.kind === "PodDisruptionBudget" && groupOf(object) === "policy";
  return { ...renamed(object, copy), spec: isBudget ? budget(spec) : spec };
}

/** A number of pods that must stay is the primary's: beside a canary's few it would keep every node from being drained. */
function budget(spec: Fields): Fields {
  const { minAvailable, maxUnavailable, ...rest } = spec;
  const isShare = [minAvailable, maxUnavailable].some((each) => typeof each === "string");
  return isShare ? spec : { ...rest, maxUnavailable: 1 };
}

/** Whether a value names an object of that kind and name, as an autoscaler's `scaleTargetRef` does. */
export function refersTo(value: Plain | undefined, kind: string, name: string): boolean {
  if (Array.isArray(value)) return value.some((each) => refersTo(each as Plain, kind, name));
  if (!isFields(value)) return false;
  if (value.kind === kind && value.name === name) return true;
  return Object.values(value).some((below) => refersTo(below, kind, name));
}

const SERVICE_KEYS = /^(name|host|serviceName|service)$/;

/** Whether a route leads to a Service: by its name, alone or with the namespace and the cluster's domain. */
export function leadsToService(value: Plain | undefined, service: string, namespace: string): boolean {
  if (Array.isArray(value)) return value.some((each) => leadsToService(each as Plain, service, namespace));
  if (!isFields(value)) return false;
  return Object.entries(value).some(([key, below]) =>
    typeof below === "string"
      ? SERVICE_KEYS.test(key) &&
        (below === service ||
          below === `${service}.${namespace}` ||
          below.startsWith(`${service}.${namespace}.`))
      : leadsToService(below, service, namespace),
  );
}

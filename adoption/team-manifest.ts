/** A team's own objects as a manifest: what an app consists of in a cluster, without what the cluster adds. */
import type { V1Deployment, V1Service } from "@kubernetes/client-node";
import { refersTo } from "../components/kubernetes/manifest/copies";
import {
  type ApiObject,
  at,
  type Fields,
  fieldsAt,
  isFields,
  listAt,
  type Plain,
} from "../components/kubernetes/manifest/object";
import { labelsAt, podLabels, selectorsIn, selects } from "../components/kubernetes/manifest/selectors";
import { toYaml } from "../offline/manifests";
import type { Properties } from "../offline/values";
import type { ListedCluster } from "../status/kubernetes";

export interface TeamManifest {
  /** YAML, a document for each object. */
  readonly text: string;
  /** What the app uses and the manifest does not have, a sentence each. */
  readonly notes: readonly string[];
}

/** Kinds that may be about the pods by their labels or the Deployment's name. */
const ABOUT_PODS: readonly (readonly [apiVersion: string, kind: string])[] = [
  ["v1", "Service"],
  ["autoscaling/v2", "HorizontalPodAutoscaler"],
  ["policy/v1", "PodDisruptionBudget"],
  ["networking.k8s.io/v1", "NetworkPolicy"],
  ["monitoring.coreos.com/v1", "PodMonitor"],
  ["monitoring.coreos.com/v1", "ServiceMonitor"],
  ["keda.sh/v1alpha1", "ScaledObject"],
  ["autoscaling.k8s.io/v1", "VerticalPodAutoscaler"],
];

/** What the cluster writes into a Service. */
const OF_SERVICE = ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"];
const OF_METADATA = ["name", "namespace", "labels", "annotations"];
const OF_TOOLS =
  /^(kubectl\.kubernetes\.io\/last-applied-configuration|deployment\.kubernetes\.io\/revision)$/;

/** The objects of one app. A Secret's values stay in the cluster. */
export async function teamManifest(
  cluster: ListedCluster,
  deployment: V1Deployment,
  service: V1Service,
): Promise<TeamManifest> {
  const namespace = deployment.metadata?.namespace ?? "default";
  const base = plainObject(deployment, "apps/v1", "Deployment");
  const labels = podLabels(base);
  const pod = fieldsAt(base, "spec", "template", "spec");
  const about: ApiObject[] = [];
  for (const [apiVersion, kind] of ABOUT_PODS) {
    for (const each of await cluster.all(apiVersion, kind, namespace)) {
      const object = plainObject(each, apiVersion, kind);
      const isOwn =
        selectorsIn(at(object, "spec")).some((selector) => selects(selector, labels)) ||
        refersTo(at(object, "spec"), "Deployment", base.metadata.name) ||
        (object.metadata.name === service.metadata?.name && kind === "Service");
      if (isOwn) about.push(object);
    }
  }
  const used: ApiObject[] = [];
  const notes: string[] = [];
  for (const { kind, name } of usedBy(pod)) {
    if (kind === "Secret") {
      notes.push(
        `Secret ${namespace}/${name}: stays in the cluster as it is, as a file would have its values in plain`,
      );
      continue;
    }
    const found = await cluster.find({ apiVersion: "v1", kind, metadata: { name, namespace } });
    if (found === undefined)
      notes.push(`${kind} ${namespace}/${name}: the pods name it, and it is not there`);
    else used.push(plainObject(found, "v1", kind));
  }
  const objects = [...used, base, ...about];
  return { text: objects.map((object) => `---\n${toYaml(object as Properties)}`).join(""), notes };
}

/** The object as somebody would write it. */
function plainObject(live: object, apiVersion: string, kind: string): ApiObject {
  const { metadata, status: _status, ...rest } = JSON.parse(JSON.stringify(live)) as Fields;
  const kept = Object.fromEntries(
    Object.entries(isFields(metadata) ? metadata : {}).filter(([key]) => OF_METADATA.includes(key)),
  );
  const annotations = Object.fromEntries(
    Object.entries(labelsAt(kept, "annotations")).filter(([key]) => !OF_TOOLS.test(key)),
  );
  const { annotations: _all, ...named } = kept;
  const spec = fieldsAt(rest, "spec");
  const isHeadless = spec.clusterIP === "None";
  return {
    ...rest,
    apiVersion,
    kind,
    metadata: {
      ...named,
      ...(Object.keys(annotations).length > 0 && { annotations }),
    } as ApiObject["metadata"],
    ...(kind === "Service" && {
      spec: {
        ...Object.fromEntries(Object.entries(spec).filter(([key]) => !OF_SERVICE.includes(key))),
        ...(isHeadless && { clusterIP: "None" }),
      },
    }),
  };
}

interface Used {
  readonly kind: "ConfigMap" | "Secret" | "ServiceAccount" | "PersistentVolumeClaim";
  readonly name: string;
}

/** Each namespace has one, whoever runs there. */
const OF_ALL = ["kube-root-ca.crt", "default"];

/** What a pod names, each once. */
function usedBy(pod: Fields): Used[] {
  const found: Used[] = [];
  const add = (kind: Used["kind"], name: Plain | undefined): void => {
    if (typeof name !== "string" || OF_ALL.includes(name)) return;
    if (!found.some((each) => each.kind === kind && each.name === name)) found.push({ kind, name });
  };
  add("ServiceAccount", pod.serviceAccountName);
  for (const each of listAt(pod, "imagePullSecrets")) add("Secret", at(each, "name"));
  for (const container of [...listAt(pod, "initContainers"), ...listAt(pod, "containers")]) {
    for (const from of listAt(container, "envFrom")) {
      add("ConfigMap", at(from, "configMapRef", "name"));
      add("Secret", at(from, "secretRef", "name"));
    }
    for (const variable of listAt(container, "env")) {
      add("ConfigMap", at(variable, "valueFrom", "configMapKeyRef", "name"));
      add("Secret", at(variable, "valueFrom", "secretKeyRef", "name"));
    }
  }
  for (const volume of listAt(pod, "volumes")) {
    add("PersistentVolumeClaim", at(volume, "persistentVolumeClaim", "claimName"));
    for (const source of [volume, ...listAt(volume, "projected", "sources")]) {
      add("ConfigMap", at(source, "configMap", "name"));
      add("Secret", at(source, "secret", "secretName") ?? at(source, "secret", "name"));
    }
  }
  return found;
}

/** An app's pods. Everything of kubernetesx, an archived package, is behind this file. */
import type { core } from "@pulumi/kubernetes/types/input";
import { PodBuilder } from "@pulumi/kubernetesx";
import type { Input, Output } from "@pulumi/pulumi";
import type { Protocol } from "../routers";

/** Name of the port that an app listens on: Services refer to it, so the number can change from one pod to the next. */
export const APP_PORT = "http";

/** Seconds between two questions whether a pod has started. */
const STARTUP_PERIOD = 2;

/** What every pod of an app has, whatever its variant. All plain values: see `appPod`. */
export interface PodSettings {
  /**
   * Port that the app listens on.
   *
   * @default 8080
   * @example 3000
   */
  readonly port: number;
  /**
   * Path that answers 200 when the app can serve.
   *
   * @default "/"
   * @example "/healthz"
   */
  readonly healthPath: string;
  /**
   * What the app speaks. With grpc it is asked by gRPC's own health service.
   *
   * @default "http"
   * @example "grpc"
   */
  readonly protocol?: Protocol;
  /**
   * Environment of every pod.
   *
   * @default none
   * @example { LOG_LEVEL: "info" }
   */
  readonly env: Readonly<Record<string, Input<string>>>;
  /**
   * Arguments of the containers.
   *
   * @default the image's own
   * @example ["serve", "--verbose"]
   */
  readonly args?: readonly string[];
  /**
   * Whether a pod is told who it is: its name and namespace in the variables MY_POD_NAME and MY_POD_NAMESPACE, its labels in the
   * file /etc/labels/labels, which follows the labels. https://kubernetes.io/docs/concepts/workloads/pods/downward-api
   *
   * @default false
   * @example true
   */
  readonly downwardApi: boolean;
  /**
   * What each pod asks for (`cpu`, `memory`) and may use at most (`memoryLimit`), as Kubernetes quantities.
   *
   * @default { cpu: "100m", memory: "128Mi", memoryLimit: "256Mi" }
   * @example { memory: "512Mi", memoryLimit: "1Gi" }
   */
  readonly resources: { readonly cpu: string; readonly memory: string; readonly memoryLimit: string };
  /**
   * Whether a pod that would run as root is refused, and the others have no capability at all.
   *
   * @default false
   * @example true
   */
  readonly runAsNonRoot: boolean;
  /**
   * Names of Secrets by which images are pulled.
   *
   * @default none
   * @example ["registry"]
   */
  readonly imagePullSecrets: readonly string[];
  /**
   * The pods' ServiceAccount, such as one that stands for a cloud's role.
   *
   * @default the namespace's own
   * @example "shop-reader"
   */
  readonly serviceAccountName?: string;
  /**
   * Labels of the nodes that pods may run on.
   *
   * @default any node
   * @example { pool: "apps" }
   */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /**
   * Seconds that a pod may take to start before it is started anew.
   *
   * @default 120
   * @example 300
   */
  readonly startupSeconds: number;
  /**
   * Seconds that a pod goes on serving after it was told to end, so that the router can forget it.
   *
   * @default 10
   * @example 20
   */
  readonly preStopSeconds: number;
  /**
   * Seconds after which a pod that was told to end is killed, `preStopSeconds` included.
   *
   * @default 40
   * @example 90
   */
  readonly terminationGraceSeconds: number;
}

/** What the pods of a variant run. */
export interface PodVariant {
  /**
   * Container image.
   *
   * @example "registry.example.com/shop:1.4.0"
   */
  readonly image: string;
  /**
   * Arguments of the container.
   *
   * @default those of the app, else the image's own
   * @example ["serve"]
   */
  readonly args?: readonly string[];
  /**
   * RuntimeClass of the pods.
   *
   * @default the cluster's default runtime
   * @example "gvisor"
   */
  readonly runtimeClass?: string;
}

/** A pod whose containers and volumes can be added to. */
export type AppPod = core.v1.PodSpec & {
  readonly containers: readonly core.v1.Container[];
  readonly volumes?: readonly core.v1.Volume[];
};

/**
 * The pod of one variant.
 *
 * PodBuilder sends the whole pod through one `apply`, in which a single unknown makes everything unknown and a preview shows
 * nothing. So it gets known plain values only, and the environment joins what it built key by key: a Secret's name in
 * it is unknown while the Secret is about to change.
 *
 * @param selector labels of the variant's pods, which are spread over zones and nodes as far as there are any
 * @param secretEnv variables beside `settings.env` whose values are elsewhere
 */
export function appPod(
  app: string,
  variant: PodVariant,
  selector: Record<string, string>,
  settings: PodSettings,
  secretEnv: readonly core.v1.EnvVar[],
): AppPod {
  const container = appContainer(app, variant, settings);
  const { runAsNonRoot, imagePullSecrets, serviceAccountName, nodeSelector } = settings;
  const pod = {
    ...(variant.runtimeClass !== undefined && { runtimeClassName: variant.runtimeClass }),
    ...(serviceAccountName !== undefined && { serviceAccountName }),
    // That of the cluster's API; a cloud mounts its own token beside it.
    automountServiceAccountToken: false,
    ...(imagePullSecrets.length > 0 && { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    terminationGracePeriodSeconds: settings.terminationGraceSeconds,
    securityContext: { ...(runAsNonRoot && { runAsNonRoot }), seccompProfile: { type: "RuntimeDefault" } },
    topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map(
      (topologyKey) => ({
        topologyKey,
        maxSkew: 1,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: selector },
        matchLabelKeys: ["pod-template-hash"],
      }),
    ),
  };
  const built = new PodBuilder({ ...pod, containers: [container] }).podSpec;
  const builtContainer = built.apply(
    (spec) => (spec.containers as core.v1.Container[])[0] as core.v1.Container,
  );
  const { downwardApi } = settings;
  const env = [...plainEnv(settings.env), ...secretEnv, ...(downwardApi ? WHO_IT_IS : [])];
  return {
    ...byKey(built, Object.keys(pod) as (keyof typeof pod)[]),
    containers: [
      {
        ...byKey(builtContainer, Object.keys(container) as (keyof typeof container)[]),
        ...(env.length > 0 && { env }),
        ...(downwardApi && {
          volumeMounts: [{ name: LABELS.name, mountPath: "/etc/labels", readOnly: true }],
        }),
      },
    ],
    ...(downwardApi && { volumes: [LABELS] }),
  };
}

function appContainer(name: string, variant: PodVariant, settings: PodSettings) {
  const { image, args = settings.args } = variant;
  const startupChecks = Math.ceil(settings.startupSeconds / STARTUP_PERIOD);
  const probe = probeOf(settings);
  return {
    name,
    image,
    ...(args !== undefined && { args: [...args] }),
    ports: { [APP_PORT]: settings.port },
    resources: {
      requests: { cpu: settings.resources.cpu, memory: settings.resources.memory },
      limits: { memory: settings.resources.memoryLimit },
    },
    // Else capabilities stay the runtime's: official images such as nginx start as root and need some to become another user.
    securityContext: {
      allowPrivilegeEscalation: false,
      ...(settings.runAsNonRoot && { capabilities: { drop: ["ALL"] } }),
    },
    // Time to start; then out of service after ten seconds, and started anew after thirty.
    startupProbe: { ...probe, periodSeconds: STARTUP_PERIOD, failureThreshold: startupChecks },
    readinessProbe: { ...probe, periodSeconds: 5, failureThreshold: 2 },
    livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 3 },
    // The kubelet's own sleep, for images without a shell; Kubernetes 1.30 or later.
    ...(settings.preStopSeconds > 0 && {
      lifecycle: { preStop: { sleep: { seconds: settings.preStopSeconds } } },
    }),
  };
}

const fieldRef = (fieldPath: string) => ({ fieldRef: { fieldPath } });

/** Variables of `downwardApi`. */
const WHO_IT_IS: readonly core.v1.EnvVar[] = [
  { name: "MY_POD_NAME", valueFrom: fieldRef("metadata.name") },
  { name: "MY_POD_NAMESPACE", valueFrom: fieldRef("metadata.namespace") },
];
/** A volume and not a file by `subPath`, which would stay as it was when the pod started. */
const LABELS = {
  name: "labels",
  downwardAPI: { items: [{ path: "labels", ...fieldRef("metadata.labels") }] },
};

/** Sorted, so that the order of keys in a stack file is never a change. */
function plainEnv(env: Readonly<Record<string, Input<string>>>): core.v1.EnvVar[] {
  return Object.entries(env)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
}

/** The keys of a known object as Outputs of their own, so that an unknown beside them leaves them known. */
function byKey<T extends object, K extends keyof T>(value: Output<T>, keys: K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, value.apply((known) => (known as T)[key])])) as Pick<
    T,
    K
  >;
}

function probeOf({ protocol, healthPath, port }: PodSettings): object {
  if (protocol === "grpc") return { grpc: { port } };
  return {
    httpGet: { path: healthPath, port: APP_PORT, ...(protocol === "https" && { scheme: "HTTPS" }) },
  };
}

import { Deployment, type DeploymentArgs } from "@pulumi/kubernetes/apps/v1/deployment";
import {
  HorizontalPodAutoscaler,
  type HorizontalPodAutoscalerArgs,
} from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler";
import { Secret, type SecretArgs } from "@pulumi/kubernetes/core/v1/secret";
import { Service, type ServiceArgs } from "@pulumi/kubernetes/core/v1/service";
import { NetworkPolicy, type NetworkPolicyArgs } from "@pulumi/kubernetes/networking/v1/networkPolicy";
import {
  PodDisruptionBudget,
  type PodDisruptionBudgetArgs,
} from "@pulumi/kubernetes/policy/v1/podDisruptionBudget";
import type { core } from "@pulumi/kubernetes/types/input";
import { ComponentResource, type ComponentResourceOptions, type Input, type Resource } from "@pulumi/pulumi";
import { type Complete, withDefaults } from "../defaults";
import { SERVICE_PORT } from "../routers";
import { type Transforms, transformed } from "../transform";
import { autoscaler, DEPLOYMENT, type Scaling } from "./autoscaling";
import { withoutAwait } from "./await";
import { type Sidecar, withSidecar } from "./debug-canary";
import { POD_DEFAULTS, POD_RESOURCES, REPLICAS } from "./defaults";
import { DEBUG_LABEL, variantLabels } from "./labels";
import { APP_PORT, appPod, type PodSettings, type PodVariant } from "./pods";

/** Annotation of a baseline's pods: the image of the canary that they stand beside. */
const BESIDE = "canary-traffic/beside";

/** What one variant runs. */
export interface Workload extends PodVariant {
  /**
   * Number of pods, unless there is `scaling`.
   *
   * @default 3 for the primary, 1 for a canary
   * @example 5
   */
  readonly replicas?: number;
  /**
   * Lets the cluster choose the number of pods.
   *
   * @default a fixed number
   * @example { min: 2, max: 10, cpuPercent: 70 }
   */
  readonly scaling?: Scaling;
  /**
   * Makes it a debug canary: a container with debugging tools that sees the app's processes.
   *
   * @default none
   * @example { image: "nicolaka/netshoot:v0.14", privileged: false }
   */
  readonly sidecar?: Sidecar;
  /**
   * Makes it what a canary with this image is compared with: a new one means new pods here, too, as warm ones have it easier.
   *
   * @default none
   * @example "registry.example.com/shop:1.5.0"
   */
  readonly beside?: string;
}

export interface CanaryAppArgs extends Partial<Omit<PodSettings, "resources">> {
  /**
   * What each pod asks for (`cpu`, `memory`) and may use at most (`memoryLimit`), as Kubernetes quantities; what is left out
   * has its default.
   *
   * @default { cpu: "100m", memory: "128Mi", memoryLimit: "256Mi" }
   * @example { memory: "512Mi", memoryLimit: "1Gi" }
   */
  readonly resources?: Partial<PodSettings["resources"]>;
  /**
   * Namespace of all the app's objects. It must exist: give the component `dependsOn` what makes it.
   *
   * @example "shop"
   */
  readonly namespace: string;
  /**
   * Port of the Services.
   *
   * @default 80
   * @example 8000
   */
  readonly servicePort?: number;
  /**
   * Type of the Services.
   *
   * @default ClusterIP
   * @example "NodePort"
   */
  readonly serviceType?: "NodePort";
  /**
   * Deployment and Service of the app's own name.
   *
   * @example { image: "registry.example.com/shop:1.4.0", replicas: 5 }
   */
  readonly primary: Omit<Workload, "sidecar" | "beside">;
  /**
   * Deployments and Services named after the app and the variant, such as `myapp-canary`.
   *
   * @default none
   * @example [{ name: "canary", image: "registry.example.com/shop:1.5.0" }]
   */
  readonly canaries?: readonly (Workload & { readonly name: string })[];
  /**
   * Environment from a Secret. The variables' names are plain; pods are replaced when a value changes.
   *
   * @default none
   * @example { DB_PASSWORD: config.requireSecret("dbPassword") }
   */
  readonly secretEnv?: Readonly<Record<string, Input<string>>>;
  /**
   * What an autoscaler scales if a controller in the cluster shifts the weights: it then writes the Deployment's number of
   * pods and the Service's selector.
   *
   * @default the Deployment, whose number of pods and selector are the program's
   * @example { apiVersion: "apps/v1", kind: "Deployment" }
   */
  readonly controlled?: typeof DEPLOYMENT;
  /**
   * Address ranges that alone may ask the pods, beside their own namespace.
   *
   * @default whoever reaches them
   * @example ["10.0.0.0/16"]
   */
  readonly admits?: readonly string[];
  /**
   * Whether Pulumi refuses to delete or replace Deployments and Services.
   *
   * @default false
   * @example true
   */
  readonly protect?: boolean;
  /**
   * Changes to the args of children, by kind.
   *
   * @default none
   * @example { deployment: (args) => ({ ...args, metadata: { ...args.metadata, annotations: { team: "shop" } } }) }
   */
  readonly transform?: Transforms<{
    secret: SecretArgs;
    deployment: DeploymentArgs;
    service: ServiceArgs;
    podDisruptionBudget: PodDisruptionBudgetArgs;
    networkPolicy: NetworkPolicyArgs;
    horizontalPodAutoscaler: HorizontalPodAutoscalerArgs;
  }>;
}

/** One version of the app: its name, that of its objects, and the labels that no other version's pods have together. */
interface Variant extends Workload {
  readonly replicas: number;
  readonly objectName: string;
  readonly selector: Record<string, string>;
}

/** Type of what an app is on Kubernetes, whoever makes its pods. */
/** Args with all that has a default. */
type CompleteArgs = Complete<CanaryAppArgs, keyof typeof POD_DEFAULTS> &
  Required<Pick<CanaryAppArgs, "servicePort" | "canaries">> &
  Pick<PodSettings, "resources">;

const completed = (args: CanaryAppArgs): CompleteArgs => ({
  ...withDefaults(args, { ...POD_DEFAULTS, servicePort: SERVICE_PORT, canaries: [] }),
  resources: withDefaults(args.resources ?? {}, POD_RESOURCES),
});

export const CANARY_APP = "canary-traffic:kubernetes:CanaryApp";

/** An app whose Services and pods somebody else makes: nothing but the parent of its routes. */
export class AppOfOthers extends ComponentResource {
  readonly workloads: readonly Resource[] = [];

  constructor(name: string, opts?: ComponentResourceOptions) {
    super(CANARY_APP, name, {}, opts);
    this.registerOutputs({});
  }
}

/**
 * An app's workloads: a Deployment and a Service for the primary and for every canary. What shares requests out between them
 * is `canaryRoutes`, or objects of your own.
 *
 * @example
 * ```typescript
 * const shop = new CanaryApp("shop", {
 *   namespace: "shop",
 *   primary: { image: "registry.example.com/shop:1.4.0" },
 *   canaries: [{ name: "canary", image: "registry.example.com/shop:1.5.0" }],
 * });
 * ```
 */
export class CanaryApp extends ComponentResource {
  /** The args with the defaults of those that were left out. */
  readonly args: CompleteArgs;
  /** Deployments and Services: what must be there before requests are shifted. */
  readonly workloads: readonly Resource[];

  constructor(
    /** The app's name. */
    readonly name: string,
    args: CanaryAppArgs,
    opts?: ComponentResourceOptions,
  ) {
    super(CANARY_APP, name, {}, opts);
    this.args = completed(args);
    const secretEnv = this.secretEnv();
    this.networkPolicy();
    this.workloads = variantsOf(name, this.args).flatMap((variant) => {
      this.podDisruptionBudget(variant);
      this.autoscaler(variant);
      return [this.deployment(variant, secretEnv), this.service(variant)];
    });
    this.registerOutputs({});
  }

  /** A proxy on the host's network comes with its node's address: no label selects it. */
  private networkPolicy(): void {
    const { admits, namespace, transform } = this.args;
    if (admits === undefined) return;
    const args: NetworkPolicyArgs = {
      metadata: { name: this.name, namespace, labels: this.labels() },
      spec: {
        podSelector: { matchLabels: { "app.kubernetes.io/name": this.name } },
        policyTypes: ["Ingress"],
        ingress: [{ from: [...admits.map((cidr) => ({ ipBlock: { cidr } })), { podSelector: {} }] }],
      },
    };
    new NetworkPolicy(this.name, transformed(args, transform?.networkPolicy), { parent: this });
  }

  /** The Secret is auto-named: a changed value makes a new one, and its name replaces the pods one by one. */
  private secretEnv(): core.v1.EnvVar[] {
    const values = this.args.secretEnv ?? {};
    const names = Object.keys(values).sort();
    if (names.length === 0) return [];
    const metadata = { namespace: this.args.namespace, labels: this.labels() };
    const args = transformed({ metadata, stringData: values }, this.args.transform?.secret);
    const secret = new Secret(this.name, args, { parent: this });
    return names.map((key) => ({
      name: key,
      valueFrom: { secretKeyRef: { name: secret.metadata.name, key } },
    }));
  }

  private deployment(variant: Variant, secretEnv: core.v1.EnvVar[]): Deployment {
    const { scaling, sidecar, beside } = variant;
    const labels = { ...this.labels(variant), ...versionLabel(variant.image) };
    const pod = appPod(this.name, variant, variant.selector, this.args, secretEnv);
    const args: DeploymentArgs = {
      metadata: { ...this.metadata(variant), labels },
      spec: {
        ...(scaling === undefined && { replicas: variant.replicas }),
        selector: { matchLabels: variant.selector },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 } },
        template: {
          metadata: {
            labels: { ...labels, ...(sidecar && { [DEBUG_LABEL]: "true" }) },
            ...(beside !== undefined && { annotations: { [BESIDE]: beside } }),
          },
          spec: sidecar ? withSidecar(pod, sidecar, this.args) : pod,
        },
      },
    };
    return new Deployment(variant.objectName, transformed(args, this.args.transform?.deployment), {
      parent: this,
      protect: this.args.protect,
      ...this.ignoring("spec.replicas"),
      customTimeouts: rolloutTimeouts(this.args.startupSeconds),
    });
  }

  private service(variant: Variant): Service {
    const args: ServiceArgs = {
      metadata: { ...this.metadata(variant), annotations: withoutAwait },
      spec: {
        ...(this.args.serviceType !== undefined && { type: this.args.serviceType }),
        selector: variant.selector,
        ports: [{ name: "http", port: this.args.servicePort, targetPort: APP_PORT, ...this.appProtocol() }],
      },
    };
    return new Service(variant.objectName, transformed(args, this.args.transform?.service), {
      parent: this,
      protect: this.args.protect,
      ...this.ignoring("spec.selector"),
    });
  }

  /** By which Gateways and meshes know that pods speak HTTP/2: https://gateway-api.sigs.k8s.io/geps/gep-1911/ */
  private appProtocol(): { appProtocol?: string } {
    const { protocol } = this.args;
    return protocol === "h2c" || protocol === "grpc" ? { appProtocol: "kubernetes.io/h2c" } : {};
  }

  /** For fields that a controller writes. */
  private ignoring(path: string): { ignoreChanges?: string[] } {
    return this.args.controlled === undefined ? {} : { ignoreChanges: [path] };
  }

  /** One pod at a time: a drain never takes a variant's pods together, and a variant of one pod never blocks a drain. */
  private podDisruptionBudget(variant: Variant): PodDisruptionBudget {
    const args: PodDisruptionBudgetArgs = {
      metadata: this.metadata(variant),
      spec: {
        maxUnavailable: 1,
        selector: { matchLabels: variant.selector },
        // A canary that crashes must not keep a node from being drained.
        unhealthyPodEvictionPolicy: "AlwaysAllow",
      },
    };
    const { podDisruptionBudget } = this.args.transform ?? {};
    return new PodDisruptionBudget(variant.objectName, transformed(args, podDisruptionBudget), {
      parent: this,
    });
  }

  private autoscaler(variant: Variant): void {
    if (variant.scaling === undefined) return;
    const { controlled = DEPLOYMENT } = this.args;
    const args = autoscaler(this.metadata(variant), variant.scaling, controlled);
    new HorizontalPodAutoscaler(
      variant.objectName,
      transformed(args, this.args.transform?.horizontalPodAutoscaler),
      { parent: this },
    );
  }

  private labels(variant?: Variant): Record<string, string> {
    return {
      "app.kubernetes.io/name": this.name,
      "app.kubernetes.io/managed-by": "pulumi",
      ...(variant && { ...variant.selector, "app.kubernetes.io/instance": variant.objectName }),
    };
  }

  private metadata(variant: Variant) {
    return { name: variant.objectName, namespace: this.args.namespace, labels: this.labels(variant) };
  }
}

function variantsOf(app: string, { primary, canaries }: CompleteArgs): Variant[] {
  return [
    {
      ...primary,
      replicas: primary.replicas ?? REPLICAS.primary,
      objectName: app,
      selector: variantLabels(app, "primary"),
    },
    ...canaries.map((canary) => ({
      ...canary,
      replicas: canary.replicas ?? REPLICAS.canary,
      objectName: `${app}-${canary.name}`,
      selector: variantLabels(app, canary.beside === undefined ? "canary" : "baseline", canary.name),
    })),
  ];
}

/** A quarter of the pods starts at a time, so a rollout takes four starts, and some time more. Pulumi's default: 10 minutes. */
function rolloutTimeouts(startupSeconds: number): { create: string; update: string } {
  const longest = `${Math.max(600, 5 * startupSeconds)}s`;
  return { create: longest, update: longest };
}

/** The image's tag, if it is one and can be a label's value. */
function versionLabel(image: string): Record<string, string> {
  const tag = /:([a-zA-Z0-9]([\w.-]{0,61}[a-zA-Z0-9])?)$/.exec(image)?.[1];
  return tag === undefined ? {} : { "app.kubernetes.io/version": tag };
}

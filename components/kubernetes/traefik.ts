import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { DaemonSet, type DaemonSetArgs } from "@pulumi/kubernetes/apps/v1/daemonSet";
import { ConfigMap, type ConfigMapArgs } from "@pulumi/kubernetes/core/v1/configMap";
import { Service, type ServiceArgs } from "@pulumi/kubernetes/core/v1/service";
import { ServiceAccount, type ServiceAccountArgs } from "@pulumi/kubernetes/core/v1/serviceAccount";
import { Release, type ReleaseArgs } from "@pulumi/kubernetes/helm/v3/release";
import { IngressClass, type IngressClassArgs } from "@pulumi/kubernetes/networking/v1/ingressClass";
import { ClusterRole, type ClusterRoleArgs } from "@pulumi/kubernetes/rbac/v1/clusterRole";
import {
  ClusterRoleBinding,
  type ClusterRoleBindingArgs,
} from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding";
import { RoleBinding, type RoleBindingArgs } from "@pulumi/kubernetes/rbac/v1/roleBinding";
import type { rbac } from "@pulumi/kubernetes/types/input";
import { ComponentResource, type ComponentResourceOptions, type Resource } from "@pulumi/pulumi";
import { type Complete, withDefaults } from "../defaults";
import type { Manifest } from "../routers";
import { TRAEFIK_GATEWAY_CLASS } from "../routers/gateway";
import { type Transforms, transformed } from "../transform";
import { withoutAwait } from "./await";
import { TRAEFIK_DEFAULTS, TRAEFIK_IMAGES, TRAEFIK_RESOURCES } from "./defaults";
import { configFiles, type TraefikConfigArgs, type TraefikVersion } from "./traefik-config";
import { type TraefikResources, traefikPod } from "./traefik-pod";
import { clusterRules, namespaceRules } from "./traefik-rbac";
import { configFilesV1, namespaceRulesV1 } from "./traefik-v1";

export interface TraefikArgs extends Partial<TraefikConfigArgs> {
  /**
   * Traefik 3, or Traefik 1.7 for clusters before Kubernetes 1.22.
   *
   * @default "v3"
   * @example "v1"
   */
  readonly version?: TraefikVersion;
  /**
   * Container image, of that version.
   *
   * @default "traefik:v3.7.5", or "traefik:v1.7.16-alpine"
   * @example "registry.example.com/traefik:v3.7.5"
   */
  readonly image?: string;
  /**
   * Namespace of everything here that has one. It must exist: give the component `dependsOn` what makes it.
   *
   * @example "traefik"
   */
  readonly namespace: string;
  /**
   * Whether to install Traefik's custom resource definitions, which a cluster has once.
   *
   * @default true
   * @example false
   */
  readonly installCrds?: boolean;
  /**
   * Version of the chart `traefik-crds`, see https://traefik.github.io/charts.
   *
   * @default "1.18.0"
   * @example "1.17.0"
   */
  readonly crdsChartVersion?: string;
  /**
   * TLS Secret in `namespace` with the certificate of hosts that have no other.
   *
   * @default a self-signed certificate
   * @example "wildcard"
   */
  readonly defaultCertificateSecret?: string;
  /**
   * What each pod asks for and may use at most; what is left out has its default.
   *
   * @default { cpu: "100m", memory: "150Mi", cpuLimit: "200m", memoryLimit: "300Mi" }
   * @example { cpuLimit: "1", memoryLimit: "1Gi" }
   */
  readonly resources?: Partial<TraefikResources>;
  /**
   * PriorityClass of the pods.
   *
   * @default the cluster's own
   * @example "system-cluster-critical"
   */
  readonly priorityClassName?: string;
  /**
   * Whether Pulumi refuses to delete or replace the DaemonSet and the Service.
   *
   * @default false
   * @example true
   */
  readonly protect?: boolean;
  /**
   * Changes to the args of children, by kind.
   *
   * @default none
   * @example { daemonSet: (args) => ({ ...args, metadata: { ...args.metadata, annotations: { team: "edge" } } }) }
   */
  readonly transform?: Transforms<{
    crds: ReleaseArgs;
    configMap: ConfigMapArgs;
    serviceAccount: ServiceAccountArgs;
    clusterRole: ClusterRoleArgs;
    clusterRoleBinding: ClusterRoleBindingArgs;
    roleBinding: RoleBindingArgs;
    tlsStore: Manifest;
    daemonSet: DaemonSetArgs;
    service: ServiceArgs;
    ingressClass: IngressClassArgs;
    gatewayClass: Manifest;
  }>;
}

/** Args with all that has a default. */
type CompleteArgs = Complete<TraefikArgs, keyof typeof TRAEFIK_DEFAULTS> &
  Required<Pick<TraefikArgs, "image" | "providers">> & { readonly resources: TraefikResources };

const completed = (args: TraefikArgs): CompleteArgs => ({
  ...withDefaults(args, {
    ...TRAEFIK_DEFAULTS,
    image: TRAEFIK_IMAGES[args.version ?? "v3"],
    providers: ["crd" as const],
  }),
  resources: withDefaults(args.resources ?? {}, TRAEFIK_RESOURCES),
});

/**
 * Traefik on every edge node, and an IngressClass for the routes that it serves. Edge nodes have the label `edge-node-label`.
 *
 * @example
 * ```typescript
 * const edge = new TraefikEdge("traefik", { namespace: "traefik" });
 * ```
 */
export class Traefik extends ComponentResource {
  /** What makes the kinds IngressRoute and TraefikService; undefined if the cluster has them. Routes depend on it. */
  readonly crds: Release | undefined;
  private readonly args: CompleteArgs;

  constructor(
    private readonly name: string,
    args: TraefikArgs,
    opts?: ComponentResourceOptions,
  ) {
    super("canary-traffic:kubernetes:Traefik", name, {}, opts);
    this.args = completed(args);
    this.crds = this.args.installCrds && !this.old ? this.customResourceDefinitions() : undefined;
    const configMap = this.configMap();
    const serviceAccount = this.serviceAccount();
    const bindings = this.bindings(serviceAccount);
    this.daemonSet(configMap, serviceAccount, [...bindings, ...(this.crds ? [this.crds] : [])]);
    this.defaultCertificate();
    this.service();
    if (!this.old) {
      this.ingressClass();
      this.gatewayClass();
    }
    this.registerOutputs({});
  }

  /** Kept when the stack is destroyed: other teams' routes hang on them. */
  private customResourceDefinitions(): Release {
    const args: ReleaseArgs = {
      chart: "traefik-crds",
      version: this.args.crdsChartVersion,
      repositoryOpts: { repo: "https://traefik.github.io/charts" },
      namespace: this.args.namespace,
    };
    const { transform } = this.args;
    return new Release(`${this.name}-crds`, transformed(args, transform?.crds), {
      parent: this,
      retainOnDelete: true,
    });
  }

  private configMap(): ConfigMap {
    const args: ConfigMapArgs = {
      metadata: this.metadata(),
      data: this.old ? configFilesV1(this.args) : configFiles(this.args),
    };
    return new ConfigMap(this.name, transformed(args, this.args.transform?.configMap), { parent: this });
  }

  private serviceAccount(): ServiceAccount {
    const args: ServiceAccountArgs = { metadata: this.metadata() };
    return new ServiceAccount(this.name, transformed(args, this.args.transform?.serviceAccount), {
      parent: this,
    });
  }

  /** Its rights in all namespaces, or in those alone whose routes are served, and on the cluster itself. */
  private bindings(account: ServiceAccount): Resource[] {
    const { namespaces, providers } = this.args;
    const served = this.old ? namespaceRulesV1 : namespaceRules(providers);
    const ofCluster = this.old ? [] : clusterRules(providers, namespaces !== undefined);
    if (namespaces === undefined) return [this.clusterWide(this.name, [...served, ...ofCluster], account)];
    return [
      ...this.inNamespaces(namespaces, served, account),
      ...(ofCluster.length === 0 ? [] : [this.clusterWide(`${this.name}-cluster`, ofCluster, account)]),
    ];
  }

  private clusterWide(name: string, rules: rbac.v1.PolicyRule[], account: ServiceAccount): Resource {
    const granted = this.granted(this.clusterRole(name, rules), account);
    const args: ClusterRoleBindingArgs = { metadata: { labels: this.labels() }, ...granted };
    const binding = transformed(args, this.args.transform?.clusterRoleBinding);
    return new ClusterRoleBinding(name, binding, { parent: this });
  }

  private inNamespaces(
    namespaces: readonly string[],
    rules: rbac.v1.PolicyRule[],
    account: ServiceAccount,
  ): Resource[] {
    const granted = this.granted(this.clusterRole(this.name, rules), account);
    return namespaces.map((namespace) => {
      const args: RoleBindingArgs = { metadata: { namespace, labels: this.labels() }, ...granted };
      const binding = transformed(args, this.args.transform?.roleBinding);
      return new RoleBinding(`${this.name}-${namespace}`, binding, { parent: this });
    });
  }

  private clusterRole(name: string, rules: rbac.v1.PolicyRule[]): ClusterRole {
    const args: ClusterRoleArgs = { metadata: { labels: this.labels() }, rules };
    return new ClusterRole(name, transformed(args, this.args.transform?.clusterRole), { parent: this });
  }

  private granted(role: ClusterRole, account: ServiceAccount) {
    return {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace: this.args.namespace }],
    };
  }

  /**
   * Traefik knows one TLSStore in the cluster, by the name `default`. It watches the Secret, so that a renewed certificate is
   * served without a restart.
   */
  private defaultCertificate(): void {
    const { defaultCertificateSecret: secretName, transform } = this.args;
    if (secretName === undefined) return;
    const args: Manifest = {
      apiVersion: "traefik.io/v1alpha1",
      kind: "TLSStore",
      metadata: { ...this.metadata(), name: "default" },
      spec: { defaultCertificate: { secretName } },
    };
    new CustomResource(
      `${this.name}-default`,
      { ...transformed(args, transform?.tlsStore) },
      { parent: this, protect: this.args.protect, dependsOn: this.crds ? [this.crds] : [] },
    );
  }

  private daemonSet(configMap: ConfigMap, serviceAccount: ServiceAccount, dependsOn: Resource[]): DaemonSet {
    const args: DaemonSetArgs = {
      metadata: this.metadata(this.name),
      spec: {
        selector: { matchLabels: this.selector() },
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } },
        // A load balancer takes as long to notice that a node is back as that it is gone.
        minReadySeconds: this.args.acceptGraceSeconds,
        template: {
          metadata: { labels: this.labels() },
          spec: traefikPod({
            image: this.args.image,
            serviceAccountName: serviceAccount.metadata.name,
            configMapName: configMap.metadata.name,
            resources: this.args.resources,
            priorityClassName: this.args.priorityClassName,
          }),
        },
      },
    };
    return new DaemonSet(this.name, transformed(args, this.args.transform?.daemonSet), {
      parent: this,
      dependsOn,
      protect: this.args.protect,
      // Node after node, each up to two minutes.
      customTimeouts: { create: "2h", update: "2h" },
    });
  }

  /** For clients and load balancers that reach nodes by port; apps' traffic alone, neither ping nor metrics. */
  private service(): Service {
    const args: ServiceArgs = {
      metadata: { ...this.metadata(this.name), annotations: withoutAwait },
      spec: {
        type: "NodePort",
        // Only edge nodes answer, and Traefik sees the client's address, by which forwarded headers are trusted.
        externalTrafficPolicy: "Local",
        selector: this.selector(),
        ports: [
          { name: "web", port: 80, targetPort: "web" },
          { name: "websecure", port: 443, targetPort: "websecure" },
        ],
      },
    };
    return new Service(this.name, transformed(args, this.args.transform?.service), {
      parent: this,
      protect: this.args.protect,
    });
  }

  private ingressClass(): IngressClass {
    const args: IngressClassArgs = {
      metadata: { name: this.args.ingressClass, labels: this.labels() },
      spec: { controller: "traefik.io/ingress-controller" },
    };
    return new IngressClass(this.args.ingressClass, transformed(args, this.args.transform?.ingressClass), {
      parent: this,
    });
  }

  /** The class of the apps' own Gateways. The cluster has the Gateway API's custom resource definitions. */
  private gatewayClass(): void {
    if (!this.args.providers.includes("gateway")) return;
    const args: Manifest = {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "GatewayClass",
      metadata: { name: TRAEFIK_GATEWAY_CLASS, labels: this.labels() },
      spec: { controllerName: "traefik.io/gateway-controller" },
    };
    const manifest = transformed(args, this.args.transform?.gatewayClass);
    new CustomResource(TRAEFIK_GATEWAY_CLASS, { ...manifest }, { parent: this });
  }

  private get old(): boolean {
    return this.args.version === "v1";
  }

  private selector() {
    return { "app.kubernetes.io/name": "traefik", "app.kubernetes.io/instance": this.name };
  }

  private labels() {
    return { ...this.selector(), "app.kubernetes.io/managed-by": "pulumi" };
  }

  private metadata(name?: string) {
    return { ...(name !== undefined && { name }), namespace: this.args.namespace, labels: this.labels() };
  }
}

/** Apps to route requests to, of the program's own making. */
import type { V1Pod } from "@kubernetes/client-node";
import { type RouterName, routers } from "../../components/routers";
import { isReady, type Lab } from "../../lab/client";
import type { KubernetesObject } from "../../lab/cluster";
import { origins } from "./edges";
import { everyProvider } from "./providers";
import { rendered } from "./rendered";

/** Where requests to an app come in. */
export interface From {
  origins(): Promise<readonly string[]>;
  /** Whether that is within the cluster: the app has no host. */
  readonly inside?: boolean;
}

const edgesOf = (lab: Lab): From => ({ origins: () => origins(lab) });

/** An app that the program renders beside those of stack dev, with a canary and a namespace of its own. */
export class App {
  private constructor(
    private readonly lab: Lab,
    readonly name: string,
    private readonly settings: readonly string[],
    private readonly from: From,
  ) {}

  /**
   * Resolves once all pods are ready and requests are routed to them from everywhere.
   *
   * @param settings below `apps.<name>`, such as `canaryWeight=25`
   * @param from where requests come in; default the edge nodes
   */
  static async deploy(
    lab: Lab,
    name: string,
    settings: readonly string[] = [],
    from: From = edgesOf(lab),
  ): Promise<App> {
    const app = new App(lab, name, settings, from);
    await lab.apply(await app.objects());
    await app.untilReady();
    return app;
  }

  /** An app of which nothing is applied. */
  static rendered(lab: Lab, name: string, settings: readonly string[] = [], from: From = edgesOf(lab)): App {
    return new App(lab, name, settings, from);
  }

  /** What its users ask for. */
  get host(): string {
    return this.from.inside
      ? `${this.name}-front.${this.name}.svc.cluster.local`
      : `${this.name}.example.com`;
  }

  /** Leads to the canary alone. */
  get canaryHost(): string {
    return `canary.${this.host}`;
  }

  /** What `canary render` prints of the app. */
  async objects(settings: readonly string[] = []): Promise<KubernetesObject[]> {
    const given = [
      ...(this.from.inside ? [] : [`host=${this.host}`, `canaryHost=${this.canaryHost}`]),
      `image=registry.example.com/${this.name}:1.0.0`,
      `canaryImage=registry.example.com/${this.name}:1.1.0`,
      // A switch that makes the app misbehave leaves its probes alone, unless it is about readiness.
      "healthPath=/readyz",
      ...this.settings,
      ...settings,
    ];
    const objects = await rendered("dev", [
      ...everyProvider,
      ...given.map((setting) => `apps.${this.name}.${setting}`),
    ]);
    return objects.filter(({ kind, metadata }) =>
      kind === "Namespace" ? metadata.name === this.name : metadata.namespace === this.name,
    );
  }

  /** The app's routing objects. */
  async routes(settings: readonly string[] = []): Promise<KubernetesObject[]> {
    const workloads = ["Namespace", "Deployment", "Service", "PodDisruptionBudget"];
    return (await this.objects(settings)).filter(({ kind }) => !workloads.includes(kind));
  }

  /** Changes settings for good by applying what changes with them: for a weight, the TraefikService alone. */
  async configure(...settings: string[]): Promise<KubernetesObject[]> {
    const applied = await this.lab.apply(await this.objects(settings));
    return applied.filter(({ change }) => change !== "unchanged").map(({ object }) => object);
  }

  /** One of the app's objects as it is rendered. */
  async object(kind: string, name = this.name, settings: readonly string[] = []): Promise<KubernetesObject> {
    const objects = await this.objects(settings);
    const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
    if (found === undefined) throw new Error(`no ${kind} ${name} is rendered`);
    return found;
  }

  /** Changes the canary's weight. Resolves when the API server has it, before any Traefik does. */
  async shift(weight: number): Promise<void> {
    const { touches } = routers[this.router].traits;
    const objects = await this.objects([`canaryWeight=${weight}`]);
    await this.lab.apply(objects.filter(({ kind }) => touches.includes(kind)));
  }

  private get router(): RouterName {
    return (this.setting("router") ?? "traefik") as RouterName;
  }

  /** The path of its hosts that it has. */
  private get path(): string {
    return this.setting("path") ?? "/";
  }

  private setting(key: string): string | undefined {
    return this.settings.find((text) => text.startsWith(`${key}=`))?.slice(key.length + 1);
  }

  pods(variant?: string): Promise<V1Pod[]> {
    const labels = `app.kubernetes.io/name=${this.name}`;
    return this.lab.pods(variant === undefined ? labels : `${labels},variant=${variant}`, this.name);
  }

  /** The canary's only pod. */
  async canaryPod(): Promise<V1Pod> {
    const [pod] = await this.pods("canary");
    if (pod === undefined) throw new Error(`${this.name} has no canary pod`);
    return pod;
  }

  /** Waits until as many pods are ready as there should be, and every edge node routes to both variants. */
  async untilReady(): Promise<void> {
    const wanted = (await this.objects())
      .filter(({ kind, metadata }) => kind === "Deployment" && metadata.name !== `${this.name}-proxy`)
      .reduce((sum, { spec }) => sum + (spec as { replicas: number }).replicas, 0);
    await this.lab.until(`${wanted} pods of ${this.name} are ready`, async () => {
      const pods = await this.pods();
      return pods.length === wanted && pods.every(isReady);
    });
    const edges = await this.from.origins();
    await this.lab.until(`${this.name} is routed from everywhere`, async () => {
      const hosts = [this.host, ...(this.from.inside ? [] : [this.canaryHost])];
      const asked = edges.flatMap((origin) =>
        hosts.map((host) => this.lab.get(`${origin}${this.path}`, { host })),
      );
      return (await Promise.all(asked)).every(({ status }) => status === 200);
    });
  }

  /** Removes the app. Resolves when nothing of it is left that a Traefik could hear of. */
  async remove(): Promise<void> {
    const [namespace, ...others] = await this.objects();
    for (const object of others) await this.lab.cluster.delete(object);
    await this.lab.until(`${this.name} is gone`, async () => (await this.pods()).length === 0);
    if (namespace !== undefined) await this.lab.cluster.delete(namespace);
  }
}

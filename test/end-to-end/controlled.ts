/** An app whose weights a controller in the cluster shifts, as the program renders it. */
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { AppsV1Api, type V1Deployment } from "@kubernetes/client-node";
import { stringify } from "yaml";
import { isReady, type Lab } from "../../lab/client";
import type { KubernetesObject } from "../../lab/cluster";
import { readConfiguration } from "../../offline/configuration";
import { renderObjects } from "../../offline/manifests";
import { evaluate } from "../../offline/program";
import { origins } from "./edges";

const PROJECT = resolve(__dirname, "..", "..");
const STACK = "controlled";

type Raw = Readonly<Record<string, unknown>>;

/** A weight of the new version, and when it was seen in the cluster first and last, in milliseconds since the epoch. */
export interface Shift {
  readonly weight: number;
  readonly at: number;
  readonly until: number;
}

export class ControlledApp {
  /** @param rollout settings below `rollout` */
  constructor(
    private readonly lab: Lab,
    readonly name: string,
    private readonly rollout: Raw,
  ) {}

  get host(): string {
    return `${this.name}.example.com`;
  }

  /** What `canary render` prints. */
  async objects(settings: Raw = {}): Promise<KubernetesObject[]> {
    return (await this.declared(settings)).map(({ object }) => object);
  }

  /** What the stack's next update sends: its objects without the fields that it leaves to the controller. */
  async nextUpdate(settings: Raw = {}): Promise<KubernetesObject[]> {
    const declared = await this.declared(settings);
    return declared.map(({ object, ignored }) =>
      ignored.reduce((sent, path) => without(sent, path.split(".")) as KubernetesObject, object),
    );
  }

  private async declared(settings: Raw): Promise<Declared[]> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "canary-controlled-")));
    const app = {
      host: this.host,
      image: imageOf(this.name, "1.0.0"),
      replicas: 2,
      healthPath: "/readyz",
      preStopSeconds: 3,
      ...settings,
    };
    const config = {
      "canary-traffic:traefik": { install: false, ingressClass: "traefik-external" },
      "canary-traffic:apps": { [this.name]: app },
      "canary-traffic:rollout": this.rollout,
    };
    const project = { name: "canary-traffic", main: join(PROJECT, "index.ts"), runtime: "nodejs" };
    try {
      writeFileSync(join(folder, "Pulumi.yaml"), stringify(project));
      writeFileSync(join(folder, `Pulumi.${STACK}.yaml`), stringify({ config }));
      symlinkSync(join(PROJECT, "node_modules"), join(folder, "node_modules"), "junction");
      const { states } = await evaluate(folder, readConfiguration(folder, STACK, []), []);
      return states.flatMap((state) =>
        renderObjects([state]).objects.map((object) => ({
          object: object as unknown as KubernetesObject,
          ignored: state.ignoreChanges ?? [],
        })),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** Resolves once the app is deployed and served at every edge node. */
  async deploy(): Promise<void> {
    await this.lab.apply(await this.objects());
    const edges = await origins(this.lab);
    await this.lab.until(`${this.name} is served at every edge node`, async () => {
      const asked = edges.map((origin) => this.lab.get(origin, { host: this.host }));
      return (await Promise.all(asked)).every(({ status }) => status === 200);
    });
  }

  /** Changes what pods run by applying the Deployment alone, without the number of pods that the controller writes. */
  async change(version: string, settings: Raw = {}): Promise<void> {
    const objects = await this.objects({ image: imageOf(this.name, version), ...settings });
    const deployment = objects.find(({ kind }) => kind === "Deployment");
    if (deployment === undefined) throw new Error("no Deployment is rendered");
    const { replicas: _, ...spec } = deployment.spec as { replicas?: number };
    await this.lab.apply([{ ...deployment, spec }]);
  }

  deployment(name = this.name): Promise<V1Deployment> {
    return this.lab.cluster.api(AppsV1Api).readNamespacedDeployment({ namespace: this.name, name });
  }

  /** An object of the app's namespace. */
  async found(apiVersion: string, kind: string, name = this.name): Promise<KubernetesObject | undefined> {
    return this.lab.cluster.find({ apiVersion, kind, metadata: { name, namespace: this.name } });
  }

  async readyPods(): Promise<number> {
    return (await this.lab.pods("", this.name)).filter(isReady).length;
  }
}

interface Declared {
  readonly object: KubernetesObject;
  /** Paths that updates leave alone, such as `spec.replicas`. */
  readonly ignored: readonly string[];
}

/** A copy without what is at a path. */
function without(value: unknown, [key = "", ...deeper]: readonly string[]): unknown {
  const { [key]: at, ...others } = value as Record<string, unknown>;
  return deeper.length === 0 || at === undefined ? others : { ...others, [key]: without(at, deeper) };
}

export const imageOf = (name: string, version: string): string => `registry.example.com/${name}:${version}`;

/** An app of router traefik whose variants answer what each request asks of them, and a client of it. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Lab } from "../../lab/client";
import type { KubernetesObject } from "../../lab/cluster";
import { origins } from "./edges";
import { rendered } from "./rendered";
import type { Ask, Order, Reply, Taken } from "./traefik-inside";

/** Of the lab's pods' addresses, those that no pod gets in the time that a suite takes. */
const ADDRESSES = { primary: "10.77.255.1", canary: "10.77.255.2" } as const;
const PORT = 18080;

export type Question = Omit<Ask, "origin" | "host"> & Partial<Ask>;

export class Bench {
  private constructor(
    private readonly lab: Lab,
    readonly name: string,
    private readonly settings: readonly string[],
    private readonly inside: ChildProcess,
    /** The edge node that is asked: what Traefik counts it counts at each. */
    readonly edge: string,
  ) {}

  /** @param settings below `apps.<name>`; the app's only canary is `canary` */
  static async deploy(lab: Lab, name: string, settings: readonly string[]): Promise<Bench> {
    const [edge = ""] = await origins(lab);
    const inside = lab.fork(join(__dirname, "traefik-inside.ts"));
    const bench = new Bench(lab, name, settings, inside, edge);
    try {
      await bench.tell({ type: "listen", addresses: ADDRESSES, port: PORT });
      await lab.apply(await bench.objects());
      await lab.until(`${name} is routed`, async () => {
        const hosts = [bench.host, bench.canaryHost];
        const replies = await bench.ask(...hosts.map((host) => ({ host })));
        return replies.every(({ status }) => status === 200);
      });
    } catch (error) {
      inside.disconnect();
      throw error;
    }
    return bench;
  }

  get host(): string {
    return `${this.name}.example.com`;
  }

  /** Leads to the canary alone. */
  get canaryHost(): string {
    return `canary.${this.host}`;
  }

  /** What is rendered, with endpoints in place of pods. */
  async objects(settings: readonly string[] = []): Promise<KubernetesObject[]> {
    const given = [
      `host=${this.host}`,
      `canaryHost=${this.canaryHost}`,
      `image=registry.example.com/${this.name}:1.0.0`,
      `canaryImage=registry.example.com/${this.name}:1.1.0`,
      ...this.settings,
      ...settings,
    ];
    const objects = await rendered(
      "dev",
      given.map((setting) => `apps.${this.name}.${setting}`),
    );
    return objects
      .filter(({ kind, metadata }) =>
        kind === "Namespace" ? metadata.name === this.name : metadata.namespace === this.name,
      )
      .filter(({ kind }) => !["Deployment", "PodDisruptionBudget"].includes(kind))
      .flatMap((object) => (object.kind === "Service" ? this.withEndpoints(object) : [object]));
  }

  /** Asks one after the other. */
  ask(...questions: readonly Question[]): Promise<Reply[]> {
    return this.send(questions, false);
  }

  /** Asks all at the same time. */
  askTogether(...questions: readonly Question[]): Promise<Reply[]> {
    return this.send(questions, true);
  }

  /** A stream in both directions: the parts that came back. */
  stream(question: Question): Promise<string[]> {
    return this.tell({ type: "stream", ask: this.whole(question) });
  }

  /** A WebSocket: the handshake's status, and what came back of a message. */
  upgrade(question: Question): Promise<[number, string]> {
    return this.tell({ type: "upgrade", ask: this.whole(question) });
  }

  /** What each variant has taken since this was last asked. */
  taken(): Promise<Taken> {
    return this.tell({ type: "taken" });
  }

  /** Applies the app with other settings and waits until Traefik answers by them. */
  async configure(settings: readonly string[], isSo: () => Promise<boolean>): Promise<number> {
    const begun = performance.now();
    await this.lab.apply(await this.objects(settings));
    await this.lab.until(`${this.name} is routed by ${settings.join(", ")}`, isSo);
    return performance.now() - begun;
  }

  /** Requests that Traefik has counted for one of the app's Services, by status code. */
  async counted(service: string): Promise<Record<string, number>> {
    const { body } = await this.lab.get(`${this.edge}:8080/metrics`);
    const counts: Record<string, number> = {};
    for (const [, labels = "", value] of body.matchAll(/^traefik_service_requests_total\{(.*)\} (\S+)$/gm)) {
      if (!labels.includes(`service="${this.name}-${service}@kubernetescrd"`)) continue;
      const code = /code="(\d+)"/.exec(labels)?.[1] ?? "";
      counts[code] = (counts[code] ?? 0) + Number(value);
    }
    return counts;
  }

  async remove(): Promise<void> {
    this.inside.disconnect();
    const [namespace, ...others] = await this.objects();
    for (const object of others) await this.lab.cluster.delete(object);
    if (namespace !== undefined) await this.lab.cluster.delete(namespace);
  }

  private withEndpoints(service: KubernetesObject): KubernetesObject[] {
    const { name, namespace } = service.metadata;
    const { selector: _, ...spec } = service.spec as Record<string, unknown>;
    const address = name === this.name ? ADDRESSES.primary : ADDRESSES.canary;
    return [
      { ...service, spec },
      {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: `${name}-bench`, namespace, labels: { "kubernetes.io/service-name": name } },
        addressType: "IPv4",
        endpoints: [{ addresses: [address], conditions: { ready: true } }],
        ports: [{ name: "http", port: PORT, protocol: "TCP" }],
      } as KubernetesObject,
    ];
  }

  private whole(question: Question): Ask {
    return { origin: this.edge, host: this.host, ...question };
  }

  private send(questions: readonly Question[], together: boolean): Promise<Reply[]> {
    return this.tell({ type: "send", asks: questions.map((question) => this.whole(question)), together });
  }

  /** One order at a time: answers have no numbers. */
  private async tell<Result>(order: Order): Promise<Result> {
    if (!this.inside.connected) throw new Error("the bench's process has ended");
    this.inside.send(order);
    const [result] = (await once(this.inside, "message")) as [Result];
    return result;
  }
}

/** How often each variant answered, by the header that it sets. */
export function tally(replies: readonly Reply[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, headers } of replies) {
    const who = status === 200 ? String(headers["x-variant"]) : String(status);
    counts[who] = (counts[who] ?? 0) + 1;
  }
  return counts;
}

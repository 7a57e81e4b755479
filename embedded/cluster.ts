/** A cluster in small: local servers for its Deployments, and the embedded data plane for its routing objects. */
import { type Manifest, routers } from "../components/routers";
import type { Cluster } from "../status/kubernetes";
import { type DataPlane, type ProxyAnswer, startDataPlane } from "./data-plane";
import type { LoopbackServer } from "./loopback";
import { type ReadableRouter, readers } from "./readers";

/** What was routed from one update to the next. */
export interface Period {
  /** By Service. */
  readonly weights: Readonly<Record<string, number>>;
  /** Image behind each Service. */
  readonly images: ReadonlyMap<string, string>;
  /** Requests answered, by Service. */
  readonly answered: Map<string, number>;
}

interface DeploymentSpec {
  readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
}

export class EmbeddedCluster implements Cluster {
  private readonly endpoints = new Map<string, URL>();
  private readonly images = new Map<string, string>();
  private readonly servers: LoopbackServer[] = [];
  private objects: readonly Manifest[] = [];
  private begun: Period[] = [];
  private dataPlane: DataPlane | undefined;

  /**
   * @param start starts what an image stands for
   * @param onAnswer told of each request that was answered
   */
  constructor(
    private readonly router: ReadableRouter,
    private readonly start: (image: string) => Promise<LoopbackServer>,
    private readonly onAnswer: (answer: ProxyAnswer) => void,
  ) {}

  /** Where users' requests go, once there are objects. */
  get url(): URL {
    if (this.dataPlane === undefined) throw new TypeError("nothing is applied yet");
    return this.dataPlane.url;
  }

  /** From the first objects on. */
  get periods(): readonly Period[] {
    return this.begun;
  }

  /** Has new versions listen before a request is routed to them. */
  async apply(objects: readonly Manifest[]): Promise<void> {
    for (const { kind, metadata, spec } of objects) {
      if (kind !== "Deployment") continue;
      const image = (spec as DeploymentSpec).template.spec.containers[0]?.image ?? "";
      if (this.images.get(metadata.name) !== image) await this.run(metadata.name, image);
    }
    this.objects = objects;
    const weights = routers[this.router].readWeights(objects);
    this.begun.push({ weights, images: new Map(this.images), answered: new Map() });
    if (this.dataPlane === undefined) {
      const count = (answer: ProxyAnswer): void => this.count(answer);
      this.dataPlane = await startDataPlane(readers[this.router], objects, this.endpoints, count);
    } else this.dataPlane.update(objects);
  }

  async find({ kind, metadata: { namespace, name } }: Manifest): Promise<Manifest | undefined> {
    return this.objects.find(
      (object) =>
        object.kind === kind && object.metadata.namespace === namespace && object.metadata.name === name,
    );
  }

  async close(): Promise<void> {
    await this.dataPlane?.close();
    await Promise.all(this.servers.map((server) => server.close()));
  }

  private async run(service: string, image: string): Promise<void> {
    const server = await this.start(image);
    // The version before goes on until the end: requests may be on their way to it.
    this.servers.push(server);
    this.endpoints.set(service, server.url);
    this.images.set(service, image);
  }

  private count(answer: ProxyAnswer): void {
    const answered = this.begun[answer.update]?.answered;
    answered?.set(answer.service, (answered.get(answer.service) ?? 0) + 1);
    this.onAnswer(answer);
  }
}

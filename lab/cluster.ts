/** A cluster's API, by the Kubernetes project's own client. */
import { readFileSync } from "node:fs";
import { type RequestOptions, request } from "node:https";
import { text } from "node:stream/consumers";
import { isDeepStrictEqual } from "node:util";
import {
  type ApiConstructor,
  ApiException,
  type ApiType,
  CoreV1Api,
  createConfiguration,
  HttpMethod,
  KubeConfig,
  KubernetesObjectApi,
  type RequestContext,
  ServerConfiguration,
  type V1CustomResourceDefinition,
  type V1Namespace,
  type V1Status,
} from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { LabHttpsAgent } from "./dial";
import { untilReady } from "./wait";

/** Any object of Kubernetes, as a manifest has it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** What an object became by being applied. */
export interface Applied {
  readonly object: KubernetesObject;
  readonly change: "created" | "configured" | "unchanged";
}

/** Name under which the lab owns the fields that it applies. */
export const FIELD_MANAGER = "canary-traffic";

/** A cluster, reached directly or through a lab's gateway. */
export class LabCluster {
  /** For anything of `@kubernetes/client-node`. */
  readonly config: KubeConfig;
  private readonly objects: ObjectApi;

  /** @param gateway of a lab, for callers outside its network */
  constructor(kubeconfig: string, gateway?: string) {
    this.config = gateway === undefined ? new KubeConfig() : new LabKubeConfig(gateway);
    this.config.loadFromFile(kubeconfig);
    this.objects = new ObjectApi(this.config);
  }

  /** A client for one group of the API, as in `api(AppsV1Api)`. */
  api<T extends ApiType>(kind: ApiConstructor<T>): T {
    return this.config.makeApiClient(kind);
  }

  /** Objects of a file of YAML documents. */
  read(file: string): KubernetesObject[] {
    const documents = parseAllDocuments(readFileSync(file, "utf8")).map((document) => document.toJS());
    return documents.filter((object): object is KubernetesObject => object !== null);
  }

  /** Applies an object server-side with strict field validation: an unknown field is an error. A namespace that is on its way out is waited for. */
  async apply(object: KubernetesObject, options: { dryRun?: boolean } = {}): Promise<Applied> {
    const isLeaving = async (): Promise<boolean> =>
      ((await this.find(object)) as V1Namespace | undefined)?.status?.phase === "Terminating";
    if (object.kind === "Namespace" && (await isLeaving()))
      await untilReady(
        `the end of namespace ${object.metadata.name}`,
        async () => !(await isLeaving()),
        () => {},
      );
    const before = await this.find(object);
    const after = await this.objects.apply(object, options.dryRun === true).catch((error: unknown) => {
      throw refusal(object, error);
    });
    if (before === undefined) return { object: after, change: "created" };
    return {
      object: after,
      change: isDeepStrictEqual(declared(before), declared(after)) ? "unchanged" : "configured",
    };
  }

  /** An object as the cluster has it; undefined if it has none. */
  async find({ apiVersion, kind, metadata }: KubernetesObject): Promise<KubernetesObject | undefined> {
    const { name, namespace = "" } = metadata;
    try {
      return (await this.objects.read({
        apiVersion,
        kind,
        metadata: { name, namespace },
      })) as KubernetesObject;
    } catch (error) {
      if (error instanceof ApiException && error.code === 404) return undefined;
      throw error;
    }
  }

  async exists(apiVersion: string, kind: string, namespace: string, name: string): Promise<boolean> {
    return (await this.find({ apiVersion, kind, metadata: { name, namespace } })) !== undefined;
  }

  /** Deletes an object and what it owns; that there is none is fine. */
  async delete({ apiVersion, kind, metadata: { name, namespace = "" } }: KubernetesObject): Promise<void> {
    try {
      await this.objects.delete({ apiVersion, kind, metadata: { name, namespace } });
    } catch (error) {
      if (!(error instanceof ApiException && error.code === 404)) throw error;
    }
  }

  /** Whether the API serves the kinds that these definitions make. */
  async allEstablished(definitions: readonly KubernetesObject[]): Promise<boolean> {
    const found = await Promise.all(definitions.map((definition) => this.find(definition)));
    return found.every((definition) => {
      const { conditions = [] } = (definition as V1CustomResourceDefinition | undefined)?.status ?? {};
      return conditions.some(({ type, status }) => type === "Established" && status === "True");
    });
  }

  /** Whether at least so many nodes are ready. */
  async nodesReady(count: number): Promise<boolean> {
    const { items } = await this.api(CoreV1Api).listNode();
    const ready = items.filter(({ status }) =>
      status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True"),
    );
    return ready.length >= count;
  }

  /**
   * Sends a request to the API server by path, such as `/readyz`.
   *
   * @returns the body
   * @throws Error unless the status is 2xx
   */
  async request(method: string, path: string, body?: unknown): Promise<string> {
    const options: RequestOptions = {};
    await this.config.applyToHTTPSOptions(options);
    const json = body === undefined ? undefined : JSON.stringify(body);
    const headers = { ...options.headers, ...(json !== undefined && { "content-type": "application/json" }) };
    const url = new URL((this.config.getCurrentCluster()?.server ?? "").replace(/\/$/, "") + path);
    return new Promise((resolve, reject) => {
      request(url, { ...options, method, headers }, (response) => {
        const status = response.statusCode ?? 500;
        text(response).then(
          (answer) =>
            status < 300 ? resolve(answer) : reject(new Error(`${method} ${path}: ${status} ${answer}`)),
          reject,
        );
      })
        .once("error", reject)
        .end(json);
    });
  }
}

/** An object without what the cluster keeps of it: controllers write statuses at any time. */
function declared({ status, metadata, ...object }: KubernetesObject): object {
  const { resourceVersion, managedFields, ...kept } = metadata;
  return { ...object, metadata: kept };
}

/** What the API server says of an object that it refuses, without the headers of its answer. */
function refusal({ kind, metadata }: KubernetesObject, error: unknown): unknown {
  if (!(error instanceof ApiException)) return error;
  const body: unknown = typeof error.body === "string" ? JSON.parse(error.body) : error.body;
  const name = [metadata.namespace, metadata.name].filter(Boolean).join("/");
  return new Error(`${kind} ${name}: ${(body as V1Status).message}`);
}

/** The objects' API with what the client's own `patch` lacks: it drops fields that it does not know before they are sent. */
class ObjectApi extends KubernetesObjectApi {
  constructor(config: KubeConfig) {
    const baseServer = new ServerConfiguration(config.getCurrentCluster()?.server ?? "", {});
    super(createConfiguration({ baseServer, authMethods: { default: config } }));
  }

  async apply(object: KubernetesObject, dryRun: boolean): Promise<KubernetesObject> {
    const path = await this.specUriPath(object, "patch");
    const context = this.configuration.baseServer.makeRequestContext(path, HttpMethod.PATCH);
    context.setHeaderParam("Accept", "application/json");
    context.setHeaderParam("Content-Type", "application/apply-patch+yaml");
    context.setQueryParam("fieldManager", FIELD_MANAGER);
    context.setQueryParam("fieldValidation", "Strict");
    if (dryRun) context.setQueryParam("dryRun", "All");
    context.setBody(JSON.stringify(object));
    return this.requestPromise<KubernetesObject>(context);
  }
}

/** Reaches the API server of a lab from outside its network. Connections are kept, which the client's own agents do not. */
class LabKubeConfig extends KubeConfig {
  private agent: LabHttpsAgent | undefined;

  constructor(private readonly gateway: string) {
    super();
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    context.setAgent(this.labAgent());
  }

  override async applyToHTTPSOptions(options: RequestOptions): Promise<void> {
    await super.applyToHTTPSOptions(options);
    options.agent = this.labAgent();
  }

  private labAgent(): LabHttpsAgent {
    const authority = Buffer.from(this.getCurrentCluster()?.caData ?? "", "base64");
    this.agent ??= new LabHttpsAgent(this.gateway, { ca: authority });
    return this.agent;
  }
}

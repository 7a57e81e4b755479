/** The cluster that a stack's objects are of, as its provider would find it. */
import { existsSync } from "node:fs";
import type { KubeConfig, V1APIResource } from "@kubernetes/client-node";
import { isUnreadable } from "../../base/secrets";
import type { StackConfiguration } from "../../offline/configuration";
import { checkKubeconfig } from "../../status/kubernetes";
import { DoctorError } from "./errors";

/** What the doctor asks of a cluster. */
export interface Kubernetes {
  /** Name of the context. */
  readonly context: string;
  /** Whether the stack itself names it. */
  readonly isNamed: boolean;
  /** Such as v1.35.4. */
  version(): Promise<string>;
  /** Kinds of a group and version; undefined if the cluster has no such group. */
  kinds(apiVersion: string): Promise<readonly V1APIResource[] | undefined>;
  /** Whether whoever asks may do it. */
  mayI(verb: string, group: string, resource: string, namespace: string | undefined): Promise<boolean>;
  /** Names of the nodes with a label. */
  nodes(label: string): Promise<readonly string[]>;
}

/** @throws DoctorError if there is no such cluster in the kubeconfig */
export async function clusterOf({ values }: Pick<StackConfiguration, "values">): Promise<Kubernetes> {
  const client = await import("@kubernetes/client-node");
  const config = new client.KubeConfig();
  load(config, values["kubernetes:kubeconfig"]);
  const named = values["kubernetes:context"];
  const names = config.getContexts().map(({ name }) => name);
  if (named !== undefined && !names.includes(named))
    throw new DoctorError(
      `there is no context ${named} in the kubeconfig: it has ${names.join(", ") || "none"}`,
    );
  if (named !== undefined) config.setCurrentContext(named);
  if (config.getCurrentCluster() === null) throw new DoctorError("the kubeconfig has no current context");
  const core = config.makeApiClient(client.CoreV1Api);
  const custom = config.makeApiClient(client.CustomObjectsApi);
  const rights = config.makeApiClient(client.AuthorizationV1Api);
  return {
    context: config.getCurrentContext(),
    isNamed: named !== undefined,
    version: async () => (await asked(config.makeApiClient(client.VersionApi).getCode())).gitVersion,
    async kinds(apiVersion) {
      const [group = "", version] = apiVersion.split("/");
      const list =
        version === undefined ? core.getAPIResources() : custom.getAPIResources({ group, version });
      return (await ifThere(list))?.resources;
    },
    async mayI(verb, group, resource, namespace) {
      const resourceAttributes = { verb, group, resource, ...(namespace && { namespace }) };
      const body = { spec: { resourceAttributes } };
      return (await asked(rights.createSelfSubjectAccessReview({ body }))).status?.allowed === true;
    },
    nodes: async (labelSelector) =>
      (await asked(core.listNode({ labelSelector }))).items.map(({ metadata }) => metadata?.name ?? ""),
  };
}

/** As the provider takes `kubernetes:kubeconfig`: a file, or its content. */
function load(config: KubeConfig, given: string | undefined): void {
  if (given !== undefined && isUnreadable(given))
    throw new DoctorError("kubernetes:kubeconfig is encrypted, so which cluster it is can't be told");
  if (given === undefined) checkKubeconfig();
  try {
    if (given === undefined) config.loadFromDefault();
    else if (existsSync(given)) config.loadFromFile(given);
    else config.loadFromString(given);
  } catch {
    // What the parser says may quote a secret.
    throw new DoctorError("the kubeconfig can't be read");
  }
}

const MISSING = 404;

async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if ((error as { code?: unknown }).code === MISSING) return undefined;
    throw new DoctorError(reasonOf(error));
  }
}

async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new DoctorError(reasonOf(error));
  }
}

/** Without bodies and headers, which may hold more than the reason. */
function reasonOf(error: unknown): string {
  const { code, cause, message } = error as { code?: unknown; cause?: unknown; message?: string };
  if (typeof code === "number") return `the API server answers with HTTP ${code}`;
  const reason = cause instanceof Error ? cause.message : message;
  return (reason ?? String(code)).split("\n")[0] ?? "";
}

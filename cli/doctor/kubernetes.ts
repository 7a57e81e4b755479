/** The cluster that a stack's objects are of, as its provider would find it. */
import type { V1APIResource } from "@kubernetes/client-node";
import { messageOf } from "../../base/user-error";
import type { StackConfiguration } from "../../offline/configuration";
import { kubeconfigOf, NoKubeconfigError } from "../../status/kubeconfig";
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
  const config = await kubeconfigOf(values).catch((error) => {
    throw error instanceof NoKubeconfigError ? error : new DoctorError(messageOf(error));
  });
  const core = config.makeApiClient(client.CoreV1Api);
  const custom = config.makeApiClient(client.CustomObjectsApi);
  const rights = config.makeApiClient(client.AuthorizationV1Api);
  return {
    context: config.getCurrentContext(),
    isNamed: values["kubernetes:context"] !== undefined,
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

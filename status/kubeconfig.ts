/** The cluster that a stack's provider would take, for Kubernetes' client. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { isUnreadable } from "../base/secrets";
import { StatusError } from "./errors";

/** There is no kubeconfig where one was looked for. */
export class NoKubeconfigError extends StatusError {}

/** A stack's configuration, keys with their namespaces. */
export type ProviderValues = Readonly<Record<string, string>>;

/**
 * The kubeconfig with its cluster chosen as the engine's provider chooses it: by the stack's `kubernetes:kubeconfig` (a file or
 * its content), `kubernetes:context` and `kubernetes:cluster`; else the files of KUBECONFIG, ~/.kube/config, or a pod's
 * ServiceAccount.
 *
 * @param context in place of the stack's own
 * @throws StatusError if there is no such cluster
 */
export async function kubeconfigOf(values: ProviderValues, context?: string): Promise<KubeConfig> {
  const client = await import("@kubernetes/client-node");
  const config = new client.KubeConfig();
  load(config, values["kubernetes:kubeconfig"]);
  const [name, from] =
    context === undefined
      ? [values["kubernetes:context"], "kubernetes:context"]
      : ([context, "--context"] as const);
  if (name !== undefined) {
    const names = config.getContexts().map((one) => one.name);
    if (!names.includes(name)) throw new StatusError(`${from} ${name}: allowed: ${names.join(", ")}`);
    config.setCurrentContext(name);
  }
  if (context === undefined) chooseCluster(config, values["kubernetes:cluster"]);
  if (config.getCurrentCluster() === null)
    throw new StatusError(
      "kubeconfig: no current context; name one with --context, or as kubernetes:context of the stack",
    );
  return config;
}

function load(config: KubeConfig, given: string | undefined): void {
  if (given !== undefined && isUnreadable(given))
    throw new StatusError("kubernetes:kubeconfig is encrypted, so which cluster it is can't be told");
  if (given === undefined) checkKubeconfig();
  try {
    if (given === undefined) config.loadFromDefault();
    else if (existsSync(given)) config.loadFromFile(given);
    else config.loadFromString(given);
  } catch (error) {
    // What the parser says of a text may quote a secret of it.
    const { message } = error as Error;
    throw new StatusError(given === undefined ? `kubeconfig: ${message.split("\n")[0]}` : UNREADABLE);
  }
}

const UNREADABLE = "kubernetes:kubeconfig can't be read: allowed are a file, and the content of one";

/** The context's cluster in another's place. */
function chooseCluster(config: KubeConfig, cluster: string | undefined): void {
  if (cluster === undefined) return;
  const names = config.getClusters().map(({ name }) => name);
  if (!names.includes(cluster))
    throw new StatusError(`kubernetes:cluster ${cluster}: allowed: ${names.join(", ")}`);
  const current = config.getCurrentContext();
  config.contexts = config.contexts.map((one) => (one.name === current ? { ...one, cluster } : one));
}

const IN_CLUSTER = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** Without any file the client would try localhost. @throws NoKubeconfigError */
function checkKubeconfig(): void {
  const named = process.env.KUBECONFIG?.split(delimiter).filter((file) => file !== "") ?? [];
  const missing = named.find((file) => !existsSync(file));
  if (missing !== undefined) throw new NoKubeconfigError(`KUBECONFIG: there is no ${missing}`);
  if (named.length > 0 || existsSync(join(homedir(), ".kube", "config")) || existsSync(IN_CLUSTER)) return;
  throw new NoKubeconfigError("no cluster: set KUBECONFIG, or make ~/.kube/config");
}

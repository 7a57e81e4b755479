/** Weights, read back from the routing objects of a cluster. */
import { isDeepStrictEqual } from "node:util";
import { type Manifest, type Router, routers } from "../components/routers";
import { effectiveWeights, variantName } from "../components/traffic";
import type { ResourceState } from "../offline/state";
import { type Declared, type DeclaredApp, sideOf } from "./declared";
import { StatusError } from "./errors";
import { kubeconfigOf, type ProviderValues } from "./kubeconfig";
import { type Fact, fact, type Observations } from "./report";

/** What is read of a cluster. */
export interface Cluster {
  /** The object as the cluster has it; undefined if it has none. */
  find(manifest: Manifest): Promise<Manifest | undefined>;
}

/** A cluster whose objects can be listed, too. */
export interface ListedCluster extends Cluster {
  /** All objects of a kind, in one namespace or in all. */
  all(apiVersion: string, kind: string, namespace?: string): Promise<Manifest[]>;
}

/** One of a kubeconfig. */
export interface NamedCluster extends ListedCluster {
  /** Which it is, for people. */
  readonly title: string;
}

const ALL_ROUTERS: Readonly<Record<string, Router>> = routers;

/** Whether the stack has apps that are split on Kubernetes. */
export const isOnKubernetes = ({ apps }: Declared): boolean =>
  apps.some((app) => sideOf(app) === "kubernetes");

export async function observeKubernetes(declared: Declared, cluster: Cluster): Promise<Observations> {
  const facts: Fact[] = [];
  const weights: Record<string, Record<string, number>> = {};
  for (const app of declared.apps) {
    const router = ALL_ROUTERS[app.router];
    if (router === undefined) continue;
    const asked = weightObjects(router, manifestsOf(app.name, declared.resources));
    const live: Manifest[] = [];
    for (const manifest of asked) {
      const found = await cluster.find(manifest);
      if (found === undefined)
        facts.push(fact(`${manifest.kind} ${manifest.metadata.name}`, "there", undefined));
      else live.push(found);
    }
    if (live.length < asked.length) continue;
    const [wanted, observed] = [router.readWeights(asked), router.readWeights(live)];
    const at = asked.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(", ");
    for (const service of new Set([...Object.keys(wanted), ...Object.keys(observed)])) {
      facts.push(fact(`${at}: weight of ${service}`, wanted[service] ?? "none", observed[service]));
    }
    const parts = app.weights.map(([variant]) => observed[serviceNamed(app, variant)] ?? 0);
    if (parts.every((part) => part === 0)) continue;
    const percent = effectiveWeights(parts);
    weights[app.name] = Object.fromEntries(app.weights.map(([variant], i) => [variant, percent[i] ?? 0]));
  }
  return {
    side: "kubernetes",
    facts,
    weights,
    unseen: ["what the data plane has made of the objects, and whether its pods answer"],
  };
}

/** The Service, by its name alone, that a variant's weight is written beside. */
const serviceNamed = ({ name, services }: DeclaredApp, variant: string): string =>
  services?.[variant]?.split("/").at(-1) ?? variantName(name, variant);

/** Whether the Services are there that apps have by other names than the program gives. */
export async function serviceFacts({ apps }: Declared, cluster: Cluster): Promise<Fact[]> {
  const facts: Fact[] = [];
  for (const { services = {} } of apps) {
    for (const title of Object.values(services)) {
      const [namespace, name = ""] = title.split("/");
      const metadata = { name, ...(namespace && { namespace }) };
      const found = await cluster.find({ apiVersion: "v1", kind: "Service", metadata });
      facts.push(fact(`Service ${title}`, "there", found && "there"));
    }
  }
  return facts;
}

/** The objects that the program declares for an app. */
function manifestsOf(app: string, resources: readonly ResourceState[]): Manifest[] {
  const component = resources.find(
    ({ type, name }) => type === "canary-traffic:kubernetes:CanaryApp" && name === app,
  );
  return resources
    .filter(({ parent, inputs }) => parent === component?.urn && typeof inputs.kind === "string")
    .map(({ inputs }) => inputs as unknown as Manifest);
}

/** Those of an app's objects without which its weights would read otherwise. */
export function weightObjects(router: Router, manifests: readonly Manifest[]): Manifest[] {
  const weights = router.readWeights(manifests);
  return manifests.filter((one) => {
    const others = manifests.filter((manifest) => manifest !== one);
    return !isDeepStrictEqual(router.readWeights(others), weights);
  });
}

/**
 * The cluster of a stack, as `kubeconfigOf` finds it.
 *
 * @param context in place of the stack's own
 * @throws StatusError if there is none
 */
export async function kubernetesCluster(values: ProviderValues, context?: string): Promise<NamedCluster> {
  const [client, config] = await Promise.all([
    import("@kubernetes/client-node"),
    kubeconfigOf(values, context),
  ]);
  const objects = client.KubernetesObjectApi.makeApiClient(config);
  return {
    title: `cluster ${config.getCurrentContext()}`,
    async find(manifest) {
      const { apiVersion, kind, metadata } = manifest;
      const { name, namespace = "default" } = metadata;
      try {
        return (await objects.read({
          apiVersion,
          kind,
          metadata: { name, namespace },
        })) as unknown as Manifest;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw new StatusError(`Kubernetes, ${kind} ${namespace}/${name}: ${oneLine(error)}`);
      }
    },
    async all(apiVersion, kind, namespace) {
      try {
        const { items } = await objects.list(apiVersion, kind, namespace);
        return items as unknown as Manifest[];
      } catch (error) {
        if (isMissing(error)) return [];
        throw new StatusError(`Kubernetes, all of kind ${kind}: ${oneLine(error)}`);
      }
    },
  };
}

/** Whether the object, or its whole kind, is not there. */
const isMissing = (error: unknown): boolean =>
  (error as { code?: unknown }).code === 404 || /^Unrecognized API version and kind/.test(oneLine(error));

/** An error without the answer's body and headers, which may hold more than the message. */
function oneLine(error: unknown): string {
  const { code, message, body, cause } = error as Error & { code?: unknown; body?: unknown };
  if (typeof code === "number") return `HTTP ${code}${messageIn(body)}`;
  const reason = cause instanceof Error ? cause.message : message;
  return (reason || String(code)).split("\n")[0] ?? "";
}

function messageIn(body: unknown): string {
  try {
    const { message } = (typeof body === "string" ? JSON.parse(body) : body) as { message?: string };
    return message === undefined ? "" : `, ${message}`;
  } catch {
    return "";
  }
}

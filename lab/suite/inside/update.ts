/** An update without Pulumi's engine: applies server-side what `canary render` prints, one object after the other. */
import { setTimeout as sleep } from "node:timers/promises";
import { readConfiguration } from "../../../offline/configuration";
import { renderObjects } from "../../../offline/manifests";
import { deployed } from "../../../offline/preview";
import { type ResourceState, STACK_TYPE } from "../../../offline/state";
import { Cluster, type KubernetesObject } from "../../cluster";

const POLL_MS = 200;

/**
 * Brings the cluster to what the program in this folder declares. Deployments are waited for, and the stack's outputs are the
 * last to change, as the engine has it.
 *
 * @param before what the last update left
 * @param targets URNs that alone are updated; undefined: all
 * @param save gets what is there now, after each change
 */
export async function update(
  stack: string,
  before: readonly ResourceState[],
  targets: readonly string[] | undefined,
  save: (states: readonly ResourceState[]) => void,
): Promise<void> {
  const cluster = new Cluster(process.env.KUBECONFIG ?? "");
  const states = new Map(before.map((state) => [state.urn, state]));
  const isMeant = ({ urn }: ResourceState): boolean => targets?.includes(urn) ?? true;
  const fresh = await deployed(process.cwd(), readConfiguration(process.cwd(), stack));
  const [stacks, others] = [fresh.filter(isStack), fresh.filter((state) => !isStack(state))];
  for (const state of [...others, ...stacks].filter(isMeant)) {
    for (const object of objectsOf(state)) await apply(cluster, object);
    save([...states.set(state.urn, state).values()]);
  }
  const urns = new Set(fresh.map(({ urn }) => urn));
  const gone = [...states.values()].filter((state) => isMeant(state) && !urns.has(state.urn));
  for (const state of gone.reverse()) {
    for (const object of objectsOf(state)) await cluster.delete(object);
    states.delete(state.urn);
    save([...states.values()]);
  }
}

const isStack = ({ type }: ResourceState): boolean => type === STACK_TYPE;

const objectsOf = (state: ResourceState): KubernetesObject[] =>
  renderObjects([state]).objects as unknown as KubernetesObject[];

async function apply(cluster: Cluster, object: KubernetesObject): Promise<void> {
  await cluster.apply(object);
  while (object.kind === "Deployment" && !isRolledOut(await cluster.find(object))) await sleep(POLL_MS);
}

function isRolledOut(deployment: KubernetesObject | undefined): boolean {
  if (deployment === undefined) return false;
  const { generation } = deployment.metadata;
  const { replicas } = deployment.spec as { replicas: number };
  const status = (deployment.status ?? {}) as Record<string, number | undefined>;
  const counts = [status.replicas, status.updatedReplicas, status.availableReplicas];
  return status.observedGeneration === generation && counts.every((count = 0) => count === replicas);
}

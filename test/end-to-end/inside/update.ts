/** An update without Pulumi's engine: applies server-side what `canary render` prints, one object after the other. */
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { type KubernetesObject, LabCluster } from "../../../lab/cluster";
import { readConfiguration } from "../../../offline/configuration";
import { renderObjects } from "../../../offline/manifests";
import { deployed } from "../../../offline/preview";
import { type ResourceState, STACK_TYPE } from "../../../offline/state";

const POLL_MS = 200;

interface Options {
  /** URNs that alone are updated; default all. */
  readonly targets?: readonly string[];
  /** Whether what the state has already is applied, too: the cluster may have something else. */
  readonly refresh?: boolean;
}

/**
 * Brings the cluster to what the program in this folder declares. Deployments are waited for, and the stack's outputs are the
 * last to change, as the engine has it.
 *
 * @param before what the last update left
 * @param save gets what is there now, after each change
 */
export async function update(
  stack: string,
  before: readonly ResourceState[],
  { targets, refresh = false }: Options,
  save: (states: readonly ResourceState[]) => void,
): Promise<void> {
  const cluster = new LabCluster(process.env.KUBECONFIG ?? "");
  const states = new Map(before.map((state) => [state.urn, state]));
  const isMeant = ({ urn }: ResourceState): boolean => targets?.includes(urn) ?? true;
  const fresh = await deployed(process.cwd(), readConfiguration(process.cwd(), stack));
  const [stacks, others] = [fresh.filter(isStack), fresh.filter((state) => !isStack(state))];
  for (const state of [...others, ...stacks].filter(isMeant)) {
    const isDone = !refresh && isDeepStrictEqual(states.get(state.urn)?.inputs, state.inputs);
    for (const object of isDone ? [] : objectsOf(state)) await apply(cluster, object);
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

async function apply(cluster: LabCluster, object: KubernetesObject): Promise<void> {
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

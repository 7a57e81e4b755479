import type { V1ContainerStatus, V1PodCondition, V1PodStatus } from "@kubernetes/client-node";
import type { ContainerWorker } from "./container";

type Worker = Pick<ContainerWorker, "spec" | "state" | "started" | "ready" | "restarts">;

/** What a pod's status is made from. */
export interface PodFacts {
  readonly podAddress: string;
  readonly nodeAddress: string;
  readonly startTime: Date;
  readonly containers: readonly Worker[];
  readonly initContainers?: readonly Worker[];
  /** Conditions as they were, whose times stay while their status does. */
  readonly before: readonly V1PodCondition[];
}

/** The part of a pod's status that is the kubelet's. */
export function podStatus(facts: PodFacts): V1PodStatus {
  const { podAddress, nodeAddress, startTime, containers, initContainers = [], before } = facts;
  const initialized = initContainers.every(({ ready, started }) => ready || started);
  const ready = initialized && containers.every((container) => container.ready);
  const since = (type: string, status: string): Date => {
    const old = before.find((condition) => condition.type === type);
    return old?.status === status && old.lastTransitionTime !== undefined
      ? old.lastTransitionTime
      : new Date();
  };
  const condition = (type: string, good: boolean): V1PodCondition => {
    const status = good ? "True" : "False";
    const lastTransitionTime = since(type, status);
    return { type, status, lastTransitionTime, ...(!good && { reason: "ContainersNotReady" }) };
  };
  return {
    phase: containers.every(({ state }) => "waiting" in state && state.waiting.reason === "ContainerCreating")
      ? "Pending"
      : "Running",
    hostIP: nodeAddress,
    hostIPs: [{ ip: nodeAddress }],
    podIP: podAddress,
    podIPs: [{ ip: podAddress }],
    startTime,
    conditions: [
      condition("PodReadyToStartContainers", true),
      condition("Initialized", initialized),
      condition("ContainersReady", ready),
      condition("Ready", ready),
    ],
    ...(initContainers.length > 0 && { initContainerStatuses: initContainers.map(containerStatus) }),
    containerStatuses: containers.map(containerStatus),
  };
}

function containerStatus(container: Worker): V1ContainerStatus {
  const { spec, state, started, ready, restarts } = container;
  const { name, image = "" } = spec;
  return { name, image, imageID: "", state, started, ready, restartCount: restarts };
}

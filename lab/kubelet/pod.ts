import { setTimeout as sleep } from "node:timers/promises";
import {
  ApiException,
  type CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
  type V1Container,
  type V1Pod,
} from "@kubernetes/client-node";
import { ContainerWorker } from "./container";
import { ignoredFields } from "./fields";
import type { Runtime } from "./runtime";
import { podStatus } from "./status";

/** What the kubelet has for its pods. */
export interface PodServices {
  readonly core: CoreV1Api;
  runtimeOf(container: V1Container): Runtime;
  /** Address for a pod: its own, or its node's where it is on the host's network. */
  addressFor(pod: V1Pod): Promise<{ podAddress: string; nodeAddress: string }>;
  log(pod: V1Pod, message: string): void;
}

const RETRY_MS = 500;
const SIDECAR_POLL_MS = 50;
const DEFAULT_GRACE_SECONDS = 30;

/** One pod, from the moment that it has a node until its object is gone. */
export class PodWorker {
  private containers: ContainerWorker[] = [];
  /** Init containers; those that restart always are sidecars. */
  private initContainers: ContainerWorker[] = [];
  private addresses: { podAddress: string; nodeAddress: string } | undefined;
  private readonly startTime = new Date();
  private terminating = false;
  /** Set when the object is gone: nothing is left to report to. */
  private gone = false;
  private changes = 0;
  private reporting: Promise<void> | undefined;

  constructor(
    private pod: V1Pod,
    private readonly services: PodServices,
  ) {
    if (pod.metadata?.deletionTimestamp === undefined) void this.start();
  }

  /** The pod's address, if it is not its node's. */
  get ownAddress(): string | undefined {
    return this.pod.spec?.hostNetwork ? undefined : this.addresses?.podAddress;
  }

  /** Takes note of what the API server has. */
  update(pod: V1Pod): void {
    this.pod = pod;
    if (pod.metadata?.deletionTimestamp !== undefined && !this.terminating) void this.terminate();
  }

  /** The object is gone without the kubelet's doing: by `kubectl delete --force`, say. */
  vanish(): void {
    this.gone = true;
    for (const container of this.workers) void container.stop(0);
  }

  private async start(): Promise<void> {
    const { pod, services } = this;
    this.addresses = await untilDone(() => services.addressFor(pod));
    const address = this.addresses.podAddress;
    const workerOf = (container: V1Container): ContainerWorker =>
      new ContainerWorker({ pod, container, address }, services.runtimeOf(container), () => this.report());
    this.initContainers = (pod.spec?.initContainers ?? []).map(workerOf);
    this.containers = (pod.spec?.containers ?? []).map(workerOf);
    await this.report();
    if (this.isEnding) return;
    const ignored = ignoredFields(pod, (container) => services.runtimeOf(container).canExec === true);
    if (ignored.length > 0) {
      services.log(pod, `is not started: the lab ignores ${ignored.join(", ")}`);
      for (const worker of this.workers) worker.refuse(`the lab ignores ${ignored.join(", ")}`);
      return;
    }
    services.log(pod, `starts at ${address}`);
    for (const worker of this.initContainers) {
      if (isSidecar(worker)) {
        void worker.run();
        while (!worker.started && !this.isEnding) await sleep(SIDECAR_POLL_MS);
      } else await worker.runToItsEnd();
      if (this.isEnding) return;
    }
    for (const container of this.containers) void container.run();
  }

  private get workers(): ContainerWorker[] {
    return [...this.initContainers, ...this.containers];
  }

  private get isEnding(): boolean {
    return this.terminating || this.gone;
  }

  private async terminate(): Promise<void> {
    this.terminating = true;
    const { name = "", namespace = "", uid, deletionGracePeriodSeconds } = this.pod.metadata ?? {};
    const grace = deletionGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
    this.services.log(this.pod, `ends within ${grace} s`);
    await Promise.all(this.containers.map((container) => container.stop(grace)));
    // Sidecars end after what they serve.
    await Promise.all(this.initContainers.map((container) => container.stop(grace)));
    await this.reporting;
    const body = { gracePeriodSeconds: 0, preconditions: { uid } };
    await untilDone(() => ifThere(this.services.core.deleteNamespacedPod({ name, namespace, body })));
    this.services.log(this.pod, "has ended");
  }

  /** Tells the API server what is so now: one request at a time, and none left out. */
  private report(): Promise<void> {
    this.changes++;
    this.reporting ??= this.sendStatus().finally(() => {
      this.reporting = undefined;
    });
    return this.reporting;
  }

  private async sendStatus(): Promise<void> {
    let reported = 0;
    while (reported !== this.changes && !this.gone && this.addresses !== undefined) {
      reported = this.changes;
      const { name = "", namespace = "", uid } = this.pod.metadata ?? {};
      const { startTime, containers, initContainers } = this;
      const facts = { ...this.addresses, startTime, containers, initContainers };
      const status = podStatus({ ...facts, before: this.pod.status?.conditions ?? [] });
      const body = { metadata: { uid }, status };
      // The scheduler's condition stays: conditions are merged by type.
      const merge = setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch);
      await untilDone(() =>
        ifThere(this.services.core.patchNamespacedPodStatus({ name, namespace, body }, merge)),
      );
    }
  }
}

const isSidecar = ({ spec }: ContainerWorker): boolean => spec.restartPolicy === "Always";

/** Repeats what fails while the API server is away. */
async function untilDone<T>(attempt: () => Promise<T>): Promise<T> {
  for (let logged = false; ; logged = true) {
    try {
      return await attempt();
    } catch (error) {
      if (!logged) console.log((error as Error).message);
      await sleep(RETRY_MS);
    }
  }
}

/** An object that is gone, or has given its name to another, needs nothing more. */
async function ifThere(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof ApiException && [404, 409].includes(error.code))) throw error;
  }
}

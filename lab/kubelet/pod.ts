import { setTimeout as sleep } from "node:timers/promises";
import {
  ApiException,
  type CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
  type V1Pod,
} from "@kubernetes/client-node";
import { ContainerWorker } from "./container";
import type { Runtime } from "./runtime";
import { podStatus } from "./status";

/** What the kubelet has for its pods. */
export interface PodServices {
  readonly core: CoreV1Api;
  runtimeOf(image: string): Runtime;
  /** Address for a pod: its own, or its node's where it is on the host's network. */
  addressFor(pod: V1Pod): Promise<{ podAddress: string; nodeAddress: string }>;
  log(pod: V1Pod, message: string): void;
}

const RETRY_MS = 500;
const DEFAULT_GRACE_SECONDS = 30;

/** One pod, from the moment that it has a node until its object is gone. */
export class PodWorker {
  private containers: ContainerWorker[] = [];
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

  /** The pod's address, where it is not its node's. */
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
    for (const container of this.containers) void container.stop(0);
  }

  private async start(): Promise<void> {
    const { pod, services } = this;
    this.addresses = await untilDone(() => services.addressFor(pod));
    const address = this.addresses.podAddress;
    this.containers = (pod.spec?.containers ?? []).map((container) => {
      const runtime = services.runtimeOf(container.image ?? "");
      return new ContainerWorker({ pod, container, address }, runtime, () => this.report());
    });
    await this.report();
    if (this.terminating || this.gone) return;
    services.log(pod, `starts at ${address}`);
    for (const container of this.containers) void container.run();
  }

  private async terminate(): Promise<void> {
    this.terminating = true;
    const { name = "", namespace = "", uid, deletionGracePeriodSeconds } = this.pod.metadata ?? {};
    const grace = deletionGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
    this.services.log(this.pod, `ends within ${grace} s`);
    await Promise.all(this.containers.map((container) => container.stop(grace)));
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
      const facts = { ...this.addresses, startTime: this.startTime, containers: this.containers };
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

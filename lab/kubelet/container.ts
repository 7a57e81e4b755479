import { setTimeout as sleep } from "node:timers/promises";
import type { V1Container, V1Probe } from "@kubernetes/client-node";
import { checkOf, getSucceeds, Probe } from "./probe";
import type { ContainerToRun, RunningContainer, Runtime } from "./runtime";

/** What a container is doing. */
export type ContainerState =
  | { readonly waiting: { readonly reason: string; readonly message?: string } }
  | { readonly running: { readonly startedAt: Date } }
  | {
      readonly terminated: { readonly reason: string; readonly exitCode: number; readonly finishedAt: Date };
    };

/** Kept up by the kubelet: the first restart is at once, the next after ten seconds, then twice as long each time. */
const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 300_000;
/** What the kubelet gives a container whose preStop hook has used up all of its time. */
const LEAST_GRACE_SECONDS = 2;
const HOOK_TIMEOUT_MS = 30_000;

/** One container: runs it, probes it, and starts it again when it ends or is not alive. */
export class ContainerWorker {
  state: ContainerState = { waiting: { reason: "ContainerCreating" } };
  started = false;
  ready = false;
  restarts = 0;
  private process: RunningContainer | undefined;
  private readonly stopping = new AbortController();
  private probes: Probe[] = [];
  private readinessProbe: Probe | undefined;

  constructor(
    private readonly what: ContainerToRun,
    private readonly runtime: Runtime,
    private readonly changed: () => void,
  ) {}

  get spec(): V1Container {
    return this.what.container;
  }

  /** Keeps the container running until it is stopped. */
  async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const reason = await this.runOnce().catch((error: Error) => error.message);
      if (signal.aborted) return;
      await this.backOff(reason);
    }
  }

  /** Runs it until it has ended well, as an init container: again and again while it does not. */
  async runToItsEnd(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const reason = await this.ended().catch((error: Error) => error.message);
      if (signal.aborted) return;
      if (reason === "Completed") {
        this.become({ terminated: { reason, exitCode: 0, finishedAt: new Date() } });
        this.ready = true;
        this.changed();
        return;
      }
      await this.backOff(reason);
    }
  }

  private async ended(): Promise<string> {
    const process = await this.runtime.start({ ...this.what, runsToItsEnd: true });
    this.process = process;
    if (this.stopping.signal.aborted) await process.stop(0);
    this.become({ running: { startedAt: new Date() } });
    const reason = await process.ended;
    this.process = undefined;
    return reason;
  }

  private async backOff(reason: string): Promise<void> {
    const backoff = this.restarts === 0 ? 0 : FIRST_BACKOFF_MS * 2 ** (this.restarts - 1);
    this.restarts++;
    this.become({ waiting: { reason: "CrashLoopBackOff", message: reason } });
    const { signal } = this.stopping;
    await sleep(Math.min(backoff, LONGEST_BACKOFF_MS), undefined, { signal }).catch(() => {});
  }

  /** The container can't be run here, and why. */
  refuse(message: string): void {
    this.become({ waiting: { reason: "CreateContainerConfigError", message } });
  }

  /** Ends it as the kubelet does: the preStop hook while it still serves, then SIGTERM, and SIGKILL when the time is up. */
  async stop(graceSeconds: number): Promise<void> {
    const begun = Date.now();
    this.stopping.abort();
    this.stopProbes();
    if (this.process !== undefined) {
      await this.preStop(graceSeconds * 1000);
      const left = graceSeconds - (Date.now() - begun) / 1000;
      await this.process.stop(graceSeconds === 0 ? 0 : Math.max(left, LEAST_GRACE_SECONDS));
    }
    this.readinessProbe?.stop();
    this.become({ terminated: { reason: "Completed", exitCode: 0, finishedAt: new Date() } });
  }

  /** Resolves with the reason once it has ended. */
  private async runOnce(): Promise<string> {
    const process = await this.runtime.start(this.what);
    if (this.stopping.signal.aborted) {
      await process.stop(0);
      return "stopped";
    }
    this.process = process;
    this.become({ running: { startedAt: new Date() } });
    const unhealthy = new Promise<string>((resolve) => this.startProbes(resolve));
    const reason = await Promise.race([process.ended, unhealthy]);
    if (this.stopping.signal.aborted) return reason;
    this.stopProbes();
    this.readinessProbe?.stop();
    await process.stop(this.what.pod.spec?.terminationGracePeriodSeconds ?? 30);
    this.process = undefined;
    return reason;
  }

  private startProbes(restart: (reason: string) => void): void {
    const { startupProbe, readinessProbe, livenessProbe } = this.spec;
    const onceStarted = (): void => {
      this.started = true;
      this.ready = readinessProbe === undefined;
      this.changed();
      if (readinessProbe !== undefined) {
        this.readinessProbe = this.probe(readinessProbe, (good) => this.setReady(good));
      }
      if (livenessProbe !== undefined) {
        const liveness = (good: boolean): void => void (good || restart("the liveness probe failed"));
        this.probes.push(this.probe(livenessProbe, liveness));
      }
    };
    if (startupProbe === undefined) {
      onceStarted();
      return;
    }
    const startup = this.probe(startupProbe, (good) => {
      startup.stop();
      if (good) onceStarted();
      else restart("the startup probe failed");
    });
    this.probes.push(startup);
  }

  private probe(spec: V1Probe, report: (good: boolean) => void): Probe {
    return new Probe(
      spec,
      checkOf(
        spec,
        this.spec,
        this.what.address,
        (command, timeoutMs) => this.process?.exec?.(command, timeoutMs) ?? Promise.resolve(false),
      ),
      report,
    ).start();
  }

  /** Of a container that is being stopped the kubelet only goes on asking whether it is ready. */
  private stopProbes(): void {
    for (const probe of this.probes) probe.stop();
    this.probes = [];
  }

  private async preStop(longestMs: number): Promise<void> {
    const { sleep: pause, httpGet } = this.spec.lifecycle?.preStop ?? {};
    if (pause !== undefined) await sleep(Math.min(pause.seconds * 1000, longestMs));
    if (httpGet !== undefined) {
      await getSucceeds(httpGet, this.spec, this.what.address, Math.min(HOOK_TIMEOUT_MS, longestMs));
    }
  }

  private setReady(ready: boolean): void {
    this.ready = ready;
    this.changed();
  }

  private become(state: ContainerState): void {
    this.state = state;
    if (!("running" in state)) this.started = this.ready = false;
    this.changed();
  }
}

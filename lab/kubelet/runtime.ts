import type { V1Container, V1Pod } from "@kubernetes/client-node";

/** One container to run, and the pod that it belongs to. */
export interface ContainerToRun {
  readonly pod: V1Pod;
  readonly container: V1Container;
  /** Address of the pod; on the host's network that of its node. */
  readonly address: string;
  /** Whether it is an init container, after whose end the pod goes on. */
  readonly runsToItsEnd?: boolean;
}

/** A container that runs. */
export interface RunningContainer {
  /** Resolves with the reason once it has ended, whoever ended it. */
  readonly ended: Promise<string>;
  /** Sends SIGTERM and, unless it has ended by itself after so many seconds, SIGKILL. Resolves once it has ended. */
  stop(graceSeconds: number): Promise<void>;
  /** Whether a command ends well in the container, in its time; missing where the runtime can't `exec`. */
  exec?(command: readonly string[], timeoutMs: number): Promise<boolean>;
}

/** What runs containers of some kind. */
export interface Runtime {
  /** Whether its containers run commands, as probes of kind `exec` ask for. */
  readonly canExec?: boolean;
  /** Resolves once the container's process has been started. It need not listen by then. */
  start(what: ContainerToRun): Promise<RunningContainer>;
}

/** Ends what is asked to end, at the latest when its time is up. */
export async function stopWithin(
  seconds: number,
  ended: Promise<unknown>,
  terminate: () => void,
  kill: () => void,
): Promise<void> {
  const timer = setTimeout(kill, seconds * 1000);
  terminate();
  await ended;
  clearTimeout(timer);
}

/** What commands share that change a stack by Pulumi's engine. */

import type { Target } from "../analysis/plan";
import { tell, tellLine } from "../base/output";
import { UserError } from "../base/user-error";
import { rolloutFiles } from "../rollout/journal/journal";
import { type LockingCommand, takeLock, takeLockAnyway } from "../rollout/journal/lock";
import { engineShifter } from "../rollout/shifters";
import type { EngineShifter } from "../rollout/shifters/engine";
import { EngineError, NoPulumiError } from "../rollout/shifters/pulumi";
import type { WiredStack } from "../rollout/wiring";
import type { Settings } from "../stacks/settings";
import { EXIT } from "./errors";
import { stopping } from "./signals";
import { asFiled, stackToGoBack } from "./way-back";

type Some = readonly [Target, ...Target[]];

export interface EngineWork<Targets extends readonly Target[] = Some> extends WiredStack {
  readonly targets: Targets;
  readonly shifter: EngineShifter;
  /** Cancels an update that is under way: Ctrl-C, SIGTERM, the terminal's end. */
  readonly signal: AbortSignal;
}

/** A stack where there is no engine. */
export type WithoutEngine<Targets> = WiredStack & { readonly targets: Targets; readonly why: string };

/** Does something that nothing else shifts the stack meanwhile. @throws UserError */
export type Alone = <T>(use: () => Promise<T>) => Promise<T>;

/** As `onEngine`, with the stack to itself all the time. */
export const engineWork = <Targets extends readonly Target[] = Some>(
  command: LockingCommand,
  stack: string,
  choose: (settings: Settings) => Targets,
  work: (on: EngineWork<Targets>) => Promise<number>,
  without?: (on: WithoutEngine<Targets>) => Promise<number>,
): Promise<number> => onEngine(command, stack, choose, (on, alone) => alone(() => work(on)), without);

/** Whether there is what is asked for. */
const canChoose =
  (choose: (settings: Settings) => unknown) =>
  (settings: Settings): boolean => {
    try {
      choose(settings);
      return true;
    } catch {
      return false;
    }
  };

/**
 * Does something to a stack.
 *
 * @param work what is done; what must not be done beside anything else that shifts the stack, it does `alone`
 * @param without what is done if there is no engine here at all; default that is an error
 * @returns the exit code: what `work` answers, or 1 if the engine failed
 */
export async function onEngine<Targets extends readonly Target[] = Some>(
  command: LockingCommand,
  stack: string,
  choose: (settings: Settings) => Targets,
  work: (on: EngineWork<Targets>, alone: Alone) => Promise<number>,
  without?: (on: WithoutEngine<Targets>) => Promise<number>,
): Promise<number> {
  const wired =
    command === "rollback" ? await stackToGoBack(stack, { isEnough: canChoose(choose) }) : asFiled(stack);
  const { folder, settings } = wired;
  const alone: Alone = async (use) => {
    const { lock: file } = rolloutFiles(folder, stack);
    const lock =
      command === "rollback"
        ? takeLockAnyway(file, stack, command, tellLine)
        : takeLock(file, stack, command);
    try {
      return await use();
    } finally {
      lock.release();
    }
  };
  const { signal, release } = stopping(() => {
    if (command === "rollback") tellLine("going back first; Ctrl-C again ends it at once");
  });
  try {
    const targets = choose(settings);
    const shifter = await engineShifter(wired, targets, tellLine).catch((error) => {
      if (error instanceof NoPulumiError) return error;
      throw error;
    });
    if (shifter instanceof NoPulumiError) {
      if (without === undefined) throw shifter;
      return await without({ ...wired, targets, why: shifter.message });
    }
    return await work({ ...wired, targets, shifter, signal }, alone);
  } catch (error) {
    if (error instanceof UserError || !(error instanceof EngineError || signal.aborted)) throw error;
    tell(`${error instanceof EngineError ? error.message : signal.reason}\n`);
    return EXIT.no;
  } finally {
    release();
  }
}

/** What commands share that change a stack by Pulumi's engine. */

import { rolloutFiles } from "../rollout/journal";
import { LockedError, type LockingCommand, takeLock } from "../rollout/lock";
import { PlanError } from "../rollout/make-plan";
import type { Target } from "../rollout/plan";
import { PromotionError } from "../rollout/promotion";
import { engineShifter } from "../rollout/shifters";
import type { EngineShifter } from "../rollout/shifters/engine";
import { EngineError } from "../rollout/shifters/pulumi";
import { StackFileError } from "../rollout/stack-file";
import type { WiredStack } from "../rollout/wiring";
import type { Settings } from "../stacks/settings";
import { EXIT, UsageError } from "./errors";
import { readStack } from "./options";
import { readSettings } from "./settings";

type Some = readonly [Target, ...Target[]];

export interface EngineWork<Targets extends readonly Target[] = Some> extends WiredStack {
  readonly targets: Targets;
  readonly shifter: EngineShifter;
  /** Ctrl-C: cancels an update that is under way. */
  readonly signal: AbortSignal;
}

const MISTAKES = [PlanError, LockedError, PromotionError, StackFileError];

/**
 * Does something to a stack that nothing else shifts meanwhile.
 *
 * @returns the exit code: what `work` answers, or 1 where the engine failed
 */
export async function engineWork<Targets extends readonly Target[] = Some>(
  command: LockingCommand,
  stack: string,
  choose: (settings: Settings) => Targets,
  work: (on: EngineWork<Targets>) => Promise<number>,
): Promise<number> {
  const { folder, asFiled: configuration } = readStack({ stack, config: [], configPath: false });
  const settings = readSettings(configuration);
  const wired: WiredStack = { folder, configuration, settings };
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort("Ctrl-C");
  process.once("SIGINT", onSignal);
  try {
    const targets = choose(settings);
    const lock = takeLock(rolloutFiles(folder, stack).lock, stack, command);
    try {
      const shifter = await engineShifter(wired, targets, (line) => process.stderr.write(`${line}\n`));
      return await work({ ...wired, targets, shifter, signal: interrupt.signal });
    } finally {
      lock.release();
    }
  } catch (error) {
    if (MISTAKES.some((kind) => error instanceof kind)) throw new UsageError((error as Error).message);
    if (!(error instanceof EngineError) && !interrupt.signal.aborted) throw error;
    process.stderr.write(`${error instanceof EngineError ? error.message : "stopped by Ctrl-C"}\n`);
    return EXIT.no;
  } finally {
    process.off("SIGINT", onSignal);
  }
}

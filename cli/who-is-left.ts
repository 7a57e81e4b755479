/** Counts who is still there after a way back that users follow later, as answers of DNS are kept. */
import type { AnalysisWorld } from "../analysis/world";
import { printLine, tellLine } from "../base/output";
import { messageOf } from "../base/user-error";
import { followOf, isCounted } from "../rollout/follow";
import type { Change } from "../rollout/machine/ports";
import { analysisWorld } from "../rollout/wiring";
import type { EngineWork } from "./engine-work";
import { stopping } from "./signals";

/**
 * Prints how many are left once they are gone, or it is clear that they stay. Prints nothing if nothing counts them. Whatever
 * fails, the way back is behind: that is said, and no error.
 */
export async function countLeft(
  on: Pick<EngineWork, "configuration" | "settings" | "targets" | "shifter">,
  change: Change,
  given?: AnalysisWorld,
): Promise<void> {
  const { settings, targets, configuration } = on;
  const { stack } = configuration;
  const { signal, release } = stopping(() => {});
  try {
    const follow = followOf(settings, targets, given ?? analysisWorld(on, () => on.shifter.state()));
    if (follow === undefined || !isCounted(settings)) return;
    tellLine(`${stack}: counting who is left, for ${follow.seconds} s at most; Ctrl-C ends the count alone`);
    const { said } = await follow.until(change, signal);
    printLine(`${stack}: ${said}`);
  } catch (error) {
    tellLine(`${stack}: not counted: ${signal.aborted ? signal.reason : messageOf(error)}`);
  } finally {
    release();
  }
}

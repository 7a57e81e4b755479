/** Output that can't be written ends no command: what one does to a stack has to come to its end. */
import { tellLine } from "../base/output";
import { EXIT } from "./errors";

/**
 * Lets the process live on where stdout or stderr fails, as on a full disk or a terminal that is gone.
 *
 * @returns whether any of it was lost so far, other than to a reader that has seen enough, as in `canary preview | head -1`
 */
export function outliveOutput(): () => boolean {
  let isLost = false;
  for (const name of ["stdout", "stderr"] as const) {
    process[name].on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") return;
      if (name === "stdout" && !isLost) tellLine(`stdout: ${error.message}`);
      isLost = true;
      process.exitCode = EXIT.badInput;
    });
  }
  return () => isLost;
}

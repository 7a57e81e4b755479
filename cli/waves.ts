/** One rollout over several stacks. */
import { printLine, tellLine } from "../base/output";
import { messageOf } from "../base/user-error";
import type { Ended } from "../rollout/machine/world";
import { EXIT } from "./errors";

/**
 * Rolls stacks out one after the other. If one goes back, those before it go back, too. One that stops, as at Ctrl-C, leaves
 * the others as they are.
 *
 * @param rolled rolls one out
 * @param takenBack takes the canaries of one out, whatever comes; answers its exit code
 */
export async function waves(
  stacks: readonly string[],
  rolled: (stack: string) => Promise<Ended>,
  takenBack: (stack: string, why: string) => Promise<number>,
): Promise<Ended> {
  const out: string[] = [];
  for (const stack of stacks) {
    tellLine(`stack ${stack}, ${out.length + 1} of ${stacks.length}`);
    const ended = await rolled(stack);
    if (ended.outcome === "stopped") {
      printLine(stopped(stack, out, stacks));
      return ended;
    }
    if (ended.outcome === "rolled-back") {
      const left = await leftOut(out, `canary rollout, ${stack} failed`, takenBack);
      if (left.length === 0) printLine(`rolled back: ${[...out, stack].join(", ")}`);
      else
        printLine(
          `NOT rolled back: ${left.join(", ")}; ${left.map((each) => `canary rollback -s ${each}`).join(", ")}`,
        );
      return ended;
    }
    out.push(stack);
  }
  printLine(`done: ${out.join(", ")}`);
  return { outcome: "done", reason: "all stacks passed" };
}

function stopped(stack: string, out: readonly string[], stacks: readonly string[]): string {
  const again = `once ${stack} is done or back, the same command goes on with ${stacks.slice(out.length).join(", ")}`;
  return `stopped at ${stack}; ${out.length === 0 ? "no stack is done" : `done: ${out.join(", ")}`}; ${again}`;
}

/** The last first, as a failure is most likely to be known there. One that can't be taken back keeps no other. */
async function leftOut(
  out: readonly string[],
  why: string,
  takenBack: (stack: string, why: string) => Promise<number>,
): Promise<string[]> {
  const left: string[] = [];
  for (const stack of [...out].reverse()) {
    try {
      if ((await takenBack(stack, why)) !== EXIT.done) left.push(stack);
    } catch (error) {
      tellLine(`${stack}: ${messageOf(error)}`);
      left.push(stack);
    }
  }
  return left;
}

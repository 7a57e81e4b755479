/** The rollout of a stack that another process of this machine runs. */
import { UserError } from "../base/user-error";
import { findProject } from "../offline/find-project";
import { shortName, stackNames } from "../offline/stack-names";
import type { RolloutEvent } from "../rollout/journal/events";
import { lastRollout, rolloutFiles } from "../rollout/journal/journal";
import { holderOf } from "../rollout/journal/lock";
import { listed } from "../stacks/spelling";

export interface RolloutHere {
  readonly begun: RolloutEvent & { type: "begun" };
  readonly events: readonly RolloutEvent[];
  /** File that takes the answer. */
  readonly answer: string;
}

/** Undefined if none is under way on this machine. */
export function rolloutHere(folder: string, stack: string): RolloutHere | undefined {
  const { journal, lock, answer } = rolloutFiles(folder, stack);
  const events = holderOf(lock)?.command !== "rollout" ? [] : lastRollout(journal);
  const [begun] = events;
  return begun?.type !== "begun" || events.at(-1)?.type === "ended" ? undefined : { begun, events, answer };
}

/** @param why what there is to say of a stack that there is */
export function noRollout(stack: string, why: string): UserError {
  const names = stackNames(findProject(process.cwd()));
  const isOne = names.includes(shortName(stack));
  return new UserError(`stack ${stack}: ${isOne ? why : `there is none; allowed: ${listed(names)}`}`);
}

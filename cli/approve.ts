/** `canary approve` and `canary abort`: a word to a rollout that runs elsewhere on this machine. */
import { hostname, userInfo } from "node:os";
import { Command } from "commander";
import { findProject } from "../offline/configuration";
import { awaitedStep, leaveAnswer } from "../rollout/answers";
import type { RolloutEvent } from "../rollout/events";
import { lastRollout, rolloutFiles } from "../rollout/journal";
import { holderOf } from "../rollout/lock";
import { UsageError } from "./errors";
import { withStackOption } from "./options";

interface StackOption {
  readonly stack: string;
}

export function approveCommand(): Command {
  return withStackOption(new Command("approve"))
    .description("approve the step that a rollout on this machine waits for")
    .action(({ stack }: StackOption) => {
      const { begun, events, answer } = rolloutUnderWay(stack);
      const step = awaitedStep(events);
      if (step === undefined) throw new UsageError(`stack ${stack}: the rollout waits for no approval`);
      leaveAnswer(answer, { id: begun.id, decision: "approve", step, by: whoami() });
      const { steps } = begun.plan;
      process.stdout.write(
        `approved: step ${step + 1} of ${steps.length} of ${stack}, to ${steps[step]?.weight} %\n`,
      );
    });
}

export function abortCommand(): Command {
  return withStackOption(new Command("abort"))
    .description("have a rollout on this machine roll back")
    .action(({ stack }: StackOption) => {
      const { begun, answer } = rolloutUnderWay(stack);
      leaveAnswer(answer, { id: begun.id, decision: "abort", by: whoami() });
      process.stdout.write(`told the rollout of ${stack} to roll back\n`);
    });
}

interface UnderWay {
  readonly begun: RolloutEvent & { type: "begun" };
  readonly events: readonly RolloutEvent[];
  /** File that takes the answer. */
  readonly answer: string;
}

function rolloutUnderWay(stack: string): UnderWay {
  const { journal, lock, answer } = rolloutFiles(findProject(process.cwd()), stack);
  const events = holderOf(lock) === undefined ? [] : lastRollout(journal);
  const [begun] = events;
  if (begun?.type !== "begun" || events.at(-1)?.type === "ended") {
    throw new UsageError(`stack ${stack}: no rollout is under way here`);
  }
  return { begun, events, answer };
}

const whoami = (): string => `${userInfo().username}@${hostname()}`;

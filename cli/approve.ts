/** `canary approve`, `canary abort` and `canary judge`: a word to a rollout that runs elsewhere on this machine. */

import { Argument, Command } from "commander";
import { PERSON } from "../analysis/person";
import { printLine } from "../base/output";
import { UserError } from "../base/user-error";
import { findProject } from "../offline/configuration";
import { shortName, stackNames } from "../offline/stack-names";
import { awaitedStep, judgedStep, leaveAnswer } from "../rollout/journal/answers";
import type { RolloutEvent } from "../rollout/journal/events";
import { lastRollout, rolloutFiles } from "../rollout/journal/journal";
import { holderOf } from "../rollout/journal/lock";
import { whoami } from "../rollout/journal/whoami";
import { listed } from "../stacks/spelling";
import { withChosenStack } from "./options";

interface StackOption {
  readonly stack: string;
}

export function approveCommand(): Command {
  return withChosenStack(new Command("approve"))
    .description("approve the step that a rollout on this machine waits for")
    .action(({ stack }: StackOption) => {
      const { begun, events, answer } = rolloutUnderWay(stack);
      const step = awaitedStep(events);
      if (step === undefined) throw new UserError(`stack ${stack}: the rollout waits for no approval`);
      leaveAnswer(answer, { id: begun.id, decision: "approve", step, by: whoami() });
      const { steps } = begun.plan;
      printLine(`approved: step ${step + 1} of ${steps.length} of ${stack}, to ${steps[step]?.weight} %`);
    });
}

export function abortCommand(): Command {
  return withChosenStack(new Command("abort"))
    .description("have a rollout on this machine roll back")
    .addHelpText(
      "after",
      `
When: a rollout runs on this machine, and you want it to go back to 0 and end. If it runs elsewhere or does not answer:
canary rollback. If it has ended: canary rollout --resume --rollback, or canary rollback.`,
    )
    .action(({ stack }: StackOption) => {
      const { begun, answer } = rolloutUnderWay(stack);
      leaveAnswer(answer, { id: begun.id, decision: "abort", by: whoami() });
      printLine(`told the rollout of ${stack} to roll back`);
    });
}

interface JudgeOptions extends StackOption {
  readonly metric: string;
  readonly reason?: string;
}

export function judgeCommand(): Command {
  return withChosenStack(new Command("judge"))
    .description("answer for a metric that a rollout on this machine asks a person about")
    .addArgument(new Argument("<verdict>", "what the canary of this step does").choices(["pass", "fail"]))
    .requiredOption("--metric <name>", "name of the metric, as the rollout tells it")
    .option("--reason <text>", "why, for the journal and the report")
    .addHelpText(
      "after",
      `
When: a rollout asks you about a metric of source person. judge fail takes its canary back at once, as a metric would that
failed. To take it back without such a question: canary abort.`,
    )
    .action((outcome: "pass" | "fail", { stack, metric, reason }: JudgeOptions) => {
      const { begun, events, answer } = rolloutUnderWay(stack);
      const metrics = begun.plan.analysis.metrics.filter(({ source }) => source === PERSON);
      if (!metrics.some(({ name }) => name === metric)) {
        const names = metrics.map(({ name }) => name);
        const allowed = names.length === 0 ? "none, as no metric has source person" : listed(names);
        throw new UserError(`--metric ${metric}: allowed: ${allowed}`);
      }
      const step = judgedStep(events);
      if (step === undefined) throw new UserError(`stack ${stack}: the rollout judges no step now`);
      const said = { outcome, by: whoami(), ...(reason !== undefined && { reason }) };
      leaveAnswer(answer, { id: begun.id, decision: "judge", step, metric, ...said });
      printLine(`judged: ${metric} at step ${step + 1} of ${stack}: ${outcome}`);
    });
}

interface UnderWay {
  readonly begun: RolloutEvent & { type: "begun" };
  readonly events: readonly RolloutEvent[];
  /** File that takes the answer. */
  readonly answer: string;
}

function rolloutUnderWay(stack: string): UnderWay {
  const folder = findProject(process.cwd());
  const { journal, lock, answer } = rolloutFiles(folder, stack);
  const events = holderOf(lock)?.command !== "rollout" ? [] : lastRollout(journal);
  const [begun] = events;
  if (begun?.type !== "begun" || events.at(-1)?.type === "ended") {
    const names = stackNames(folder);
    const isOne = names.includes(shortName(stack));
    throw new UserError(
      `stack ${stack}: ${isOne ? "no rollout is under way here" : `there is none; allowed: ${listed(names)}`}`,
    );
  }
  return { begun, events, answer };
}

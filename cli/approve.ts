/** `canary approve` and `canary judge`: answers to a rollout that runs elsewhere on this machine. */

import { Argument, Command } from "commander";
import { PERSON } from "../analysis/person";
import { printLine } from "../base/output";
import { UserError } from "../base/user-error";
import { findProject } from "../offline/find-project";
import { awaitedStep, judgedStep, leaveAnswer } from "../rollout/journal/answers";
import { whoami } from "../rollout/journal/whoami";
import { listed } from "../stacks/spelling";
import { withChosenStack } from "./options";
import { noRollout, type RolloutHere, rolloutHere } from "./rollout-here";

export interface StackOption {
  readonly stack: string;
}

export function approveCommand(): Command {
  return withChosenStack(new Command("approve")).action(({ stack }: StackOption) => {
    const { begun, events, answer } = rolloutUnderWay(stack);
    const step = awaitedStep(events);
    if (step === undefined) throw new UserError(`stack ${stack}: the rollout waits for no approval`);
    leaveAnswer(answer, { id: begun.id, decision: "approve", step, by: whoami() });
    const { steps } = begun.plan;
    printLine(`approved: step ${step + 1} of ${steps.length} of ${stack}, to ${steps[step]?.weight} %`);
  });
}

interface JudgeOptions extends StackOption {
  readonly metric: string;
  readonly reason?: string;
}

export function judgeCommand(): Command {
  return withChosenStack(new Command("judge"))
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

function rolloutUnderWay(stack: string): RolloutHere {
  const found = rolloutHere(findProject(process.cwd()), stack);
  if (found === undefined) throw noRollout(stack, "no rollout is under way here");
  return found;
}

/** `canary promote`: the canary's version becomes the primary's. */

import { readFileSync } from "node:fs";
import { Command } from "commander";
import { systemClock } from "../analysis/clock";
import { targetKey, type Weights } from "../analysis/plan";
import { printLine, tellLine } from "../base/output";
import { stackFile } from "../offline/stack-names";
import { OBSERVE_SECONDS } from "../rollout/machine/limits";
import { shownWeights } from "../rollout/machine/move";
import { untilObserved } from "../rollout/machine/observe";
import { expectedShares } from "../rollout/plan/effective";
import { chooseTargets } from "../rollout/plan/targets";
import { planPromotion } from "../rollout/updates/promotion";
import { primaryGroups, replacingAccount, untilReplaced } from "../rollout/updates/replacing";
import { lineDiff } from "../rollout/updates/stack-file";
import { hasFleets } from "../stacks/settings";
import { awsAccess } from "../status/aws-access";
import { StatusError } from "../status/errors";
import { refuseBesideController } from "./controller";
import { type EngineWork, engineWork } from "./engine-work";
import { EXIT } from "./errors";
import { collect, withChosenStack } from "./options";

interface PromoteOptions {
  readonly stack: string;
  readonly app: readonly string[];
  readonly dryRun: boolean;
}

/** `canary promote`. Exits 1 if the primary did not become ready, and then leaves the weight where it is. */
export function promoteCommand(): Command {
  return withChosenStack(new Command("promote"))
    .option("--app <name>", "app, or app/canary where it has several; repeatable; default all", collect, [])
    .option("--dry-run", "print the change to the stack file alone", false)
    .action(async ({ stack, app, dryRun }: PromoteOptions) => {
      process.exitCode = await engineWork(
        "promote",
        stack,
        (settings) => {
          refuseBesideController(settings, "promote");
          return chooseTargets(settings, app);
        },
        (on) => promote(on, dryRun),
      );
    });
}

/** @returns the exit code */
export async function promote(on: EngineWork, dryRun: boolean): Promise<number> {
  const { folder, configuration, settings, targets, shifter, signal } = on;
  const { namespace, stack } = configuration;
  if (!dryRun) await shifter.recover();
  const text = readFileSync(stackFile(folder, stack), "utf8");
  const applied = await shifter.applied();
  const plan = planPromotion(text, namespace, settings, targets, applied, await shifter.preview(applied));
  for (const line of lineDiff(text, plan.promoted)) printLine(line);
  if (dryRun) return EXIT.done;
  const names = targets.map(targetKey).join(", ");
  const updates = plan.weights.length + 1;
  await shifter.update(
    plan.primaries,
    `canary promote, 1 of ${updates}: the primary gets the image of ${names}`,
    signal,
  );
  const failed = await notReplaced(on);
  if (failed !== undefined) {
    tellLine(
      `${failed}; ${names} keeps all requests: mend that, begin a refresh by aws autoscaling start-instance-refresh ` +
        "--auto-scaling-group-name GROUP, and run canary promote again",
    );
    return EXIT.no;
  }
  for (const [i, weights] of plan.weights.entries()) {
    const message = `canary promote, ${i + 2} of ${updates}: ${shownWeights(weights)}, as the primary is ready`;
    await shifter.apply(weights, message, signal);
    const late = await notObserved(on, weights);
    if (late !== undefined) {
      tellLine(`${shownWeights(weights)} was not observed within ${OBSERVE_SECONDS} s: ${late}`);
      return EXIT.no;
    }
  }
  printLine(`${configuration.stack}: promoted: ${names}`);
  return EXIT.done;
}

/** On AWS an update only begins to replace the primary's instances: why it did not end well; undefined once it has. */
async function notReplaced({
  configuration,
  settings,
  targets,
  shifter,
  signal,
}: EngineWork): Promise<string | undefined> {
  if (!hasFleets(settings)) return undefined;
  const groups = primaryGroups(
    await shifter.state(),
    targets.map(({ app }) => app),
  );
  try {
    const account = await replacingAccount(awsAccess(configuration.values));
    return await untilReplaced(groups, { account, clock: systemClock }, tellLine, signal);
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}

async function notObserved(
  { settings, shifter, signal }: EngineWork,
  weights: Weights,
): Promise<string | undefined> {
  const world = {
    shifter,
    clock: systemClock,
    expected: (asked: Weights) => expectedShares(settings, asked),
  };
  const { arrived, observed } = await untilObserved(world, weights, OBSERVE_SECONDS, signal);
  return arrived ? undefined : observed;
}

/** `canary up`: what `pulumi up` does, in an order in which no request is lost. */

import { createInterface } from "node:readline/promises";
import { Command } from "commander";
import { systemClock } from "../analysis/clock";
import type { Target } from "../analysis/plan";
import { print, printLine, tell, tellLine } from "../base/output";
import { UserError } from "../base/user-error";
import { awsTypes } from "../components/aws/types";
import { type Preview, preview } from "../offline/preview";
import { shownPreview } from "../offline/secrets";
import { previewGraph } from "../policy/preview";
import { outnumbered } from "../policy/rules/weight-before-pods";
import { previewText } from "../reports/text";
import { isByInstances } from "../rollout/plan/effective";
import { weightedCanaries } from "../rollout/plan/targets";
import { type HeldBack, heldBack } from "../rollout/updates/held-back";
import { settleSeconds, updateInOrder } from "../rollout/updates/two-updates";
import type { Settings } from "../stacks/settings";
import { type Alone, type EngineWork, onEngine } from "./engine-work";
import { EXIT } from "./errors";
import { withChosenStack } from "./options";

interface UpOptions {
  readonly stack: string;
  readonly yes: boolean;
}

/** `canary up`. Exits 1 if it is declined, if the engine fails, or if the new weights are not seen in time. */
export function upCommand(): Command {
  return withChosenStack(new Command("up"))
    .option("-y, --yes", "update without asking", false)
    .action(async ({ stack, yes }: UpOptions) => {
      if (!yes && !canAsk()) throw new UserError("--yes is missing: without a terminal nobody can be asked");
      process.exitCode = await onEngine("up", stack, weightedCanaries, (on, alone) => up(on, alone, yes));
    });
}

/** Nothing is kept away while it asks: whoever has to roll back meanwhile can. */
async function up(on: EngineWork<readonly Target[]>, alone: Alone, yes: boolean): Promise<number> {
  const { folder, configuration, settings, shifter, signal } = on;
  await alone(() => shifter.recover());
  const seen = await preview(folder, configuration, await shifter.state());
  print(`${previewText(shownPreview(seen), { showSames: false, colour: isColoured() })}\n`);
  const refusals = [
    ...seen.refusals,
    ...(await shifter.missing()),
    ...outnumbered(previewGraph(seen)).map(({ message }) => message),
  ];
  if (refusals.length > 0) {
    tell(`${refusals.join("\n")}\n`);
    return EXIT.no;
  }
  const held = heldBack(seen);
  print(held === undefined ? oneUpdate(seen, settings) : twoUpdates(held, settings));
  if (!yes && !(await isWanted(signal))) {
    tellLine("nothing was updated");
    return EXIT.no;
  }
  return alone(() => update(on, held));
}

async function update(on: EngineWork<readonly Target[]>, held: HeldBack | undefined): Promise<number> {
  const { configuration, shifter } = on;
  const changed = await shifter.changedByHand();
  if (changed.length > 0) {
    tellLine(`the stack file was changed meanwhile: ${changed.join(", ")}; nothing was updated`);
    return EXIT.no;
  }
  const onOutput = (text: string): void => tell(text);
  const problem = await updateInOrder({ ...on, clock: systemClock, onOutput }, held);
  if (problem !== undefined) {
    tellLine(`1 of 2 updates is done; ${problem}; canary up -s ${configuration.stack} goes on`);
    return EXIT.no;
  }
  printLine(`${configuration.stack}: updated`);
  return EXIT.done;
}

function oneUpdate({ steps }: Preview, settings: Settings): string {
  const isGroup = steps.some(({ op, type }) => op === "update" && type === awsTypes.group);
  const why =
    isByInstances(settings) && isGroup
      ? "behind classic load balancers instances are the weight"
      : "no variant loses both requests and pods";
  return `1 update: ${why}\n`;
}

function twoUpdates({ labels, reasons, apps }: HeldBack, settings: Settings): string {
  return [
    "2 updates, as pods would go before the requests for them:",
    ...reasons.map((reason) => `    ${reason}`),
    ...settings.apps
      .filter(({ name, sticky }) => sticky !== undefined && apps.includes(name))
      .map(({ name }) => `    ${name}: users with its cookie stay where they are, whatever the weight`),
    `  1  all but ${labels.join(", ")}`,
    `  2  ${labels.join(", ")}, ${settleSeconds(settings, apps)} s after the new weights are observed`,
    "",
  ].join("\n");
}

const canAsk = (): boolean => process.stdin.isTTY === true && process.stdout.isTTY === true;

const isColoured = (): boolean => process.stdout.isTTY === true && process.env.NO_COLOR === undefined;

/** Asks on the terminal. Not in raw mode, in which Ctrl-C would not be a signal. */
async function isWanted(signal: AbortSignal): Promise<boolean> {
  const { stdin: input, stdout: output } = process;
  const terminal = createInterface({ input, output, terminal: false });
  const closed = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
  try {
    const question = terminal.question("Do you want to perform this update? (yes/no) ", { signal });
    return /^y(es)?$/i.test((await Promise.race([question, closed])).trim());
  } finally {
    terminal.close();
  }
}

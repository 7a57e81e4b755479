import { Command, InvalidArgumentError, Option } from "commander";
import { within } from "../base/deadline";
import { printLine, tell, tellLine } from "../base/output";
import { messageOf, UserError } from "../base/user-error";
import { isWeight } from "../components/traffic";
import { findNewImage, type NewImage } from "../rollout/images/new-image";
import { RegistryError } from "../rollout/images/registry";
import { lastRollout, rolloutFiles } from "../rollout/journal/journal";
import { takeLock } from "../rollout/journal/lock";
import { chooseMove } from "../rollout/kinds/move";
import { beginRollout, refuseUnfinished, resumeRollout, type Session } from "../rollout/machine/session";
import type { Ended } from "../rollout/machine/world";
import { makePlan, type PlanFlags, refuseUnjudged } from "../rollout/plan/make-plan";
import { refuseMissingVariables } from "../rollout/plan/missing-variables";
import { chooseTargets } from "../rollout/plan/targets";
import { EngineError } from "../rollout/shifters/pulumi";
import { openViews } from "../rollout/views";
import type { Wire } from "../rollout/wiring";
import type { Settings } from "../stacks/settings";
import { refuseBesideController } from "./controller";
import { engineWork } from "./engine-work";
import { EXIT } from "./errors";
import { rollBack } from "./going-back";
import { collect, withChosenStacks } from "./options";

import { stopping } from "./signals";
import { waves } from "./waves";
import { asFiled, stackToGoBack } from "./way-back";

export interface RolloutOptions {
  readonly stack: string;
  readonly to?: number;
  readonly app: readonly string[];
  readonly move: boolean;
  readonly steps?: readonly number[];
  readonly bake?: number;
  readonly maxStep?: number;
  readonly approve: boolean;
  readonly unjudged: boolean;
  readonly resume: boolean;
  readonly rollback: boolean;
  readonly imageFrom?: string;
  readonly tag?: string;
  readonly report?: string;
  readonly events?: string;
  readonly ui: boolean;
}

const OF_A_NEW_ROLLOUT = [
  "to",
  "app",
  "move",
  "steps",
  "bake",
  "maxStep",
  "approve",
  "unjudged",
  "imageFrom",
  "tag",
];

/** `canary rollout`: takes a weight to where it should be, step by step. Exits 1 when it goes back or stops. */
export function rolloutCommand(wire: Wire): Command {
  return withChosenStacks(new Command("rollout"))
    .option(
      "--to <percent>",
      "the canary's weight at the end; with --move percent of users on Kubernetes",
      percent,
    )
    .option("--app <name>", "app, or app/canary where it has several; repeatable", collect, [])
    .addOption(
      new Option("--move", "take users of a migration to Kubernetes by DNS, in place of a canary's weight")
        .default(false)
        .conflicts(["app", "imageFrom", "tag"]),
    )
    .option("--steps <weights>", "weights on the way, as in 1,5,25; default rollout.steps", percents)
    .option("--bake <seconds>", "time for which each weight is judged; default rollout.bakeSeconds", seconds)
    .option("--max-step <points>", "most that one step may rise; default rollout.maxStep", percent)
    .option("--approve", "wait for an approval before every step", false)
    .option("--unjudged", "go on by time alone, without a metric that judges the canary", false)
    .option(
      "--image-from <repository>",
      "roll out its newest image to --to, default 100, if that is a new one",
    )
    .option("--tag <pattern>", "with --image-from: the tags that count, as in 1.x or main-*")
    .addOption(
      new Option("--resume", "go on with the rollout that was interrupted")
        .default(false)
        .conflicts(OF_A_NEW_ROLLOUT),
    )
    .option("--rollback", "with --resume: roll back instead", false)
    .option("--ui", "show it as a page on this machine, too, with buttons to approve and to roll back", false)
    .option("--report <file>", "HTML page on the whole rollout, written at its end")
    .option("--events <file>", "file that every event is appended to, a line of JSON each")
    .addHelpText(
      "after",
      `
Several -s: one stack after the other, as regions; a canary that fails in one is taken back in all before it.
--resume: the rollout's process ended before its end, and the canary is well. --resume --rollback: the same, and the canary
is not; canary rollback does it from any machine.`,
    )
    .action(async ({ stack: stacks, ...options }: Asked) => {
      const rolled = (stack: string): Promise<Ended> => run({ ...options, stack }, wire);
      const [first = "", ...others] = stacks;
      const { outcome } = others.length === 0 ? await rolled(first) : await inWaves(stacks, options, rolled);
      process.exitCode = outcome === "done" ? EXIT.done : EXIT.no;
    });
}

/** One number at a time. @throws UserError */
const targetsOf = (settings: Settings, { app, move }: Pick<RolloutOptions, "app" | "move">) =>
  move ? chooseMove(settings) : chooseTargets(settings, app);

type Asked = Omit<RolloutOptions, "stack"> & { readonly stack: readonly string[] };

/** @throws UserError with all that would keep any of the stacks from its rollout, before one begins */
function inWaves(
  stacks: readonly string[],
  options: Omit<RolloutOptions, "stack">,
  rolled: (stack: string) => Promise<Ended>,
): Promise<Ended> {
  const { resume, imageFrom, ui, report, to } = options;
  if (resume || imageFrom !== undefined || ui || report !== undefined)
    throw new UserError("--resume, --image-from, --ui, --report: allowed with one -s only");
  if (to === undefined) throw new UserError("--to is missing: give a weight");
  const flags = { ...options, to, bakeSeconds: options.bake };
  const problems = stacks.flatMap((stack) => {
    try {
      const { folder, settings } = asFiled(stack);
      refuseBesideController(settings, "rollout");
      refuseMissingVariables(settings.rollout, process.env);
      refuseUnfinished(stack, rolloutFiles(folder, stack).journal);
      refuseUnjudged(makePlan(settings, stack, targetsOf(settings, options), {}, flags), flags);
      return [];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return error.message.split("\n").map((line) => `${stack}: ${line}`);
    }
  });
  if (problems.length > 0) throw new UserError(problems.join("\n"));
  const takenBack = (stack: string, why: string): Promise<number> =>
    engineWork(
      "rollback",
      stack,
      (settings) => targetsOf(settings, options),
      async (on) => (await rollBack(on, why)).code,
    );
  return waves(stacks, rolled, takenBack);
}

async function run(options: RolloutOptions, wire: Wire): Promise<Ended> {
  const { stack, resume, rollback, imageFrom } = options;
  const to = options.to ?? (imageFrom === undefined ? undefined : 100);
  if (rollback && !resume) throw new UserError("--rollback: allowed with --resume only");
  if ((imageFrom === undefined) !== (options.tag === undefined))
    throw new UserError("--image-from, --tag: allowed together only");
  if (!resume && to === undefined) throw new UserError("--to is missing: give a weight, or --resume");
  const { folder, configuration, settings } = rollback ? await stackToGoBack(stack) : asFiled(stack);
  refuseBesideController(settings, "rollout");
  const files = rolloutFiles(folder, stack);
  const flags = to === undefined ? undefined : { ...options, to, bakeSeconds: options.bake };
  let note = tellLine;
  const { signal, release } = stopping(() =>
    note("stopping, once nothing is half done; Ctrl-C again ends it at once"),
  );
  try {
    if (!rollback) refuseMissingVariables(settings.rollout, process.env);
    const newImage = flags && (await newImageFor({ ...options, ...flags }, settings, files, signal));
    if (newImage !== undefined && "nothing" in newImage) {
      printLine(newImage.nothing);
      return { outcome: "done", reason: newImage.nothing };
    }
    const past = resume ? lastRollout(files.journal) : [];
    const views = await openViews({
      ...options,
      ui: options.ui ? { stack, answer: files.answer } : undefined,
      past,
      terminal: process.stdout,
      write: tellLine,
    });
    note = views.note;
    const rolledOut = async (): Promise<Ended> => {
      const parts = await wire({ folder, configuration, settings, newImage }, note);
      const listeners = [views.hear, ...parts.listeners];
      const session: Session = { stack, settings, files, parts: { ...parts, listeners }, stop: signal };
      const end =
        flags === undefined
          ? resumeRollout(session, rollback)
          : beginRollout(session, targetsOf(settings, options), flags);
      return end.finally(() => finished(parts.finish));
    };
    const ended = await rolledOut().finally(views.close);
    for (const line of closing(ended, stack)) printLine(line);
    return ended;
  } catch (error) {
    if (signal.aborted) {
      printLine(`${stack}: stopped before the first step: ${signal.reason}`);
      return { outcome: "stopped", reason: String(signal.reason) };
    }
    if (error instanceof EngineError || error instanceof RegistryError) {
      tell(`${error.message}\n`);
      return { outcome: "stopped", reason: error.message };
    }
    throw error;
  } finally {
    release();
  }
}

/** Milliseconds that notices on their way get; they have a shorter limit of their own. */
const FINISH_MS = 15_000;

/** What comes after a rollout neither keeps its command nor changes how it ended. */
const finished = (finish: (() => Promise<void>) | undefined): Promise<void> =>
  within(
    FINISH_MS,
    "what comes after the rollout",
    async () => finish?.(),
    new AbortController().signal,
  ).catch((error) => tellLine(`warning: ${messageOf(error)}`));

/** The image that the rollout is for, where one was asked for; or why there is nothing to do. None is under way meanwhile. */
async function newImageFor(
  { imageFrom: from, tag, ...flags }: RolloutOptions & PlanFlags,
  settings: Settings,
  files: Session["files"],
  signal: AbortSignal,
): Promise<NewImage | { readonly nothing: string } | undefined> {
  if (from === undefined || tag === undefined) return undefined;
  const { stack, app, to } = flags;
  takeLock(files.lock, stack, "rollout").release();
  refuseUnfinished(stack, files.journal);
  const targets = chooseTargets(settings, app);
  const found = await findNewImage({ from, tag, to, settings, targets, files, env: process.env, signal });
  // A plan that would be refused brings no image.
  if ("image" in found) refuseUnjudged(makePlan(settings, stack, targets, {}, flags), flags);
  return found;
}

function closing({ outcome, reason }: Ended, stack: string): string[] {
  if (outcome === "done") return [`${stack}: done: ${reason}`];
  if (outcome === "rolled-back") return [`${stack}: rolled back: ${reason}`];
  return [
    `${stack}: stopped: ${reason}`,
    `canary rollout -s ${stack} --resume goes on from there, with --rollback it goes back to 0`,
  ];
}

function percent(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0 && isWeight(value)) return value;
  throw new InvalidArgumentError("allowed: a number above 0, up to 100, with at most two decimals");
}

function percents(text: string): number[] {
  const weights = text.split(",").map((part) => percent(part.trim()));
  if (weights.every((weight, i) => i === 0 || weight > (weights[i - 1] ?? 0))) return weights;
  throw new InvalidArgumentError("allowed: weights that rise, as in 1,5,25,50,100");
}

function seconds(text: string): number {
  if (/^\d{1,6}$/.test(text) && Number(text) <= 604_800) return Number(text);
  throw new InvalidArgumentError("allowed: seconds from 0 to 604800");
}

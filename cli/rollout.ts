import { Command, InvalidArgumentError, Option } from "commander";
import { isWeight } from "../components/traffic";
import { JournalError, rolloutFiles } from "../rollout/journal";
import { LockedError } from "../rollout/lock";
import type { Ended } from "../rollout/machine";
import { PlanError } from "../rollout/make-plan";
import { ResumeError } from "../rollout/resume";
import { beginRollout, resumeRollout, type Session } from "../rollout/session";
import { EngineError } from "../rollout/shifters/pulumi";
import { StackFileError } from "../rollout/stack-file";
import { chooseTargets } from "../rollout/targets";
import type { Wire } from "../rollout/wiring";
import { EXIT, UsageError } from "./errors";
import { readStack, withStackOption } from "./options";
import { readSettings } from "./settings";

export interface RolloutOptions {
  readonly stack: string;
  readonly to?: number;
  readonly app: readonly string[];
  readonly steps?: readonly number[];
  readonly bake?: number;
  readonly maxStep?: number;
  readonly approve: boolean;
  readonly resume: boolean;
  readonly rollback: boolean;
}

const OF_A_NEW_ROLLOUT = ["to", "app", "steps", "bake", "maxStep", "approve"];

/** `canary rollout`: takes a weight to where it should be, step by step. Exits 1 when it goes back or stops. */
export function rolloutCommand(wire: Wire): Command {
  return withStackOption(new Command("rollout"))
    .description("shift step by step, judge the canary at each step, and roll back by itself when it fails")
    .option("--to <percent>", "the canary's weight at the end", percent)
    .option("--app <name>", "app, or app/canary where it has several; repeatable", collect, [])
    .option("--steps <weights>", "weights on the way, as in 1,5,25; default rollout.steps", percents)
    .option("--bake <seconds>", "time for which each weight is judged; default rollout.bakeSeconds", seconds)
    .option("--max-step <points>", "most that one step may rise; default rollout.maxStep", percent)
    .option("--approve", "wait for an approval before every step", false)
    .addOption(
      new Option("--resume", "go on with the rollout that was interrupted")
        .default(false)
        .conflicts(OF_A_NEW_ROLLOUT),
    )
    .option("--rollback", "with --resume: roll back instead", false)
    .action(async (options: RolloutOptions) => {
      process.exitCode = (await run(options, wire)).outcome === "done" ? EXIT.done : EXIT.no;
    });
}

async function run(options: RolloutOptions, wire: Wire): Promise<Ended> {
  const { stack, resume, rollback, to } = options;
  if (rollback && !resume) throw new UsageError("--rollback: allowed with --resume only");
  if (!resume && to === undefined) throw new UsageError("--to is missing; allowed: a weight, or --resume");
  const { folder, asFiled } = readStack({ stack, config: [], configPath: false });
  const settings = readSettings(asFiled);
  const files = rolloutFiles(folder, stack);
  const { signal, release } = stopping();
  try {
    const parts = await wire({ folder, configuration: asFiled, settings });
    const session: Session = { stack, settings, files, parts, stop: signal };
    const ended = await (to === undefined
      ? resumeRollout(session, rollback)
      : beginRollout(session, chooseTargets(settings, options.app), {
          to,
          steps: options.steps,
          bakeSeconds: options.bake,
          maxStep: options.maxStep,
          approve: options.approve,
        }));
    for (const line of closing(ended, stack)) process.stdout.write(`${line}\n`);
    return ended;
  } catch (error) {
    if (signal.aborted) {
      process.stdout.write(`stopped before the first step: ${signal.reason}\n`);
      return { outcome: "stopped", reason: String(signal.reason) };
    }
    if (error instanceof EngineError) {
      process.stderr.write(`${error.message}\n`);
      return { outcome: "stopped", reason: "the engine failed" };
    }
    throw EXPECTED.some((kind) => error instanceof kind) ? new UsageError((error as Error).message) : error;
  } finally {
    release();
  }
}

const EXPECTED = [PlanError, ResumeError, LockedError, JournalError, StackFileError];

function closing({ outcome, reason }: Ended, stack: string): string[] {
  if (outcome === "done") return [`done: ${reason}`];
  if (outcome === "rolled-back") return [`rolled back: ${reason}`];
  return [
    `stopped: ${reason}`,
    `canary rollout -s ${stack} --resume goes on from there, with --rollback it goes back to 0`,
  ];
}

/** Ends of a command that a rollout lives through once: it stops where things are consistent. */
const SIGNALS = { SIGINT: "Ctrl-C", SIGTERM: "SIGTERM", SIGHUP: "the terminal's end" } as const;

function stopping(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted && name === "SIGINT") process.exit(EXIT.no);
    process.stderr.write("stopping, once nothing is half done; Ctrl-C again ends it at once\n");
    controller.abort(`stopped by ${SIGNALS[name as keyof typeof SIGNALS]}`);
  };
  const names = Object.keys(SIGNALS) as (keyof typeof SIGNALS)[];
  for (const name of names) process.on(name, stop);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of names) process.off(name, stop);
    },
  };
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

const collect = (value: string, before: string[]): string[] => [...before, value];

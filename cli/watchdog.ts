/** `canary watchdog`: finds a rollout that died with its canary in service, for cron and CI. */
import { hostname } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";
import type { Clock } from "../analysis/clock";
import { onKubernetes, type Target, targetKey, type Weights } from "../analysis/plan";
import { printLine, tellLine } from "../base/output";
import { messageOf, UserError } from "../base/user-error";
import { DEAD_SECONDS, type Sighting, watch } from "../rollout/heartbeat/watchdog";
import { rolloutFiles } from "../rollout/journal/journal";
import { holderOf } from "../rollout/journal/lock";
import { targetKindOf } from "../rollout/kinds";
import { shownWeights } from "../rollout/machine/move";
import { engineShifter } from "../rollout/shifters";
import { EngineError, pulumiEngine } from "../rollout/shifters/pulumi";
import type { WiredStack } from "../rollout/wiring";
import { engineWork } from "./engine-work";
import { EXIT } from "./errors";
import { endHeartbeat, rollBack } from "./going-back";
import { withChosenStack } from "./options";
import { stopping } from "./signals";
import { stackToGoBack } from "./way-back";

interface WatchdogOptions {
  readonly stack: string;
  readonly after: number;
  readonly takeBack: boolean;
}

type Dead = Extract<Sighting, { is: "dead" }>;

/** `canary watchdog`. Exits 1 if a rollout died, or if nobody can tell. */
export function watchdogCommand(clock: Clock): Command {
  return withChosenStack(new Command("watchdog"))
    .addOption(
      new Option("--after <seconds>", "time without a sign after which a rollout counts as dead")
        .default(DEAD_SECONDS)
        .argParser(seconds),
    )
    .option("--take-back", "take what it left back to 0, as canary rollback does", false)
    .action(async (options: WatchdogOptions) => {
      process.exitCode = await look(options, clock);
    });
}

async function look({ stack, after, takeBack }: WatchdogOptions, clock: Clock): Promise<number> {
  const wired = await stackToGoBack(stack, { isToStay: false });
  const { signal, release } = stopping(() => {});
  try {
    const finding = await findingOf(wired, clock, after, signal);
    const here = processHere(wired);
    if (finding.is === "fine" || (finding.is === "unknown" && here !== undefined)) {
      printLine(`stack ${stack}: ${here ?? finding.why}`);
      return EXIT.done;
    }
    const lives = here === undefined ? "" : `; ${here}`;
    if (finding.is === "dead") printLine(`stack ${stack}: ${alert(finding, stack)}${lives}`);
    else printLine(`stack ${stack}: ${unknown(finding.why, stack)}`);
    if (finding.is === "dead" && takeBack) await takenBack(stack, finding);
    return EXIT.no;
  } catch (error) {
    if (!signal.aborted && !(error instanceof EngineError)) throw error;
    tellLine(signal.aborted ? String(signal.reason) : messageOf(error));
    return EXIT.no;
  } finally {
    release();
  }
}

/** The process that has the stack on this machine, if there is one; of another machine's nobody can tell whether it lives. */
function processHere({ folder, configuration }: WiredStack): string | undefined {
  const holder = holderOf(rolloutFiles(folder, configuration.stack).lock);
  if (holder?.host !== hostname()) return undefined;
  return `canary ${holder.command} is under way here, process ${holder.pid}`;
}

async function findingOf(
  wired: WiredStack,
  clock: Clock,
  after: number,
  signal: AbortSignal,
): Promise<Sighting> {
  const { project, stack, qualifiedStack } = wired.configuration;
  const { tags } = await pulumiEngine(wired.folder, project, stack, qualifiedStack);
  if (tags === undefined) return { is: "unknown", why: "the stack has no tags" };
  const applied = async (keys: readonly string[]): Promise<Weights> => {
    const shifter = await engineShifter(wired, targetsIn(wired, keys), () => {});
    return shifter.applied();
  };
  return watch({ tags, clock, applied, signal }, after);
}

/** Those of the canaries that the stack file still has, or its apps' users on Kubernetes. */
const targetsIn = ({ settings }: Pick<WiredStack, "settings">, keys: readonly string[]): Target[] =>
  settings.apps
    .flatMap(({ name: app, canaries }) => [
      ...canaries.map(({ name: canary }) => ({ app, canary })),
      onKubernetes(app),
    ])
    .filter((target) => keys.includes(targetKey(target)));

function alert({ sign: { at, step, course, by }, left }: Dead, stack: string): string {
  const targets = Object.keys(left).map((key) => {
    const [app = "", canary = ""] = key.split("/");
    return { app, canary };
  });
  return (
    `the rollout by ${by} left ${shownWeights(left)} in step ${step} of ${course.steps.length}, no sign since ${at}; ` +
    `canary rollout -s ${stack} --resume there goes on, canary rollback -s ${stack}${targetKindOf(targets).backBy(targets)} takes it back`
  );
}

const unknown = (why: string, stack: string): string =>
  `can't tell whether a rollout died: ${why}; nothing was changed; canary status -s ${stack} shows the weights`;

/** A rollout that holds the lock by now, as a resume does, is left to go on. */
async function takenBack(stack: string, { sign, left }: Dead): Promise<void> {
  const chosen = (settings: WiredStack["settings"]) => {
    const [first, ...others] = targetsIn({ settings }, Object.keys(left));
    if (first === undefined) throw new UserError("the stack file has none of these canaries any more");
    return [first, ...others] as const;
  };
  const why = `canary watchdog, no sign of the rollout since ${sign.at}`;
  try {
    await engineWork("rollback", stack, chosen, async (on) => {
      const { code } = await rollBack(on, why);
      if (code === EXIT.done) await endHeartbeat(on.shifter.tags, () => sign);
      return code;
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    printLine(`NOT taken back: ${error.message}`);
  }
}

/** Less than a minute would be less than two beats. */
const LEAST = 60;

function seconds(text: string): number {
  if (/^\d{2,6}$/.test(text) && Number(text) >= LEAST && Number(text) <= 604_800) return Number(text);
  throw new InvalidArgumentError(`allowed: seconds from ${LEAST} to 604800`);
}

/** What `canary rollback` does: no requests for the canaries, by the routing objects alone. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { systemClock } from "../analysis/clock";
import type { Target } from "../analysis/plan";
import { isMove, targetKey } from "../analysis/plan";
import { within } from "../base/deadline";
import { data, printLine, tellLine } from "../base/output";
import { messageOf, UserError } from "../base/user-error";
import { stackFile } from "../offline/stack-names";
import { endSign, readSign, type Sign } from "../rollout/heartbeat/sign";
import { TAG_SECONDS, type Tags } from "../rollout/heartbeat/tags";
import { rolloutFiles } from "../rollout/journal/journal";
import { whoami } from "../rollout/journal/whoami";
import { targetKindOf } from "../rollout/kinds";
import { chooseMove } from "../rollout/kinds/move";
import { RECOVER_SECONDS, ROLLBACK_SECONDS } from "../rollout/machine/limits";
import { shownMove, zeroOf } from "../rollout/machine/move";
import { untilObserved } from "../rollout/machine/observe";
import type { Change } from "../rollout/machine/ports";
import { endByHand } from "../rollout/machine/session";
import { weightedCanaries } from "../rollout/plan/targets";
import { byHand } from "../rollout/shifters/by-hand";
import { NoTagsError, UnderWayError } from "../rollout/shifters/errors";
import type { Settings } from "../stacks/settings";
import { listed } from "../stacks/spelling";
import { awsAccount } from "../status/account";
import { awsAccess } from "../status/aws-access";
import { refuseBesideController } from "./controller";
import { type EngineWork, engineWork, type WithoutEngine } from "./engine-work";
import { EXIT } from "./errors";
import { countLeft } from "./who-is-left";

export interface RollbackOptions {
  readonly stack: string;
  readonly app: readonly string[];
  readonly move: boolean;
}

/** @returns the exit code: 1 if the weight is not observed in time */
export async function rollback({ stack, app, move }: RollbackOptions): Promise<number> {
  const chosen = (settings: Settings) => {
    refuseBesideController(settings, "rollback");
    return move ? chooseMove(settings) : canariesOf(settings, app);
  };
  let count: (() => Promise<void>) | undefined;
  const back = async (on: EngineWork): Promise<number> => {
    const { code, change } = await rollBack(on);
    if (move && change !== undefined) count = () => countLeft(on, change);
    return code;
  };
  const code = await engineWork("rollback", stack, chosen, back, printByHand);
  // Others may shift the stack meanwhile.
  await count?.();
  return code;
}

/** Prints what takes the canaries out, for whoever has no engine. Exits 1: nothing has gone back yet. */
async function printByHand(on: WithoutEngine<readonly Target[]>): Promise<number> {
  const { folder, configuration, targets, why } = on;
  const file = stackFile(folder, configuration.stack);
  const text = readFileSync(file, "utf8");
  const { lines, left } = await byHand(on, targets, text, async () =>
    awsAccount(awsAccess(configuration.values)),
  );
  const { stack } = configuration;
  tellLine(`${stack}: not rolled back: ${why}`);
  if (lines.length > 0) {
    tellLine("these commands take the canaries to 0, in this order; a shell can run them all:");
    data(lines.map((line) => `${line}\n`).join(""));
  }
  for (const line of left) tellLine(`by hand: ${line}`);
  tellLine(
    `then set ${targets.some(isMove) ? "dns.kubernetesWeight" : targets.map(targetKey).join(", ")} to 0 in ${basename(file)}: the next pulumi up goes by that`,
  );
  return EXIT.no;
}

/** Neither Ctrl-C nor a terminal that is gone leaves users with a canary that is to go; a second Ctrl-C ends it at once. */
const TO_THE_END = new AbortController().signal;

/** What a way back came to. */
interface Back {
  /** The command's exit code. */
  readonly code: number;
  /** What users are to follow; undefined if the weight was not observed. */
  readonly change?: Change;
}

/**
 * Takes the canaries out and waits until that is observed.
 *
 * @param why for the stack's history
 */
export async function rollBack(on: EngineWork, why = "canary rollback"): Promise<Back> {
  const { settings, targets, shifter } = on;
  const recover = (): Promise<void> => shifter.recover();
  await within(RECOVER_SECONDS * 1000, "what frees the stack", recover, TO_THE_END).catch((error) => {
    if (error instanceof UnderWayError) throw error;
    tellLine(`warning: ${messageOf(error)}; going back all the same`);
  });
  const [before, weights] = [
    await shifter.applied(),
    zeroOf({ targets: [...targets] as [Target, ...Target[]] }),
  ];
  await shifter.rollBack(weights, `${why}: ${shownMove(before, weights)}`, TO_THE_END);
  const kind = targetKindOf(targets);
  const expected = (asked: typeof weights) => kind.expected(settings, asked);
  const { arrived, observed } = await untilObserved(
    { shifter, clock: systemClock, expected },
    weights,
    ROLLBACK_SECONDS,
    TO_THE_END,
  );
  if (!arrived) {
    tellLine(
      `${on.configuration.stack}: rolled back, but not observed within ${ROLLBACK_SECONDS} s: ${observed}`,
    );
    return { code: EXIT.no };
  }
  const since = systemClock.now();
  const { stack } = on.configuration;
  printLine(`${stack}: rolled back: ${shownMove(before, weights)}`);
  endInterrupted(on);
  const out = targets.map(targetKey);
  await endHeartbeat(shifter.tags, (sign) =>
    Object.keys(sign.course.from).every((key) => out.includes(key)) ? sign : undefined,
  );
  for (const line of kind.timesToEmpty(settings, targets)) printLine(`${stack}: ${line}`);
  return { code: EXIT.done, change: { from: before, to: weights, since } };
}

/** Ends the rollout that was interrupted, if this took all of its canaries out; a journal that can't be written is a warning. */
function endInterrupted({ folder, configuration: { stack }, targets }: EngineWork): void {
  try {
    const { journal } = rolloutFiles(folder, stack);
    const hasEnded = endByHand(journal, targets, { time: systemClock.now(), by: whoami() });
    if (hasEnded) printLine("the rollout that was interrupted is over");
  } catch (error) {
    tellLine(`warning: the rollout's journal: ${(error as Error).message}`);
  }
}

/**
 * Ends the sign of a rollout that died: weights that come after are none of its.
 *
 * @param ended which sign is to end, if there is one that has not
 */
export async function endHeartbeat(
  tags: Tags | undefined,
  ended: (sign: Sign) => Sign | undefined,
): Promise<void> {
  if (tags === undefined) return;
  const end = async (signal: AbortSignal): Promise<void> => {
    const sign = readSign(await tags.read(signal));
    const over = sign?.end === undefined ? sign && ended(sign) : undefined;
    if (over !== undefined) await endSign(over, tags, signal);
  };
  try {
    await within(2 * TAG_SECONDS * 1000, "the backend", end, TO_THE_END);
  } catch (error) {
    if (error instanceof NoTagsError) return;
    tellLine(`warning: the rollout's heartbeat in the stack's tags can't be ended: ${messageOf(error)}`);
  }
}

/** The canaries of some apps, by default of all. @throws UserError */
function canariesOf(settings: Settings, asked: readonly string[]): [Target, ...Target[]] {
  const all = weightedCanaries(settings);
  const unknown = asked.find((name) => !all.some((target) => isNamed(target, name)));
  if (unknown !== undefined)
    throw new UserError(`--app ${unknown}: no such canary; allowed: ${listed(all.map(targetKey))}`);
  const [first, ...others] = all.filter(
    (target) => asked.length === 0 || asked.some((name) => isNamed(target, name)),
  );
  if (first === undefined) throw new UserError("apps: no app has a canary that could be rolled back");
  return [first, ...others];
}

const isNamed = (target: Target, name: string): boolean => name === target.app || name === targetKey(target);

/** A rollout as a command runs it: alone on its stack, with its journal, from the beginning or where it was interrupted. */

import { randomUUID } from "node:crypto";
import type { Analyse } from "../../analysis/analyse";
import type { Clock } from "../../analysis/clock";
import type { Judgements } from "../../analysis/person";
import type { Target } from "../../analysis/plan";
import { targetKey, type Weights } from "../../analysis/plan";
import { tellLine } from "../../base/output";
import { messageOf, UserError } from "../../base/user-error";
import type { Settings } from "../../stacks/settings";
import type { Heartbeat } from "../heartbeat/heartbeat";
import type { TagWord } from "../heartbeat/word";
import { Answers, anyOf, clearAnswers, heedWord } from "../journal/answers";
import { JOURNAL_VERSION, type Listener, type RolloutEvent, shownEvent } from "../journal/events";
import { Journal, lastRollout, type rolloutFiles } from "../journal/journal";
import { type Lock, takeLock, takeLockAnyway } from "../journal/lock";
import { targetKindOf } from "../kinds";
import { makePlan, type PlanFlags, refuseUnjudged } from "../plan/make-plan";
import type { Plan } from "../plan/plan";
import { type Position, rollOut } from "./machine";
import { shownWeights } from "./move";
import type { Approvals, Digests, Follow, Shifter } from "./ports";
import { hasStopped, type Interrupted, interrupted, resumeAt } from "./resume";
import type { Control, Ended, World } from "./world";

/** What a rollout of one stack runs on. */
export interface Parts {
  readonly clock: Clock;
  /** @param since the configuration when the rollout began, by its journal; default as it is now */
  shifter(targets: readonly Target[], since?: Digests): Shifter | Promise<Shifter>;
  analyse(plan: Plan, judgements: Judgements): Analyse;
  /** The plan with what the traffic so far makes of its steps. @throws UserError if one would take too long */
  readonly foresee?: (plan: Plan, signal: AbortSignal) => Promise<Plan>;
  /** Counts whether users follow its weights; undefined if they get them at once. */
  readonly follow?: (plan: Plan) => Follow | undefined;
  /** Who may approve beside `canary approve`. */
  readonly approvals: readonly Approvals[];
  /** Lets other machines see that the rollout goes on; undefined if nothing does. */
  readonly heartbeat?: (
    rollout: Interrupted,
    from: Position,
    heed: (word: TagWord) => void,
  ) => Heartbeat | undefined;
  readonly listeners: readonly Listener[];
  /** Once the rollout is over, whatever its end: what listeners have yet to send or to close. */
  readonly finish?: () => Promise<void>;
}

export interface Session {
  readonly stack: string;
  readonly settings: Settings;
  readonly files: ReturnType<typeof rolloutFiles>;
  readonly parts: Parts;
  readonly stop: AbortSignal;
}

/**
 * Rolls targets out.
 *
 * @throws UserError, also if nothing would judge a step, an interrupted rollout comes first or another command has the stack
 */
export function beginRollout(
  session: Session,
  targets: readonly [Target, ...Target[]],
  flags: PlanFlags,
): Promise<Ended> {
  const { stack, settings, files, parts, stop } = session;
  return alone(session, async ({ record, taken }) => {
    refuseUnfinished(stack, files.journal);
    const shifter = await parts.shifter(targets);
    await shifter.recover(stop);
    const from = weightsOf(targets, await shifter.applied(stop));
    if (Object.values(from).every((weight) => weight === flags.to)) {
      return {
        outcome: "done",
        reason: `nothing to do: ${shownWeights(from)}${otherwiseFiled(targetKindOf(targets).filed(settings), from)}`,
      };
    }
    const made = makePlan(settings, stack, targets, from, flags);
    refuseUnjudged(made, flags);
    const plan = (await parts.foresee?.(made, stop)) ?? made;
    const id = randomUUID();
    const { configuration } = shifter;
    record({
      time: parts.clock.now(),
      type: "begun",
      version: JOURNAL_VERSION,
      id,
      plan,
      from,
      ...(configuration && { configuration }),
    });
    return run(session, { id, plan, from }, { at: "shift", step: 0 }, shifter, { record, taken });
  });
}

/** A warning where the stack file has other weights than are applied, as after an edit that nobody updated to. */
function otherwiseFiled(filed: Weights, applied: Weights): string {
  const others = Object.entries(filed).filter(([key, weight]) => key in applied && applied[key] !== weight);
  return others.length === 0
    ? ""
    : `; but the stack file has ${shownWeights(Object.fromEntries(others))}, which the next pulumi up applies`;
}

/** @throws UserError if a rollout has to be resumed before there is another one */
export function refuseUnfinished(stack: string, journal: string): void {
  const events = lastRollout(journal);
  if (interrupted(events) === undefined || hasStopped(events)) return;
  throw new UserError(
    `stack ${stack}: a rollout was interrupted or could not go back; allowed: --resume, or --resume --rollback`,
  );
}

/**
 * Ends the rollout that was interrupted where `canary rollback` took all of its canaries out.
 *
 * @returns whether there was one
 */
export function endByHand(
  file: string,
  targets: readonly Target[],
  { time, by }: { readonly time: number; readonly by: string },
): boolean {
  const out = targets.map(targetKey);
  const rollout = interrupted(lastRollout(file));
  if (!rollout?.plan.targets.every((target) => out.includes(targetKey(target)))) return false;
  const journal = new Journal(file);
  try {
    journal.write({ time, type: "ended", outcome: "rolled-back", reason: `canary rollback by ${by}` });
  } finally {
    journal.close();
  }
  return true;
}

/**
 * Goes on with the rollout that the journal tells of, or takes it back.
 *
 * @throws UserError if there is none to go on with, or another command has the stack
 */
export function resumeRollout(session: Session, rollback: boolean): Promise<Ended> {
  const { stack, files, parts, stop } = session;
  return aloneAnyway(session, async ({ record, taken }) => {
    const events = lastRollout(files.journal);
    const rollout = interrupted(events);
    if (rollout === undefined) throw new UserError(`stack ${stack}: there is no rollout to resume here`);
    const shifter = await parts.shifter(rollout.plan.targets, rollout.configuration);
    await shifter.recover(stop);
    const applied = weightsOf(rollout.plan.targets, await shifter.applied(stop));
    const position = resumeAt(events, applied, rollback);
    const byHand = position.at === "roll-back" ? [] : await shifter.changedByHand(stop);
    if (byHand.length > 0) {
      throw new UserError(
        `the configuration was changed meanwhile: ${byHand.join("; ")}; put it back as it was, or go back by --resume --rollback`,
      );
    }
    const resumed = { time: parts.clock.now(), type: "resumed", id: rollout.id, applied } as const;
    const unwritten = (error: unknown): void =>
      tellLine(`warning: the journal can't be written (${messageOf(error)}): going on without`);
    try {
      record(resumed);
    } catch (error) {
      unwritten(error);
    }
    return run(session, rollout, position, shifter, { record, taken });
  });
}

/** What a rollout has while it is alone on its stack. */
type Alone = Required<Pick<World, "record" | "taken">>;

/** Keeps other rollouts of the stack away meanwhile. */
const alone = (session: Session, use: (stack: Alone) => Promise<Ended>): Promise<Ended> =>
  locked(session, takeLock(session.files.lock, session.stack, "rollout"), (file) => new Journal(file), use);

/** The same for a canary that is out already: neither lock nor journal, on a disk that is full, keeps anybody from taking it back. */
const aloneAnyway = (session: Session, use: (stack: Alone) => Promise<Ended>): Promise<Ended> =>
  locked(session, takeLockAnyway(session.files.lock, session.stack, "rollout", tellLine), journalAnyway, use);

/** A journal, or what says with each event why there is none. */
function journalAnyway(file: string): Pick<Journal, "write" | "close"> {
  try {
    return new Journal(file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    return {
      write: () => {
        throw error;
      },
      close: () => {},
    };
  }
}

async function locked(
  { files, parts }: Session,
  lock: Lock,
  open: (file: string) => Pick<Journal, "write" | "close">,
  use: (stack: Alone) => Promise<Ended>,
): Promise<Ended> {
  try {
    clearAnswers(files.answer);
    const journal = open(files.journal);
    try {
      const record = (event: RolloutEvent): void => {
        const shown = shownEvent(event);
        try {
          // A resume needs the plan as it is.
          journal.write(event.type === "begun" ? event : shown);
        } finally {
          for (const listener of parts.listeners) tell(listener, shown);
        }
      };
      const taken = (): string | undefined =>
        lock.isHeld() ? undefined : `${files.lock} is another command's now`;
      return await use({ record, taken });
    } finally {
      journal.close();
    }
  } finally {
    lock.release();
  }
}

/** Who looks on can't bring a rollout down. */
function tell(listener: Listener, event: RolloutEvent): void {
  try {
    listener(event);
  } catch (error) {
    tellLine(`warning: ${messageOf(error)}`);
  }
}

async function run(
  { settings, files, parts, stop }: Session,
  rollout: Interrupted,
  position: Position,
  shifter: Shifter,
  stack: Alone,
): Promise<Ended> {
  const { id, plan, from } = rollout;
  const { clock } = parts;
  const kind = targetKindOf(plan.targets);
  const heartbeat = parts.heartbeat?.(rollout, position, (word) => heedWord(files.answer, { ...word, id }));
  const [abort, over] = [new AbortController(), new AbortController()];
  const answers = new Answers(files.answer, id, clock, plan.stack);
  answers.collect(over.signal).catch(() => {});
  answers.aborted(over.signal).then(
    ({ by }) => abort.abort(`aborted by ${by}`),
    () => {},
  );
  const world: World = {
    shifter,
    clock,
    ...stack,
    record: (event) => {
      heartbeat?.hear(event);
      stack.record(event);
    },
    analyse: parts.analyse(plan, answers),
    approvals: anyOf([answers, ...parts.approvals]),
    paused: () => answers.pausedBy(),
    expected: (weights) => kind.expected(settings, weights),
    follow: parts.follow?.(plan),
    next: kind.next(plan.stack),
  };
  const control: Control = { stop, abort: abort.signal };
  try {
    return await rollOut(plan, from, position, world, control);
  } finally {
    over.abort();
    await heartbeat?.end();
  }
}

/** The targets' weights. @throws UserError if the stack does not have them yet */
function weightsOf(targets: readonly [Target, ...Target[]], applied: Weights): Weights {
  return Object.fromEntries(
    targets.map(targetKey).map((key) => {
      const weight = applied[key];
      if (weight === undefined) throw new UserError(`${key}: is not deployed yet; run pulumi up first`);
      return [key, weight];
    }),
  );
}

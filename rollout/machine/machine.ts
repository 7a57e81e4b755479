/** The course of a rollout: from step to step, and back where the canary fails. Knows its ports alone. */
import type { Analyse, Bake } from "../../analysis/analyse";
import type { Clock } from "../../analysis/clock";
import { PERSON } from "../../analysis/person";
import type { AnalysisPlan, Weights } from "../../analysis/plan";
import type { Verdict } from "../../analysis/verdict";
import { within } from "../../base/deadline";
import { messageOf, UserError } from "../../base/user-error";
import type { Ending, RolloutEvent } from "../journal/events";
import type { Expected } from "../plan/effective";
import type { Plan, RolloutStep } from "../plan/plan";
import { opening } from "../plan/window";
import { UnderWayError } from "../shifters/errors";
import {
  APPLY_SECONDS,
  ASK_SECONDS,
  CANCEL_SECONDS,
  defaultHoldSeconds,
  JUDGE_SECONDS,
  OBSERVE_SECONDS,
  RECOVER_SECONDS,
  ROLLBACK_ATTEMPT_SECONDS,
  ROLLBACK_SECONDS,
  ROLLBACK_TRIED_SECONDS,
} from "./limits";
import { shownMove, shownWeights, weightsAt, zeroOf } from "./move";
import { type Observation, untilObserved } from "./observe";
import type { Approvals, Decision, Shifter } from "./ports";
import { isAwaited, isHeld, isVerdict, reasonOf, whyHeld } from "./verdicts";

export interface World {
  readonly shifter: Shifter;
  readonly analyse: Analyse;
  readonly clock: Clock;
  readonly approvals: Approvals;
  readonly expected: Expected;
  /** Writes an event to disk, then tells it to whoever listens. */
  readonly record: (event: RolloutEvent) => void;
  /** Who has paused the rollout; undefined while nobody has. */
  readonly paused?: () => string | undefined;
  /** Why the stack is another command's by now, which ends the rollout; undefined while it is this one's. */
  readonly taken?: () => string | undefined;
}

/** What interferes from outside; the reason of each is a sentence for people. */
export interface Control {
  /** Stops where things are consistent; a resume goes on. */
  readonly stop: AbortSignal;
  /** Rolls back. */
  readonly abort: AbortSignal;
}

/** Where a rollout begins or goes on. */
export type Position =
  | { readonly at: "shift" | "bake"; readonly step: number }
  | { readonly at: "roll-back"; readonly reason: string };

export interface Ended {
  readonly outcome: Ending;
  readonly reason: string;
}

/** Between two looks whether a pause is over, in milliseconds. */
const PAUSE_LOOK_MS = 1000;
/** Longest wait for hours of the week before the clock is looked at again, in milliseconds. */
const LOOK_AGAIN_MS = 60_000;
/** Before the second attempt; twice as long before each further one, up to the most. */
const [RETRY_MS, MOST_RETRY_MS] = [1000, 30_000];
const retryMs = (attempt: number): number => Math.min(2 ** (attempt - 1) * RETRY_MS, MOST_RETRY_MS);
/** Milliseconds until the first judgement at a weight, which learns when there is more to see, and between two. */
const FIRST_LOOK_MS = 5000;
const [LEAST_PAUSE_MS, MOST_PAUSE_MS] = [250, 300_000];
const NEVER = new AbortController().signal;

/** Why the canary is taken out of service. */
class GoBack extends Error {}
/** Why the rollout goes neither on nor back. */
class Halt extends Error {}

/**
 * Takes a rollout to its end, whichever that is.
 *
 * @param from the targets' weights before the first step
 */
export function rollOut(
  plan: Plan,
  from: Weights,
  position: Position,
  world: World,
  control: Control,
): Promise<Ended> {
  return new Rollout(plan, from, world, control).run(position);
}

class Rollout {
  /** What ends any wait. */
  private readonly interference: AbortSignal;
  /** What the last judgement came to; undefined before there is one at the weight that is out. */
  private judged: Verdict | undefined;
  /** Whether a bake at the weight that is out was passed. */
  private hasPassed = false;
  /** When the weight that is out was observed, by the clock that nobody can set; undefined while there is nothing to judge. */
  private observedAt: number | undefined;
  /** What became of the journal, for people; empty while it is whole. */
  private unwritten = "";

  constructor(
    private readonly plan: Plan,
    private readonly from: Weights,
    private readonly world: World,
    private readonly control: Control,
  ) {
    this.interference = AbortSignal.any([control.stop, control.abort]);
  }

  async run(position: Position): Promise<Ended> {
    try {
      if (position.at === "roll-back") throw new GoBack(position.reason);
      // What is out after a step that was cut off is judged, too, while anything is waited for.
      if (position.at === "shift" && position.step > 0) this.observedAt = this.elapsed();
      for (let i = position.step; i < this.plan.steps.length; i++) {
        const isApplied = position.at === "bake" && i === position.step;
        if (!isApplied) await this.permitted(i);
        if (!isApplied) await this.shift(i);
        await this.observe(i);
        await this.bake(i);
      }
      return this.end("done", this.success());
    } catch (error) {
      const { abort, stop } = this.control;
      if (abort.aborted) return this.rollBack(String(abort.reason));
      if (error instanceof GoBack) return this.rollBack(error.message);
      if (stop.aborted) return this.end("stopped", String(stop.reason));
      return this.end("stopped", messageOf(error));
    }
  }

  /** Waits for the hours and the approval of a step; the canary that is out is judged meanwhile, and has to be clear of suspicion. */
  private async permitted(i: number): Promise<void> {
    const { maxWaitSeconds } = this.plan;
    const over = new AbortController();
    const signal = AbortSignal.any([this.interference, over.signal]);
    const late = async (seconds: number): Promise<never> => {
      await this.world.clock.sleep(seconds * 1000, signal);
      throw new GoBack(
        `waited ${seconds} s for an approval, the hours or the end of a pause before step ${i + 1}`,
      );
    };
    try {
      const limits = maxWaitSeconds === undefined ? [] : [late(maxWaitSeconds)];
      await Promise.race([this.permission(i, signal), ...limits]);
    } finally {
      over.abort();
    }
    if (this.judged?.outcome === "hold") await this.settled(i - 1, 0);
  }

  private async permission(i: number, outer: AbortSignal): Promise<void> {
    await this.whileJudged(i - 1, (signal) => this.open(i, signal), outer);
    if (!this.step(i).approval) return;
    this.record({ type: "approval-awaited", step: i });
    const { decision, by } = await this.whileJudged(i - 1, (signal) => this.decision(i, signal), outer);
    if (decision === "abort") throw new GoBack(`aborted by ${by}`);
    this.record({ type: "approved", step: i, by });
    await this.whileJudged(i - 1, (signal) => this.open(i, signal), outer);
  }

  /** Asks until there is an answer: one that can't be read, or an approver that fails, is none. */
  private async decision(i: number, signal: AbortSignal): Promise<Decision> {
    for (;;) {
      try {
        const answer: Partial<Decision> | undefined = await this.world.approvals.decision(i, signal);
        const { decision, by = "somebody" } = answer ?? {};
        if (decision === "approve" || decision === "abort") return { decision, by };
      } catch {
        signal.throwIfAborted();
      }
      await this.world.clock.sleep(this.intervalMs, signal);
    }
  }

  /** Waits until the step may be taken at this hour, and nobody has paused the rollout. */
  private async open(i: number, signal: AbortSignal): Promise<void> {
    do await this.hours(i, signal);
    while (await this.wasPaused(i, signal));
  }

  private async wasPaused(i: number, signal: AbortSignal): Promise<boolean> {
    const by = this.pausedBy();
    if (by === undefined) return false;
    this.record({ type: "paused", step: i, by });
    while (this.pausedBy() !== undefined) await this.world.clock.sleep(PAUSE_LOOK_MS, signal);
    this.record({ type: "unpaused", step: i });
    return true;
  }

  /** Undefined also where nobody can tell: what is asked beside a rollout does not stop it. */
  private pausedBy(): string | undefined {
    try {
      return this.world.paused?.();
    } catch {
      return undefined;
    }
  }

  private async hours(i: number, signal: AbortSignal): Promise<void> {
    const { hours } = this.plan;
    if (hours === undefined) return;
    let now = this.now();
    let until = opening(hours, now);
    while (until > now) {
      this.record({ type: "window-awaited", step: i, until });
      const isAsThought = await this.waitUntil(until, signal);
      now = this.now();
      // Who slept longer, as a laptop does, may find the next hours over as well.
      if (!isAsThought || now >= until) until = opening(hours, now);
    }
  }

  /** Waits for a time of day, and answers whether it came as thought: somebody may set the clock meanwhile. */
  private async waitUntil(time: number, signal: AbortSignal): Promise<boolean> {
    const ahead = this.elapsed() - this.now();
    while (this.now() < time) {
      await this.world.clock.sleep(Math.min(time - this.now(), LOOK_AGAIN_MS), signal);
      if (Math.abs(this.elapsed() - this.now() - ahead) > LOOK_AGAIN_MS) return false;
    }
    return true;
  }

  /**
   * Takes a step, unless anything but the weights moved or would move. While what it needs fails, the canary that is out is
   * judged on; a canary without users is left where it is.
   */
  private async shift(i: number): Promise<void> {
    const begin = this.elapsed();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.tryShift(i);
      } catch (error) {
        if (error instanceof Halt || this.interference.aborted || !(await this.isOut(i))) throw error;
        const reason = messageOf(error);
        if (this.secondsSince(begin) >= this.holdSeconds(i)) {
          throw new GoBack(`the step to ${shownWeights(this.weights(i))} could not be taken: ${reason}`);
        }
        this.record({ type: "step-failed", step: i, attempt, reason });
        this.observedAt ??= this.elapsed();
        await this.whileJudged(Math.max(i - 1, 0), (signal) =>
          this.world.clock.sleep(retryMs(attempt), signal),
        );
      }
    }
  }

  private async tryShift(i: number): Promise<void> {
    const { shifter } = this.world;
    const [before, weights] = [this.weights(i - 1), this.weights(i)];
    const applied = await this.ask("the state", (signal) => shifter.applied(signal));
    const isOurs = (key: string): boolean => [before[key], weights[key]].includes(applied[key]);
    if (!Object.keys(before).every(isOurs)) {
      throw new Halt(
        `somebody else shifted: applied is ${shownWeights(applied)}, not ${shownWeights(before)}`,
      );
    }
    const byHand = await this.ask("the configuration", (signal) => shifter.changedByHand(signal));
    if (byHand.length > 0) throw new Halt(`the configuration was changed meanwhile: ${byHand.join("; ")}`);
    const missing = await this.ask("the Services", async (signal) => shifter.missing?.(signal) ?? []);
    // They may come back, and a canary that is out is judged until then.
    if (missing.length > 0) throw new UserError(missing.join("; "));
    const more = await this.ask("the preview", (signal) => shifter.preview(weights, signal));
    if (more.length > 0) throw new Halt(`the update would change more than the routing: ${more.join("; ")}`);
    this.interference.throwIfAborted();
    const taken = this.world.taken?.();
    if (taken !== undefined) throw new Halt(taken);
    const reason = this.hasPassed ? ` after ${shownWeights(before)} passed` : "";
    const message = `canary rollout, step ${i + 1} of ${this.plan.steps.length}: ${shownMove(before, weights)}${reason}`;
    this.observedAt = undefined;
    this.judged = undefined;
    this.record({ type: "shifting", step: i, weights, message });
    await this.apply(i, weights, message);
    this.hasPassed = false;
    this.record({ type: "shifted", step: i, weights });
  }

  /** Who stops waits for the update's end. Who aborts cancels it, and waits for it no longer than a while. */
  private async apply(i: number, weights: Weights, message: string): Promise<void> {
    const { clock, shifter } = this.world;
    const { abort } = this.control;
    const [late, over] = [new AbortController(), new AbortController()];
    const cancelled = (): void => {
      const wait = clock.sleep(CANCEL_SECONDS * 1000, over.signal);
      wait.then(
        () => late.abort(abort.reason),
        () => {},
      );
    };
    abort.addEventListener("abort", cancelled);
    try {
      await within(
        Math.min(APPLY_SECONDS, this.holdSeconds(i)) * 1000,
        "the update",
        (signal) => shifter.apply(weights, message, AbortSignal.any([signal, abort])),
        late.signal,
        clock,
      );
    } finally {
      over.abort();
      abort.removeEventListener("abort", cancelled);
    }
  }

  /** Whether users meet the canary, as far as can be told. */
  private async isOut(i: number): Promise<boolean> {
    const some = (weights: Weights): boolean => Object.keys(this.from).some((key) => (weights[key] ?? 0) > 0);
    try {
      return some(await this.ask("the state", (signal) => this.world.shifter.applied(signal)));
    } catch {
      return this.observedAt === undefined || some(this.weights(i - 1));
    }
  }

  private ask<T>(what: string, question: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return within(ASK_SECONDS * 1000, what, question, this.interference, this.world.clock);
  }

  /** Waits until the weights of a step are what users get. Weights that can't be read say nothing of the canary. */
  private async observe(i: number): Promise<void> {
    const weights = this.weights(i);
    const begin = this.elapsed();
    const observe = (signal: AbortSignal): Promise<Observation> =>
      untilObserved(this.world, weights, OBSERVE_SECONDS, signal);
    let seen = await observe(this.interference);
    while (!seen.arrived) {
      if (!seen.isUnreadable) {
        const late = `was not observed within ${OBSERVE_SECONDS} s: ${seen.observed}`;
        throw new GoBack(`${shownWeights(weights)} ${late}`);
      }
      const held = this.secondsSince(begin);
      if (held >= this.holdSeconds(i)) {
        throw new GoBack(
          `${shownWeights(weights)} could not be observed for ${Math.round(held)} s: ${seen.observed}`,
        );
      }
      this.observedAt ??= this.elapsed();
      seen = await this.whileJudged(i, observe);
    }
    this.observedAt = this.elapsed();
    this.record({ type: "observed", step: i, weights });
  }

  private async bake(i: number): Promise<void> {
    const { bakeSeconds } = this.step(i);
    if (bakeSeconds > 0) await this.settled(i, bakeSeconds);
    this.hasPassed = true;
  }

  /** Judges until the time is over and the last judgement is a pass; a hold has its end, and so may a wait for a person. */
  private async settled(i: number, seconds: number): Promise<void> {
    const { maxWaitSeconds = Number.POSITIVE_INFINITY } = this.plan;
    const end = this.elapsed() + seconds * 1000;
    let [heldSince, waitedSince]: (number | undefined)[] = [];
    for (;;) {
      const left = end - this.elapsed();
      const pause = this.pause();
      await this.world.clock.sleep(left > 0 ? Math.min(pause, left) : pause, this.interference);
      const before = this.elapsed();
      const verdict = await this.judge(i, this.interference);
      const isOver = this.elapsed() >= end;
      if (isOver && verdict.outcome === "pass") return;
      heldSince = isHeld(verdict) ? (heldSince ?? before) : undefined;
      waitedSince = isAwaited(verdict) ? (waitedSince ?? before) : undefined;
      if (heldSince !== undefined && this.secondsSince(heldSince) >= this.holdSeconds(i))
        throw new GoBack(`held for ${Math.round(this.secondsSince(heldSince))} s: ${whyHeld(verdict)}`);
      if (waitedSince !== undefined && this.secondsSince(waitedSince) >= maxWaitSeconds)
        throw new GoBack(`waited ${Math.round(this.secondsSince(waitedSince))} s for a person's answer`);
    }
  }

  /** Milliseconds until the next judgement: when there is more to see, as far as the sources know that. */
  private pause(): number {
    const isMeasured = this.analysis.metrics.some(({ source }) => source !== PERSON);
    if (this.judged === undefined && isMeasured) return Math.min(FIRST_LOOK_MS, this.intervalMs);
    const { due } = this.judged ?? {};
    return due === undefined
      ? this.intervalMs
      : Math.min(MOST_PAUSE_MS, Math.max(LEAST_PAUSE_MS, due - this.now()));
  }

  /** Waits for something at the weight of a step, which may still fail. */
  private async whileJudged<T>(
    i: number,
    wait: (signal: AbortSignal) => Promise<T>,
    outer = this.interference,
  ): Promise<T> {
    if (this.observedAt === undefined) return wait(outer);
    const over = new AbortController();
    const signal = AbortSignal.any([outer, over.signal]);
    try {
      return await Promise.race([wait(signal), this.judgeOn(i, signal)]);
    } finally {
      over.abort();
    }
  }

  private async judgeOn(i: number, signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.world.clock.sleep(this.pause(), signal);
      await this.judge(i, signal);
    }
  }

  private async judge(i: number, signal: AbortSignal): Promise<Verdict> {
    const to = this.now();
    // By the time that passed, as the clock may have been set since.
    const from = to - (this.elapsed() - (this.observedAt ?? this.elapsed()));
    const { bakeSeconds } = this.step(i);
    const verdict = await this.verdict({ step: i, weights: this.weights(i), from, to, bakeSeconds }, signal);
    this.judged = verdict;
    this.record({ type: "judged", step: i, verdict });
    if (verdict.outcome === "fail") throw new GoBack(reasonOf(verdict));
    return verdict;
  }

  /** What the analysis says. One that fails, hangs or makes no sense is no verdict on the canary. */
  private async verdict(bake: Bake, signal: AbortSignal): Promise<Verdict> {
    const { analyse, clock } = this.world;
    const analysed = (inner: AbortSignal): Promise<Verdict> => analyse(this.plan.targets, bake, inner);
    try {
      const verdict = await within(JUDGE_SECONDS * 1000, "the analysis", analysed, signal, clock);
      if (isVerdict(verdict)) return verdict;
      throw new Error("the analysis answered with no verdict");
    } catch (error) {
      signal.throwIfAborted();
      const reason = `not judged: ${messageOf(error)}`;
      const nothing = { canarySamples: [], baselineSamples: [], look: "" };
      const metrics = this.plan.targets.map(({ app, canary }) => ({
        ...{ app, canary, metric: "analysis", outcome: "source-failed" as const, reason },
        ...nothing,
      }));
      return { time: bake.to, outcome: "hold", metrics };
    }
  }

  /** Takes the canaries out. Nothing that fails or hangs beside it keeps it from that, nor does whoever stops. */
  private async rollBack(reason: string): Promise<Ended> {
    const { shifter, clock } = this.world;
    const weights = zeroOf(this.plan);
    this.record({ type: "rolling-back", weights, reason });
    const message = `canary rollout, rollback to ${shownWeights(weights)}: ${reason}`;
    const begin = this.elapsed();
    for (let attempt = 1; ; attempt++) {
      try {
        await within(
          ROLLBACK_ATTEMPT_SECONDS * 1000,
          "the update",
          async (signal) => {
            const left = await this.leftBehind(signal);
            await shifter.rollBack(weights, message, signal).catch((error) => {
              throw new Error(`${messageOf(error)}${left}`);
            });
          },
          NEVER,
          clock,
        );
        break;
      } catch (error) {
        const failure = messageOf(error);
        if (this.secondsSince(begin) >= ROLLBACK_TRIED_SECONDS)
          return this.end("stopped", `NOT rolled back: ${failure}; ${reason}`);
        this.record({ type: "rollback-failed", attempt, reason: failure });
        await clock.sleep(retryMs(attempt), NEVER);
      }
    }
    const { observed, arrived } = await untilObserved(this.world, weights, ROLLBACK_SECONDS, NEVER);
    if (!arrived) {
      const late = `rolled back, but not observed within ${ROLLBACK_SECONDS} s: ${observed}`;
      return this.end("stopped", `${late}; ${reason}`);
    }
    this.record({ type: "rolled-back", weights });
    return this.end("rolled-back", reason);
  }

  /** Frees the stack of what an earlier update left; why that failed, for people, is no reason not to go back. */
  private async leftBehind(signal: AbortSignal): Promise<string> {
    const { shifter, clock } = this.world;
    try {
      const recover = (inner: AbortSignal): Promise<void> => shifter.recover(inner);
      await within(RECOVER_SECONDS * 1000, "what frees the stack", recover, signal, clock);
      return "";
    } catch (error) {
      if (error instanceof UnderWayError) throw error;
      return `; ${messageOf(error)}`;
    }
  }

  private success(): string {
    const weights = this.weights(this.plan.steps.length - 1);
    const whole = Object.values(weights).every((weight) => weight === 100);
    const next = whole ? `; canary promote -s ${this.plan.stack} makes it the primary` : "";
    return `all steps passed: ${shownWeights(weights)}${next}`;
  }

  private end(outcome: Ending, reason: string): Ended {
    this.record({ type: "ended", outcome, reason });
    return { outcome, reason: `${reason}${this.unwritten}` };
  }

  /** A journal that can't be written, and whoever looks on, neither keep a canary in service nor take one out. */
  private record(event: Untimed): void {
    try {
      this.world.record({ ...event, time: this.now() });
    } catch (error) {
      this.unwritten = `; the journal could not be written: ${messageOf(error)}`;
    }
  }

  private now = (): number => this.world.clock.now();

  private elapsed = (): number => this.world.clock.elapsed();

  private secondsSince = (begin: number): number => (this.elapsed() - begin) / 1000;

  private holdSeconds = (i: number): number => this.plan.maxHoldSeconds ?? defaultHoldSeconds(this.step(i));

  private weights = (i: number): Weights => weightsAt(this.plan, this.from, i);

  private get intervalMs(): number {
    return this.analysis.intervalSeconds * 1000;
  }

  private get analysis(): AnalysisPlan {
    return this.plan.analysis;
  }

  private step(i: number): RolloutStep {
    const step = this.plan.steps[i];
    if (step === undefined) throw new RangeError(`the plan has no step ${i}`);
    return step;
  }
}

type WithoutTime<E> = E extends RolloutEvent ? Omit<E, "time"> : never;
type Untimed = WithoutTime<RolloutEvent>;

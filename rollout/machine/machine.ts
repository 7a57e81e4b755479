/** The course of a rollout: from step to step, and back where the canary fails. Knows its ports alone. */
import type { Analyse } from "../../analysis/analyse";
import type { Clock } from "../../analysis/clock";
import type { AnalysisPlan, Weights } from "../../analysis/plan";
import type { Verdict } from "../../analysis/verdict";
import type { Ending, RolloutEvent } from "../journal/events";
import type { Expected } from "../plan/effective";
import type { Plan, Step } from "../plan/plan";
import { opening } from "../plan/window";
import { shownMove, shownWeights, weightsAt, zeroOf } from "./move";
import { untilObserved } from "./observe";
import type { Approvals, Decision, Shifter } from "./ports";

export interface World {
  readonly shifter: Shifter;
  readonly analyse: Analyse;
  readonly clock: Clock;
  readonly approvals: Approvals;
  readonly expected: Expected;
  /** Writes an event to disk, then tells it to whoever listens. */
  readonly record: (event: RolloutEvent) => void;
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

/** Seconds that a weight may take to be observed, and a rollback. */
export const OBSERVE_SECONDS = 120;
export const ROLLBACK_SECONDS = 30;
/** Seconds after which a rollback that fails is given up: somebody else's update, or a lost backend, is over by then. */
const ROLLBACK_TRIED_SECONDS = 900;
/** Before the second attempt; twice as long before each further one, up to the most. */
const [RETRY_MS, MOST_RETRY_MS] = [1000, 30_000];
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
  readonly #interference: AbortSignal;
  #failuresInARow = 0;
  /** Whether a bake at the weight that is out was passed. */
  #hasPassed = false;
  /** When the weight that is out was observed; undefined while there is nothing to judge. */
  #observedAt: number | undefined;
  /** What became of the journal, for people; empty while it is whole. */
  #unwritten = "";

  constructor(
    private readonly plan: Plan,
    private readonly from: Weights,
    private readonly world: World,
    private readonly control: Control,
  ) {
    this.#interference = AbortSignal.any([control.stop, control.abort]);
  }

  async run(position: Position): Promise<Ended> {
    try {
      if (position.at === "roll-back") throw new GoBack(position.reason);
      // What is out after a step that was cut off is judged, too, while anything is waited for.
      if (position.at === "shift" && position.step > 0) this.#observedAt = this.#now();
      for (let i = position.step; i < this.plan.steps.length; i++) {
        const isApplied = position.at === "bake" && i === position.step;
        if (!isApplied) await this.#permitted(i);
        if (!isApplied) await this.#shift(i);
        await this.#observe(i);
        await this.#bake(i);
      }
      return this.#end("done", this.#success());
    } catch (error) {
      const { abort, stop } = this.control;
      if (abort.aborted) return this.#rollBack(String(abort.reason));
      if (error instanceof GoBack) return this.#rollBack(error.message);
      if (stop.aborted) return this.#end("stopped", String(stop.reason));
      return this.#end("stopped", (error as Error).message);
    }
  }

  /** Waits for the hours and the approval of a step; the canary that is out is judged meanwhile. */
  async #permitted(i: number): Promise<void> {
    await this.#whileJudged(i - 1, (signal) => this.#hours(i, signal));
    if (!this.#step(i).approval) return;
    this.#record({ type: "approval-awaited", step: i });
    const ask = (signal: AbortSignal): Promise<Decision> => this.world.approvals.decision(i, signal);
    const { decision, by } = await this.#whileJudged(i - 1, ask);
    if (decision === "abort") throw new GoBack(`aborted by ${by}`);
    this.#record({ type: "approved", step: i, by });
    await this.#whileJudged(i - 1, (signal) => this.#hours(i, signal));
  }

  async #hours(i: number, signal: AbortSignal): Promise<void> {
    const { hours } = this.plan;
    if (hours === undefined) return;
    // Who sleeps longer than that, as a laptop does, may find the next hours over as well.
    for (let now = this.#now(), until = opening(hours, now); until > now; ) {
      this.#record({ type: "window-awaited", step: i, until });
      await this.world.clock.sleep(until - now, signal);
      now = this.#now();
      until = opening(hours, now);
    }
  }

  /** Takes a step, unless anything but the weights moved or would move. */
  async #shift(i: number): Promise<void> {
    const { shifter } = this.world;
    const [before, weights] = [this.#weights(i - 1), this.#weights(i)];
    const applied = await shifter.applied(this.#interference);
    const isOurs = (key: string): boolean => [before[key], weights[key]].includes(applied[key]);
    if (!Object.keys(before).every(isOurs)) {
      throw new Halt(
        `somebody else shifted: applied is ${shownWeights(applied)}, not ${shownWeights(before)}`,
      );
    }
    const byHand = await shifter.changedByHand(this.#interference);
    if (byHand.length > 0) throw new Halt(`the configuration was changed meanwhile: ${byHand.join("; ")}`);
    const more = await shifter.preview(weights, this.#interference);
    if (more.length > 0) throw new Halt(`the update would change more than the routing: ${more.join("; ")}`);
    this.#interference.throwIfAborted();
    const reason = this.#hasPassed ? ` after ${shownWeights(before)} passed` : "";
    const message = `canary rollout, step ${i + 1} of ${this.plan.steps.length}: ${shownMove(before, weights)}${reason}`;
    this.#observedAt = undefined;
    this.#hasPassed = false;
    this.#record({ type: "shifting", step: i, weights, message });
    // Who stops waits for the update's end; who aborts does not.
    await shifter.apply(weights, message, this.control.abort);
    this.#record({ type: "shifted", step: i, weights });
  }

  /** Waits until the weights of a step are what users get. */
  async #observe(i: number): Promise<void> {
    const weights = this.#weights(i);
    const { observed, arrived } = await untilObserved(
      this.world,
      weights,
      OBSERVE_SECONDS,
      this.#interference,
    );
    if (!arrived) {
      throw new GoBack(`${shownWeights(weights)} was not observed within ${OBSERVE_SECONDS} s: ${observed}`);
    }
    this.#observedAt = this.#now();
    this.#record({ type: "observed", step: i, weights });
  }

  /** Judges until the time is over and the last judgement is a pass. */
  async #bake(i: number): Promise<void> {
    const { bakeSeconds } = this.#step(i);
    const end = this.#now() + bakeSeconds * 1000;
    let passed = bakeSeconds === 0;
    while (!passed || this.#now() < end) {
      const interval = this.#analysis.intervalSeconds * 1000;
      const left = end - this.#now();
      await this.world.clock.sleep(left > 0 ? Math.min(interval, left) : interval, this.#interference);
      passed = (await this.#judge(i, this.#interference)).outcome === "pass";
    }
    this.#hasPassed = true;
  }

  /** Waits for something at the weight of a step, which may still fail. */
  async #whileJudged<T>(i: number, wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#observedAt === undefined) return wait(this.#interference);
    const over = new AbortController();
    const signal = AbortSignal.any([this.#interference, over.signal]);
    try {
      return await Promise.race([wait(signal), this.#judgeOn(i, signal)]);
    } finally {
      over.abort();
    }
  }

  async #judgeOn(i: number, signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.world.clock.sleep(this.#analysis.intervalSeconds * 1000, signal);
      await this.#judge(i, signal);
    }
  }

  async #judge(i: number, signal: AbortSignal): Promise<Verdict> {
    const to = this.#now();
    const bake = { step: i, weights: this.#weights(i), from: this.#observedAt ?? to, to };
    const verdict = await this.world.analyse(this.plan.targets, bake, signal);
    signal.throwIfAborted();
    if (verdict.outcome === "pass") this.#failuresInARow = 0;
    if (verdict.outcome === "fail") this.#failuresInARow++;
    this.#record({ type: "judged", step: i, verdict, failuresInARow: this.#failuresInARow });
    const isOver = verdict.isFinal === true || this.#failuresInARow >= this.#analysis.failures;
    if (isOver) throw new GoBack(reasonOf(verdict, this.#failuresInARow));
    return verdict;
  }

  /** Takes the canaries out. Neither a disk that is full nor whoever stops keeps it from that. */
  async #rollBack(reason: string): Promise<Ended> {
    const { shifter, clock } = this.world;
    const weights = zeroOf(this.plan);
    this.#recordIfPossible({ type: "rolling-back", weights, reason });
    const message = `canary rollout, rollback to ${shownWeights(weights)}: ${reason}`;
    const deadline = this.#now() + ROLLBACK_TRIED_SECONDS * 1000;
    for (let attempt = 1; ; attempt++) {
      try {
        await shifter.recover(NEVER);
        await shifter.rollBack(weights, message, NEVER);
        break;
      } catch (error) {
        const failure = (error as Error).message;
        if (this.#now() >= deadline) return this.#end("stopped", `NOT rolled back: ${failure}; ${reason}`);
        this.#recordIfPossible({ type: "rollback-failed", attempt, reason: failure });
        await clock.sleep(Math.min(2 ** (attempt - 1) * RETRY_MS, MOST_RETRY_MS), NEVER);
      }
    }
    const { observed, arrived } = await untilObserved(this.world, weights, ROLLBACK_SECONDS, NEVER);
    if (!arrived) {
      const late = `rolled back, but not observed within ${ROLLBACK_SECONDS} s: ${observed}`;
      return this.#end("stopped", `${late}; ${reason}`);
    }
    this.#recordIfPossible({ type: "rolled-back", weights });
    return this.#end("rolled-back", reason);
  }

  #success(): string {
    const weights = this.#weights(this.plan.steps.length - 1);
    const whole = Object.values(weights).every((weight) => weight === 100);
    const next = whole ? `; canary promote -s ${this.plan.stack} makes it the primary` : "";
    return `all steps passed: ${shownWeights(weights)}${next}`;
  }

  #end(outcome: Ending, reason: string): Ended {
    this.#recordIfPossible({ type: "ended", outcome, reason });
    return { outcome, reason: `${reason}${this.#unwritten}` };
  }

  /** Once the canary is to go out or the end has come, a journal that can't be written is no reason not to. */
  #recordIfPossible(event: Untimed): void {
    try {
      this.#record(event);
    } catch (error) {
      this.#unwritten = `; the journal could not be written: ${(error as Error).message}`;
    }
  }

  #record(event: Untimed): void {
    this.world.record({ ...event, time: this.#now() });
  }

  #now = (): number => this.world.clock.now();

  #weights = (i: number): Weights => weightsAt(this.plan, this.from, i);

  get #analysis(): AnalysisPlan {
    return this.plan.analysis;
  }

  #step(i: number): Step {
    const step = this.plan.steps[i];
    if (step === undefined) throw new RangeError(`the plan has no step ${i}`);
    return step;
  }
}

type WithoutTime<E> = E extends RolloutEvent ? Omit<E, "time"> : never;
type Untimed = WithoutTime<RolloutEvent>;

/** What failed and where to look, in one line. */
function reasonOf({ metrics }: Verdict, failures: number): string {
  const failed = metrics.filter(({ outcome }) => outcome === "fail");
  const parts = failed.map(
    ({ app, canary, metric, reason, look }) => `${app}/${canary} ${metric}: ${reason} (${look})`,
  );
  const what = failures === 1 ? "the judgement" : `${failures} judgements in a row`;
  return `${what} failed: ${parts.join("; ")}`;
}

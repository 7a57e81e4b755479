/** The course of a rollout: from step to step, and back if the canary fails. Knows its ports alone. */
import type { Weights } from "../../analysis/plan";
import { within } from "../../base/deadline";
import { messageOf, UserError } from "../../base/user-error";
import type { Plan } from "../plan/plan";
import { goBack } from "./back";
import { followed } from "./follow";
import { Judging } from "./judging";
import { APPLY_SECONDS, ASK_SECONDS, CANCEL_SECONDS, OBSERVE_SECONDS } from "./limits";
import { shownMove, shownWeights } from "./move";
import { type Observation, untilObserved } from "./observe";
import { Permission } from "./permission";
import { GoBack, Halt, Running, retryMs } from "./running";
import type { Control, Ended, World } from "./world";

/** Where a rollout begins or goes on. */
export type Position =
  | { readonly at: "shift" | "bake"; readonly step: number }
  | { readonly at: "roll-back"; readonly reason: string };

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
  return new Rollout(new Running(plan, from, world, control)).run(position);
}

class Rollout {
  private readonly judging: Judging;
  private readonly permission: Permission;
  /** Whether a bake at the weight that is out was passed. */
  private hasPassed = false;

  constructor(private readonly running: Running) {
    this.judging = new Judging(running);
    this.permission = new Permission(running, this.judging);
  }

  async run(position: Position): Promise<Ended> {
    try {
      if (position.at === "roll-back") throw new GoBack(position.reason);
      // What is out after a step that was cut off is judged, too, while anything is waited for.
      if (position.at === "shift" && position.step > 0) this.judging.begin();
      for (let i = position.step; i < this.running.plan.steps.length; i++) {
        const isApplied = position.at === "bake" && i === position.step;
        if (!isApplied) await this.permission.given(i);
        if (!isApplied) await this.shift(i);
        await this.observe(i);
        await this.follow(i);
        await this.bake(i);
      }
      return this.running.end("done", this.success());
    } catch (error) {
      const { abort, stop } = this.running.control;
      if (abort.aborted) return goBack(this.running, String(abort.reason));
      if (error instanceof GoBack) return goBack(this.running, error.message);
      if (stop.aborted) return this.running.end("stopped", String(stop.reason));
      return this.running.end("stopped", messageOf(error));
    }
  }

  /**
   * Takes a step, unless anything but the weights moved or would move. While what it needs fails, the canary that is out is
   * judged on; a canary without users is left where it is.
   */
  private async shift(i: number): Promise<void> {
    const begin = this.running.elapsed();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.tryShift(i);
      } catch (error) {
        if (error instanceof Halt || this.running.interference.aborted || !(await this.isOut(i))) throw error;
        const reason = messageOf(error);
        if (this.running.secondsSince(begin) >= this.running.holdSeconds(i)) {
          throw new GoBack(
            `the step to ${shownWeights(this.running.weights(i))} could not be taken: ${reason}`,
          );
        }
        this.running.record({ type: "step-failed", step: i, attempt, reason });
        this.judging.beginUnlessOn();
        await this.judging.whileJudged(Math.max(i - 1, 0), (signal) =>
          this.running.world.clock.sleep(retryMs(attempt), signal),
        );
      }
    }
  }

  private async tryShift(i: number): Promise<void> {
    const { shifter } = this.running.world;
    const [before, weights] = [this.running.weights(i - 1), this.running.weights(i)];
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
    this.running.interference.throwIfAborted();
    const taken = this.running.world.taken?.();
    if (taken !== undefined) throw new Halt(taken);
    const reason = this.hasPassed ? ` after ${shownWeights(before)} passed` : "";
    const message = `canary rollout, step ${i + 1} of ${this.running.plan.steps.length}: ${shownMove(before, weights)}${reason}`;
    this.judging.end();
    this.running.record({ type: "shifting", step: i, weights, message });
    await this.apply(i, weights, message);
    this.hasPassed = false;
    this.running.record({ type: "shifted", step: i, weights });
  }

  /** Who stops waits for the update's end. Who aborts cancels it, and waits for it no longer than a while. */
  private async apply(i: number, weights: Weights, message: string): Promise<void> {
    const { clock, shifter } = this.running.world;
    const { abort } = this.running.control;
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
        Math.min(APPLY_SECONDS, this.running.holdSeconds(i)) * 1000,
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
    const some = (weights: Weights): boolean =>
      Object.keys(this.running.from).some((key) => (weights[key] ?? 0) > 0);
    try {
      return some(await this.ask("the state", (signal) => this.running.world.shifter.applied(signal)));
    } catch {
      return !this.judging.isOn || some(this.running.weights(i - 1));
    }
  }

  private ask<T>(what: string, question: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return within(ASK_SECONDS * 1000, what, question, this.running.interference, this.running.world.clock);
  }

  /** Waits until the weights of a step are what users get. Weights that can't be read say nothing of the canary. */
  private async observe(i: number): Promise<void> {
    const weights = this.running.weights(i);
    const begin = this.running.elapsed();
    const observe = (signal: AbortSignal): Promise<Observation> =>
      untilObserved(this.running.world, weights, OBSERVE_SECONDS, signal);
    let seen = await observe(this.running.interference);
    while (!seen.arrived) {
      if (!seen.isUnreadable) {
        const late = `was not observed within ${OBSERVE_SECONDS} s: ${seen.observed}`;
        throw new GoBack(`${shownWeights(weights)} ${late}`);
      }
      const held = this.running.secondsSince(begin);
      if (held >= this.running.holdSeconds(i)) {
        throw new GoBack(
          `${shownWeights(weights)} could not be observed for ${Math.round(held)} s: ${seen.observed}`,
        );
      }
      this.judging.beginUnlessOn();
      seen = await this.judging.whileJudged(i, observe);
    }
    this.judging.begin();
    this.running.record({ type: "observed", step: i, weights });
  }

  /** Waits until users have come to the weights, or is told that they have not; what is out is judged meanwhile. */
  private async follow(i: number): Promise<void> {
    const { follow } = this.running.world;
    if (follow === undefined) return;
    const since = this.running.now();
    const change = { from: this.running.weights(i - 1), to: this.running.weights(i), since };
    await this.judging.whileJudged(i, (signal) => followed(this.running, follow, change, i, signal));
    this.judging.followed();
  }

  private async bake(i: number): Promise<void> {
    const { bakeSeconds } = this.running.step(i);
    if (bakeSeconds > 0) await this.judging.settled(i, bakeSeconds);
    this.hasPassed = true;
  }

  private success(): string {
    const weights = this.running.weights(this.running.plan.steps.length - 1);
    const whole = Object.values(weights).every((weight) => weight === 100);
    const { next } = this.running.world;
    return `all steps passed: ${shownWeights(weights)}${whole && next ? `; ${next}` : ""}`;
  }
}

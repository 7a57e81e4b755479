/** What all parts of a rollout that runs share: its plan and weights, its clocks, and its journal. */
import type { Weights } from "../../analysis/plan";
import { messageOf } from "../../base/user-error";
import type { Ending, RolloutEvent } from "../journal/events";
import type { Plan, RolloutStep } from "../plan/plan";
import { defaultHoldSeconds } from "./limits";
import { weightsAt } from "./move";
import type { Control, Ended, World } from "./world";

/** Why the canary is taken out of service. */
export class GoBack extends Error {}
/** Why the rollout goes neither on nor back. */
export class Halt extends Error {}

/** Before the second attempt; twice as long before each further one, up to the most. */
const [RETRY_MS, MOST_RETRY_MS] = [1000, 30_000];
/** Milliseconds after a failed attempt, the first of which is 1. */
export const retryMs = (attempt: number): number => Math.min(2 ** (attempt - 1) * RETRY_MS, MOST_RETRY_MS);

export class Running {
  /** What ends any wait. */
  readonly interference: AbortSignal;
  /** The weights that were asked for last. */
  asked: Weights;
  /** What became of the journal, for people; empty while it is whole. */
  private unwritten = "";

  /** @param from the targets' weights before the first step */
  constructor(
    readonly plan: Plan,
    readonly from: Weights,
    readonly world: World,
    readonly control: Control,
  ) {
    this.asked = weightsAt(plan, from, plan.steps.length - 1);
    this.interference = AbortSignal.any([control.stop, control.abort]);
  }

  /** A journal that can't be written, and whoever looks on, neither keep a canary in service nor take one out. */
  record(event: Untimed): void {
    if (event.type === "shifting") this.asked = event.weights;
    try {
      this.world.record({ ...event, time: this.now() });
    } catch (error) {
      this.unwritten = `; the journal could not be written: ${messageOf(error)}`;
    }
  }

  end(outcome: Ending, reason: string): Ended {
    this.record({ type: "ended", outcome, reason });
    return { outcome, reason: `${reason}${this.unwritten}` };
  }

  now = (): number => this.world.clock.now();

  /** Milliseconds by the clock that nobody can set. */
  elapsed = (): number => this.world.clock.elapsed();

  secondsSince = (begin: number): number => (this.elapsed() - begin) / 1000;

  holdSeconds = (i: number): number => this.plan.maxHoldSeconds ?? defaultHoldSeconds(this.step(i));

  weights = (i: number): Weights => weightsAt(this.plan, this.from, i);

  get intervalMs(): number {
    return this.plan.analysis.intervalSeconds * 1000;
  }

  step(i: number): RolloutStep {
    const step = this.plan.steps[i];
    if (step === undefined) throw new RangeError(`the plan has no step ${i}`);
    return step;
  }
}

type WithoutTime<E> = E extends RolloutEvent ? Omit<E, "time"> : never;
type Untimed = WithoutTime<RolloutEvent>;

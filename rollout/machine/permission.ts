/** What a step needs before it is taken: its hours, nobody who paused the rollout, and an approval. */
import { opening } from "../plan/window";
import type { Judging } from "./judging";
import type { Decision } from "./ports";
import { GoBack, type Running } from "./running";

/** Between two looks whether a pause is over, in milliseconds. */
const PAUSE_LOOK_MS = 1000;
/** Longest wait for hours of the week before the clock is looked at again, in milliseconds. */
const LOOK_AGAIN_MS = 60_000;

export class Permission {
  constructor(
    private readonly running: Running,
    private readonly judging: Judging,
  ) {}

  /** Waits for the hours and the approval of a step; the canary that is out is judged meanwhile, and has to be clear of suspicion. */
  async given(i: number): Promise<void> {
    const { maxWaitSeconds } = this.running.plan;
    const over = new AbortController();
    const signal = AbortSignal.any([this.running.interference, over.signal]);
    const late = async (seconds: number): Promise<never> => {
      await this.running.world.clock.sleep(seconds * 1000, signal);
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
    if (this.judging.isUnsure) await this.judging.settled(i - 1, 0);
  }

  private async permission(i: number, outer: AbortSignal): Promise<void> {
    await this.judging.whileJudged(i - 1, (signal) => this.open(i, signal), outer);
    if (!this.running.step(i).approval) return;
    this.running.record({ type: "approval-awaited", step: i });
    const { decision, by } = await this.judging.whileJudged(
      i - 1,
      (signal) => this.decision(i, signal),
      outer,
    );
    if (decision === "abort") throw new GoBack(`aborted by ${by}`);
    this.running.record({ type: "approved", step: i, by });
    await this.judging.whileJudged(i - 1, (signal) => this.open(i, signal), outer);
  }

  /** Asks until there is an answer: one that can't be read, or an approver that fails, is none. */
  private async decision(i: number, signal: AbortSignal): Promise<Decision> {
    for (;;) {
      try {
        const answer: Partial<Decision> | undefined = await this.running.world.approvals.decision(i, signal);
        const { decision, by = "somebody" } = answer ?? {};
        if (decision === "approve" || decision === "abort") return { decision, by };
      } catch {
        signal.throwIfAborted();
      }
      await this.running.world.clock.sleep(this.running.intervalMs, signal);
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
    this.running.record({ type: "paused", step: i, by });
    while (this.pausedBy() !== undefined) await this.running.world.clock.sleep(PAUSE_LOOK_MS, signal);
    this.running.record({ type: "unpaused", step: i });
    return true;
  }

  /** Undefined also if nobody can tell: what is asked beside a rollout does not stop it. */
  private pausedBy(): string | undefined {
    try {
      return this.running.world.paused?.();
    } catch {
      return undefined;
    }
  }

  private async hours(i: number, signal: AbortSignal): Promise<void> {
    const { hours } = this.running.plan;
    if (hours === undefined) return;
    let now = this.running.now();
    let until = opening(hours, now);
    while (until > now) {
      this.running.record({ type: "window-awaited", step: i, until });
      const isAsThought = await this.waitUntil(until, signal);
      now = this.running.now();
      // Who slept longer, as a laptop does, may find the next hours over as well.
      if (!isAsThought || now >= until) until = opening(hours, now);
    }
  }

  /** Waits for a time of day, and answers whether it came as thought: somebody may set the clock meanwhile. */
  private async waitUntil(time: number, signal: AbortSignal): Promise<boolean> {
    const ahead = this.running.elapsed() - this.running.now();
    while (this.running.now() < time) {
      await this.running.world.clock.sleep(Math.min(time - this.running.now(), LOOK_AGAIN_MS), signal);
      if (Math.abs(this.running.elapsed() - this.running.now() - ahead) > LOOK_AGAIN_MS) return false;
    }
    return true;
  }
}

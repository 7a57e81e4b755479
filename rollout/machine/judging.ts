/** Judges the canary that is out, for a time or while something else is waited for. */
import type { Bake } from "../../analysis/analyse";
import { PERSON } from "../../analysis/person";
import type { MetricVerdict, Verdict } from "../../analysis/verdict";
import { within } from "../../base/deadline";
import { messageOf } from "../../base/user-error";
import { JUDGE_SECONDS } from "./limits";
import { GoBack, type Running } from "./running";

/** Milliseconds until the first judgement at a weight, which learns when there is more to see, and between two. */
const FIRST_LOOK_MS = 5000;
const [LEAST_PAUSE_MS, MOST_PAUSE_MS] = [250, 300_000];

export class Judging {
  /** What the last judgement came to; undefined before there is one at the weight that is out. */
  private judged: Verdict | undefined;
  /** When the weight that is out was observed, by the clock that nobody can set; undefined while there is nothing to judge. */
  private observedAt: number | undefined;

  /** When users had followed that weight; undefined until then, and if they get it at once. */
  private followedAt: number | undefined;

  constructor(private readonly running: Running) {}

  /** Whether a weight is out that can be judged. */
  get isOn(): boolean {
    return this.observedAt !== undefined;
  }

  /** Whether the last judgement was neither a pass nor a failure. */
  get isUnsure(): boolean {
    return this.judged?.outcome === "hold";
  }

  /** From now on, as the weight that is out has just come to users. */
  begin(): void {
    this.observedAt = this.running.elapsed();
    this.followedAt = undefined;
  }

  /** Whether anybody has come yet is told apart from whether they come at all. */
  followed(): void {
    this.followedAt = this.running.elapsed();
  }

  /** From now on if nothing is judged yet: what is out may be judged though it was not observed. */
  beginUnlessOn(): void {
    this.observedAt ??= this.running.elapsed();
  }

  /** Forgets the weight that was out, as another one comes. */
  end(): void {
    this.observedAt = undefined;
    this.followedAt = undefined;
    this.judged = undefined;
  }

  /** Judges until the time is over and the last judgement is a pass; a hold has its end, and so may a wait for a person. */
  async settled(i: number, seconds: number): Promise<void> {
    const { maxWaitSeconds = Number.POSITIVE_INFINITY } = this.running.plan;
    const end = this.running.elapsed() + seconds * 1000;
    let [heldSince, waitedSince]: (number | undefined)[] = [];
    for (;;) {
      const left = end - this.running.elapsed();
      const pause = this.pause();
      await this.running.world.clock.sleep(
        left > 0 ? Math.min(pause, left) : pause,
        this.running.interference,
      );
      const before = this.running.elapsed();
      const verdict = await this.judge(i, this.running.interference);
      const isOver = this.running.elapsed() >= end;
      if (isOver && verdict.outcome === "pass") return;
      heldSince = isHeld(verdict) ? (heldSince ?? before) : undefined;
      waitedSince = isAwaited(verdict) ? (waitedSince ?? before) : undefined;
      if (heldSince !== undefined && this.running.secondsSince(heldSince) >= this.running.holdSeconds(i))
        throw new GoBack(
          `held for ${Math.round(this.running.secondsSince(heldSince))} s: ${whyHeld(verdict)}`,
        );
      if (waitedSince !== undefined && this.running.secondsSince(waitedSince) >= maxWaitSeconds)
        throw new GoBack(
          `waited ${Math.round(this.running.secondsSince(waitedSince))} s for a person's answer`,
        );
    }
  }

  /** Milliseconds until the next judgement: when there is more to see, as far as the sources know that. */
  private pause(): number {
    const isMeasured = this.running.plan.analysis.metrics.some(({ source }) => source !== PERSON);
    if (this.judged === undefined && isMeasured) return Math.min(FIRST_LOOK_MS, this.running.intervalMs);
    const { due } = this.judged ?? {};
    return due === undefined
      ? this.running.intervalMs
      : Math.min(MOST_PAUSE_MS, Math.max(LEAST_PAUSE_MS, due - this.running.now()));
  }

  /** Waits for something at the weight of a step, which may still fail. */
  async whileJudged<T>(
    i: number,
    wait: (signal: AbortSignal) => Promise<T>,
    outer = this.running.interference,
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
      await this.running.world.clock.sleep(this.pause(), signal);
      await this.judge(i, signal);
    }
  }

  /** Seconds of what is judged that are before the bake, as users had not come yet. */
  private secondsToFollow(): number {
    const { observedAt, running } = this;
    if (running.world.follow === undefined || observedAt === undefined) return 0;
    return ((this.followedAt ?? running.elapsed()) - observedAt) / 1000;
  }

  private async judge(i: number, signal: AbortSignal): Promise<Verdict> {
    const to = this.running.now();
    // By the time that passed, as the clock may have been set since.
    const from = to - (this.running.elapsed() - (this.observedAt ?? this.running.elapsed()));
    const bakeSeconds = this.running.step(i).bakeSeconds + this.secondsToFollow();
    const verdict = await this.verdict(
      { step: i, weights: this.running.weights(i), from, to, bakeSeconds },
      signal,
    );
    this.judged = verdict;
    this.running.record({ type: "judged", step: i, verdict });
    if (verdict.outcome === "fail") throw new GoBack(reasonOf(verdict));
    return verdict;
  }

  /** What the analysis says. One that fails, hangs or makes no sense is no verdict on the canary. */
  private async verdict(bake: Bake, signal: AbortSignal): Promise<Verdict> {
    const { analyse, clock } = this.running.world;
    const analysed = (inner: AbortSignal): Promise<Verdict> =>
      analyse(this.running.plan.targets, bake, inner);
    try {
      const verdict = await within(JUDGE_SECONDS * 1000, "the analysis", analysed, signal, clock);
      if (isVerdict(verdict)) return verdict;
      throw new Error("the analysis answered with no verdict");
    } catch (error) {
      signal.throwIfAborted();
      const reason = `not judged: ${messageOf(error)}`;
      const nothing = { canarySamples: [], baselineSamples: [], look: "" };
      const metrics = this.running.plan.targets.map(({ app, canary }) => ({
        app,
        canary,
        metric: "analysis",
        outcome: "source-failed" as const,
        reason,
        ...nothing,
      }));
      return { time: bake.to, outcome: "hold", metrics };
    }
  }
}

/** Whether an answer is a verdict at all. */
const isVerdict = (verdict: Partial<Verdict> | undefined): verdict is Verdict =>
  ["pass", "fail", "hold"].includes(verdict?.outcome ?? "") && Array.isArray(verdict?.metrics);

/** Whether a judgement could not be made, for another reason than the time or a person's answer that are still to come. */
const isHeld = ({ outcome, metrics }: Verdict): boolean =>
  outcome === "hold" && (metrics.length === 0 || metrics.some((metric) => isUnjudged(metric)));

/** Whether nothing but a person's answer lacks. */
const isAwaited = (verdict: Verdict): boolean =>
  verdict.outcome === "hold" &&
  !isHeld(verdict) &&
  verdict.metrics.some((each) => each.outcome === "unanswered");

const isUnjudged = ({ outcome }: MetricVerdict): boolean =>
  outcome === "source-failed" || outcome === "no-traffic" || outcome === "unclear";

/** Why nothing could be judged, in one line. */
const whyHeld = ({ metrics }: Verdict): string =>
  metrics
    .filter(isUnjudged)
    .map(({ app, canary, metric, reason }) => `${app}/${canary} ${metric}: ${reason}`)
    .join("; ") || "nothing could be judged";

/** What failed and where to look, in one line. */
function reasonOf({ metrics }: Verdict): string {
  const failed = metrics.filter(({ outcome }) => outcome === "fail");
  return failed
    .map(({ app, canary, metric, reason, look }) => `${app}/${canary} ${metric}: ${reason} (${look})`)
    .join("; ");
}

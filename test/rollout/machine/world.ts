/** A world for rollouts that is made of memory, in which nobody waits. */
import type { Bake } from "../../../analysis/analyse";
import type { Clock } from "../../../analysis/clock";
import type { Weights } from "../../../analysis/plan";
import type { MetricVerdict, Verdict } from "../../../analysis/verdict";
import type { RolloutEvent } from "../../../rollout/journal/events";
import { type Position, rollOut } from "../../../rollout/machine/machine";
import type { Decision, Follow, Shifter } from "../../../rollout/machine/ports";
import type { Ended, World } from "../../../rollout/machine/world";
import type { Plan, RolloutStep } from "../../../rollout/plan/plan";

/** Jumps to whoever waits least, once nobody does anything else. */
export class FakeClock implements Clock {
  private time = 0;
  private sleepers: { at: number; wake: () => void }[] = [];

  /** Milliseconds by which somebody has set the clock. */
  set = 0;

  now = (): number => this.time + this.set;
  elapsed = (): number => this.time;

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const interrupt = (): void => {
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        reject(signal.reason);
      };
      const wake = (): void => {
        signal.removeEventListener("abort", interrupt);
        resolve();
      };
      const sleeper = { at: this.time + milliseconds, wake };
      this.sleepers.push(sleeper);
      signal.addEventListener("abort", interrupt);
      setImmediate(() => this.jump());
    });
  }

  private jump(): void {
    const [next] = this.sleepers.sort((a, b) => a.at - b.at);
    if (next === undefined) return;
    this.sleepers.shift();
    this.time = Math.max(this.time, next.at);
    next.wake();
  }
}

export class FakeShifter implements Shifter {
  /** What was done to the stack, in order. */
  readonly calls: string[] = [];
  weights: Weights;
  observedWeights: (now: number) => Weights = () => this.weights;
  otherChanges: readonly string[] = [];
  byHand: readonly string[] = [];
  missingServices: () => readonly string[] = () => [];
  /** Done before any question or update, with its name. */
  before: (call: string) => Promise<void> = async () => {};
  onApply: (weights: Weights, signal: AbortSignal) => Promise<void> = async () => {};
  onRollBack: () => Promise<void> = async () => {};

  constructor(
    weights: Weights,
    private readonly clock: Clock,
  ) {
    this.weights = weights;
  }

  async applied(): Promise<Weights> {
    await this.before("applied");
    return this.weights;
  }

  async observed(): Promise<Weights> {
    await this.before("observed");
    return this.observedWeights(this.clock.elapsed());
  }

  async preview(): Promise<readonly string[]> {
    await this.before("preview");
    return this.otherChanges;
  }

  async changedByHand(): Promise<readonly string[]> {
    await this.before("changedByHand");
    return this.byHand;
  }

  async missing(): Promise<readonly string[]> {
    await this.before("missing");
    return this.missingServices();
  }

  recover: () => Promise<void> = async () => {};

  async apply(weights: Weights, _message: string, signal: AbortSignal): Promise<void> {
    this.calls.push(`apply ${JSON.stringify(weights)}`);
    await this.before("apply");
    await this.onApply(weights, signal);
    this.weights = weights;
  }

  async rollBack(weights: Weights): Promise<void> {
    this.calls.push(`roll back ${JSON.stringify(weights)}`);
    await this.before("rollBack");
    await this.onRollBack();
    this.weights = weights;
  }
}

export const steps = (...weights: number[]): [RolloutStep, ...RolloutStep[]] => {
  const made = weights.map((weight) => ({ weight, bakeSeconds: 60, approval: false }));
  return made as [RolloutStep, ...RolloutStep[]];
};

export const plan = (change: Partial<Plan> = {}): Plan => ({
  stack: "prod",
  targets: [{ app: "myapp", canary: "canary" }],
  steps: steps(5, 100),
  analysis: {
    intervalSeconds: 30,
    onNoTraffic: "hold",
    minRequests: 10,
    metrics: [],
  },
  ...change,
});

const unclear: MetricVerdict = {
  app: "myapp",
  canary: "canary",
  metric: "success rate",
  outcome: "unclear",
  reason: "canary 2 errors in 100 requests; 0 would be expected: 2 % worse, perhaps by chance",
  canarySamples: [],
  baselineSamples: [],
  look: "sum(rate(requests))",
};

export const verdict = (outcome: Verdict["outcome"], time = 0): Verdict => ({
  time,
  outcome,
  metrics:
    outcome === "hold"
      ? [unclear]
      : outcome === "fail"
        ? [
            {
              app: "myapp",
              canary: "canary",
              metric: "success rate",
              outcome: "fail",
              reason: "canary 20 errors in 100 requests; 0 would be expected: 20 % worse",
              canarySamples: [],
              baselineSamples: [],
              look: "sum(rate(requests))",
            },
          ]
        : [],
});

export interface Scene {
  readonly plan: Plan;
  readonly from: Weights;
  readonly clock: FakeClock;
  readonly shifter: FakeShifter;
  readonly events: RolloutEvent[];
  readonly stop: AbortController;
  readonly abort: AbortController;
  /** What each judgement comes to, and what it looks at. */
  judge: (bake: Bake) => Verdict["outcome"];
  /** What judges, in place of `judge`. */
  analysis: (bake: Bake, signal: AbortSignal) => Promise<Verdict>;
  decide: (step: number) => Promise<Decision>;
  /** Who has paused it. */
  paused: () => string | undefined;
  onEvent: (event: RolloutEvent) => void;
  /** What counts whether users follow; default they do at once. */
  follow: Follow | undefined;
  run(position?: Position): Promise<Ended>;
  /** Types of the events so far. */
  types(): string[];
}

/** A rollout that passes every step, unless the test has other plans. */
export function scene(change: Partial<Plan> = {}, from: Weights = { "myapp/canary": 0 }): Scene {
  const clock = new FakeClock();
  const events: RolloutEvent[] = [];
  const made: Scene = {
    plan: plan(change),
    from,
    clock,
    shifter: new FakeShifter(from, clock),
    events,
    stop: new AbortController(),
    abort: new AbortController(),
    judge: () => "pass",
    analysis: async (bake) => verdict(made.judge(bake), clock.now()),
    decide: () => Promise.reject(new Error("nobody is to be asked")),
    paused: () => undefined,
    onEvent: () => {},
    follow: undefined,
    types: () => events.map(({ type }) => type),
    run(position = { at: "shift", step: 0 }) {
      const world: World = {
        shifter: made.shifter,
        clock,
        analyse: (_targets, bake, signal) => made.analysis(bake, signal),
        approvals: { decision: (step) => made.decide(step) },
        paused: () => made.paused(),
        follow: made.follow,
        next: "canary promote -s prod makes it the primary",
        expected: (weights) =>
          Object.fromEntries(
            Object.entries(weights).map(([key, percent]) => [key, { least: percent, most: percent }]),
          ),
        record: (event) => {
          made.onEvent(event);
          events.push(event);
        },
      };
      return rollOut(made.plan, from, position, world, {
        stop: made.stop.signal,
        abort: made.abort.signal,
      });
    },
  };
  return made;
}

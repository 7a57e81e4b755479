/** How the evidence on one count of bad requests grows, interval by interval. */
import { blocksOf, type Counted, type Pair, rate, type Sum, scatterOf } from "./counts";
import {
  average,
  BETTER,
  evidence,
  type Gathered,
  type Mixture,
  mixture,
  NO_EVIDENCE,
  type Trials,
  WORSE,
  withTrials,
} from "./evidence";

/** Part of the tolerated effect that is no evidence against a canary. */
const NULL_PART = 0.05;
/** Part of the tolerated effect that a canary must be seen to be worse by: at an effect of just that size half of all looks see less. */
export const SEEN_PART = 0.75;
/** Last intervals that may hold a weight by themselves: what is bad right now is not made up for by what was good before. */
const LATEST = [1, 3];
/** Evidence that a canary is not worse by what is tolerated, which shows it. */
export const NO_WORSE = 20;
/** Weights of the evidence by comparison and by threshold, if there are both. */
const BOTH = [0.9, 0.1];
/** Intervals that are taken together for a baseline's rate at one time. */
const MINUTE = 4;
/** Intervals before one that say how much the baseline scatters, and how bad it may be. */
const LOOKED_BACK = 240;
/** Intervals at the end to which a course can go back: what was counted in them may still change. */
const KEPT = 16;

/** What is held against the share of requests that are bad. */
export interface Held {
  /** Share beyond which a canary fails, 0 to 1; undefined: none. */
  readonly threshold: number | undefined;
  /** What a share may be larger by than the baseline's; undefined: there is no such limit. */
  readonly effect: ((share: number) => number) | undefined;
  /** Whether that is looked at, as the baseline has requests. */
  readonly isCompared: boolean;
  /** Logarithm of the evidence that decides. */
  readonly limit: number;
}

/** Evidence after an interval, as logarithms, and whether the difference is seen to be as large as what is not tolerated. */
export interface Moment {
  readonly worse: number;
  /** Of the last intervals alone. */
  readonly latest: number;
  readonly noWorse: number;
  readonly isSeen: boolean;
}

/** What some intervals came to. */
interface State {
  readonly ours: Sum;
  readonly theirs: Sum;
  /** What counts are weighed down by. */
  readonly scatter: number;
  /** The last trials of each kind: by comparison, by threshold. */
  readonly lately: readonly (readonly Trials[])[];
  readonly worse: readonly Gathered[];
  readonly better: readonly Gathered[];
}

const NO_REQUESTS: Sum = { requests: 0, bad: 0 };
const BEGIN: State = {
  ours: NO_REQUESTS,
  theirs: NO_REQUESTS,
  scatter: 1,
  lately: [],
  worse: [],
  better: [NO_EVIDENCE, NO_EVIDENCE],
};

/** It goes on from what it came to before, as far as the intervals are the same. */
export class Growth {
  private readonly ofLate: number;
  /** The baseline before the first interval, and in each since. */
  private readonly history: Sum[];
  private readonly before: number;
  private readonly intervals: { time: number; canary: Sum; baseline: Sum }[] = [];
  private readonly moments: Moment[] = [];
  /** After each interval; only the last ones are kept. */
  private readonly states = new Map<number, State>();
  private readonly against: Readonly<Record<"worse" | "lately" | "better", Mixture>>;

  /** @param past what the baseline was like before */
  constructor(
    private readonly held: Held,
    past: readonly Sum[],
  ) {
    this.against = {
      worse: mixture(WORSE, held.limit),
      lately: mixture(WORSE, held.limit, true),
      better: mixture(BETTER, Math.log(NO_WORSE), true),
    };
    this.history = past.slice(-LOOKED_BACK);
    this.before = this.history.length;
    this.ofLate = Math.max(0, ...blocksOf(this.history, MINUTE).map(rate));
  }

  /**
   * The evidence after each interval.
   *
   * @param bound which count of bad requests
   */
  after(pairs: readonly Pair[], bound: number): readonly Moment[] {
    const at = ({ requests, bad }: Counted): Sum => ({ requests, bad: bad[bound] ?? 0 });
    const now = pairs.map(({ time, canary, baseline }) => ({
      time,
      canary: at(canary),
      baseline: at(baseline),
    }));
    const same = now.findIndex((each, i) => !isSame(each, this.intervals[i]));
    const from = this.goBackTo(same < 0 ? now.length : same);
    for (const each of now.slice(from)) this.add(each);
    return this.moments;
  }

  /** Forgets what is after so many intervals, and all if it does not know what these came to. */
  private goBackTo(count: number): number {
    const from = this.states.has(count) ? count : 0;
    for (let i = from + 1; i <= this.intervals.length; i++) this.states.delete(i);
    this.intervals.length = from;
    this.moments.length = from;
    this.history.length = this.before + from;
    return from;
  }

  private add({ time, canary, baseline }: { time: number; canary: Sum; baseline: Sum }): void {
    const count = this.intervals.length;
    const [state, moment] = this.next(this.states.get(count) ?? BEGIN, canary, baseline);
    this.intervals.push({ time, canary, baseline });
    this.history.push(baseline);
    this.moments.push(moment);
    this.states.set(count + 1, state);
    this.states.delete(count + 1 - KEPT);
  }

  private next(before: State, canary: Sum, baseline: Sum): [State, Moment] {
    const { threshold, effect, isCompared } = this.held;
    // Weighed by what was before alone: what an interval itself says may not change what it weighs.
    const scatter =
      this.intervals.length % MINUTE === 0 ? scatterOf(this.history.slice(-LOOKED_BACK)) : before.scatter;
    const ours = plus(before.ours, canary);
    const theirs = plus(before.theirs, baseline);
    const weighed = (hits: number, trials: number, share: number): Trials => ({
      hits: hits / scatter,
      trials: trials / scatter,
      share: Math.min(share, 1 - 1e-9),
    });
    const own = theirs.requests > 0 ? rate(theirs) : this.ofLate;
    const least = Math.max(own, rate(baseline));
    const most = Math.max(threshold ?? 0, effect === undefined ? 0 : least + effect(least));
    const kinds = threshold === undefined ? [] : [weighed(canary.bad, canary.requests, most)];
    let better = before.better;
    if (effect !== undefined && isCompared) {
      const together = (ours.bad + theirs.bad + 0.5) / (ours.requests + theirs.requests + 1);
      const share = (part: number): number => {
        const more = canary.requests * (1 + (part * effect(together)) / together);
        return more === 0 ? 0 : more / (more + baseline.requests);
      };
      const both = canary.bad + baseline.bad;
      kinds.unshift(weighed(canary.bad, both, share(NULL_PART)));
      const notWorse = [
        weighed(canary.bad, both, share(1)),
        // Where nobody has errors, that alone says something.
        weighed(canary.bad, canary.requests, own + effect(own)),
      ];
      better = notWorse.map((each, i) =>
        withTrials(this.against.better, before.better[i] ?? NO_EVIDENCE, each),
      );
    }
    const worse = kinds.map((each, i) =>
      withTrials(this.against.worse, before.worse[i] ?? NO_EVIDENCE, each),
    );
    const lately = kinds.map((each, i) => [...(before.lately[i] ?? []), each].slice(-Math.max(...LATEST)));
    const latest = LATEST.map((length) =>
      ofKinds(lately.map((each) => evidence(each.slice(-length), this.against.lately).at(-1) ?? 0)),
    );
    return [
      { ours, theirs, scatter, lately, worse, better },
      {
        worse: ofKinds(worse.map(({ value }) => value)),
        latest: Math.max(...latest),
        noWorse:
          better === before.better
            ? 0
            : average(
                better.map(({ value }) => value),
                [0.5, 0.5],
              ),
        isSeen: rate(ours) >= (effect !== undefined && isCompared ? own + SEEN_PART * effect(own) : most),
      },
    ];
  }
}

const ofKinds = (values: readonly number[]): number =>
  values.length > 1 ? average(values, BOTH) : (values[0] ?? 0);

const isSame = (
  one: { time: number; canary: Sum; baseline: Sum },
  other: { time: number; canary: Sum; baseline: Sum } | undefined,
): boolean =>
  one.time === other?.time && isEqual(one.canary, other.canary) && isEqual(one.baseline, other.baseline);

const isEqual = (one: Sum, other: Sum): boolean => one.requests === other.requests && one.bad === other.bad;

const plus = (a: Sum, b: Sum): Sum => ({ requests: a.requests + b.requests, bad: a.bad + b.bad });

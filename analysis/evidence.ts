/**
 * Evidence that may be looked at as often as one likes: a test martingale on counts.
 *
 * Each interval has trials, of which some are hits. Under the null hypothesis a trial is a hit with a probability of at most
 * `share`. The evidence against that is a mixture of likelihood ratios, over a few odds ratios and over the interval in which the
 * trouble began. Its expectation under the null is at most 1 whenever one looks, so it reaches 1/alpha with a probability of at
 * most alpha (Ville's inequality).
 *
 * - J. Ville, Etude critique de la notion de collectif, 1939.
 * - M. Lindon, C. Sanden, V. Shirikian, Rapid Regression Detection in Software Deployments through Sequential Testing, KDD 2022:
 *   given the errors of both variants, those of one are binomial with its share of the requests.
 * - S. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, Time-uniform, nonparametric, nonasymptotic confidence sequences, Annals of
 *   Statistics 49, 2021.
 */

/** What was counted between two scrapes. */
export interface Trials {
  /** Weighed down if counts scatter by more than chance, so no whole number. */
  readonly trials: number;
  readonly hits: number;
  /** The most that a hit's probability is under the null hypothesis, 0 to 1. */
  readonly share: number;
}

/** Odds ratios, to the null's, that the evidence is for: anything worse than it. */
export const WORSE: readonly number[] = [1.5, 2, 3, 5, 10, 30, 100, 1000];
/** The same for anything better. */
export const BETTER: readonly number[] = WORSE.map((ratio) => 1 / ratio);

/** What the evidence of one interval is capped to, as a part of the limit: three intervals decide, and no two. */
const CAP = 0.43;
/** A smaller ratio gains less from one interval: a burst is no evidence of something small that lasts. */
const WHOLE_CAP = Math.log(5);

/** What evidence is for, and how fast it may grow. */
export interface Mixture {
  readonly odds: readonly { readonly excess: number; readonly log: number; readonly most: number }[];
  readonly isWhole: boolean;
}

/**
 * @param ratios odds ratios, to the null's, that the evidence is for
 * @param limit logarithm at which it decides. What one interval adds is capped by it, so that no single burst decides: the
 *   capped ratio's expectation is at most the ratio's.
 * @param isWhole whether it is evidence on all intervals together, of something that does not begin among them
 */
export const mixture = (ratios: readonly number[], limit: number, isWhole = false): Mixture => ({
  odds: ratios.map((ratio) => {
    const log = Math.log(ratio);
    return { excess: ratio - 1, log, most: CAP * limit * Math.min(1, Math.abs(log) / WHOLE_CAP) };
  }),
  isWhole,
});

/** The evidence of some intervals, to which that of more can be added. */
export interface Gathered {
  /** Natural logarithm of it. */
  readonly value: number;
  readonly intervals: number;
  /** Part of the mixture that begins later. */
  readonly waiting: number;
  /** Logarithms of the rest, by odds ratio. */
  readonly begun: readonly number[];
}

export const NO_EVIDENCE: Gathered = { value: 0, intervals: 0, waiting: 1, begun: [] };

/** The evidence of one interval more. */
export function withTrials(
  { odds, isWhole }: Mixture,
  before: Gathered,
  { trials, hits, share }: Trials,
): Gathered {
  const i = before.intervals;
  // Half of the mixture is trouble from the first interval on; the rest begins later, with weights 1/(2k(k+1)).
  const begins = isWhole ? (i === 0 ? 1 : 0) : i === 0 ? 1 / 2 : 1 / (2 * i * (i + 1));
  const waiting = before.waiting - begins;
  const logBegins = Math.log(begins);
  const begun: number[] = [];
  let mixed = Number.NEGATIVE_INFINITY;
  for (const { excess, log, most } of odds) {
    // Logarithm of how much likelier the hits are if their odds are so many times the null's.
    const logRatio = trials === 0 ? 0 : hits * log - trials * Math.log1p(share * excess);
    const known = before.begun[begun.length] ?? Number.NEGATIVE_INFINITY;
    const now = logSum(known, logBegins) + Math.min(most, logRatio);
    begun.push(now);
    mixed = logSum(mixed, now);
  }
  mixed -= Math.log(odds.length);
  return {
    value: waiting > 0 ? logSum(mixed, Math.log(waiting)) : mixed,
    intervals: i + 1,
    waiting,
    begun,
  };
}

/** Natural logarithm of the evidence after each interval. */
export function evidence(intervals: readonly Trials[], of: Mixture): number[] {
  let sum = NO_EVIDENCE;
  return intervals.map((trials) => {
    sum = withTrials(of, sum, trials);
    return sum.value;
  });
}

/**
 * The weighted mean of several kinds of evidence, which is evidence against all of their nulls together.
 *
 * @param kinds logarithms, as many of each
 * @param weights one for each kind; they add up to 1
 */
export const averaged = (kinds: readonly (readonly number[])[], weights: readonly number[]): number[] =>
  (kinds[0] ?? []).map((_, i) =>
    average(
      kinds.map((kind) => kind[i] ?? 0),
      weights,
    ),
  );

/** The same at one time. */
export const average = (values: readonly number[], weights: readonly number[]): number =>
  values.reduce((sum, value, j) => logSum(sum, value + Math.log(weights[j] ?? 0)), Number.NEGATIVE_INFINITY);

function logSum(a: number, b: number): number {
  const least = Math.min(a, b);
  const most = Math.max(a, b);
  return least === Number.NEGATIVE_INFINITY ? most : most + Math.log1p(Math.exp(least - most));
}

/** What traffic so far makes of a step: how long it will take, and which errors it could find. */
import { limitOf, PAST_MS } from "./analyse";
import { sumOf } from "./counts";
import { WORSE } from "./evidence";
import { PERSON } from "./person";
import { type AnalysisPlan, isMove, type MetricPlan, type Target } from "./plan";
import { comparedWith, readOnce } from "./reading";
import type { AnalysisWorld } from "./world";

/** What a step will be like if traffic stays as it was. */
export interface StepForecast {
  /** Seconds until the canary has had enough requests, and at least the bake. */
  readonly seconds: number;
  /** The canary's requests a second. */
  readonly rate: number;
  /** Least share of errors, in percent, that would be found in that time; undefined if none would, or no metric is about errors. */
  readonly findsPercent?: number;
}

/** Traffic of an app before a rollout. */
export interface Traffic {
  readonly metric: MetricPlan;
  /** Requests a second. */
  readonly rate: number;
  /** Share of them that were bad, 0 to 1. */
  readonly errors: number;
}

/** The traffic of an app in the last hour, by its metrics of errors; undefined if none of them could be asked, or counted any. */
export async function trafficOf(
  target: Target,
  { metrics }: AnalysisPlan,
  world: AnalysisWorld,
  signal: AbortSignal,
): Promise<Traffic | undefined> {
  const to = world.clock.now();
  const { canary } = target;
  const variants = new Set([...(isMove(target) ? [] : ["primary"]), comparedWith(target, world), canary]);
  const counted = async (metric: MetricPlan): Promise<Traffic | undefined> => {
    const sums = await Promise.all(
      [...variants].map(async (variant) => {
        const span = { from: to - PAST_MS, to };
        const series = await readOnce({ metric, target, world, signal }, variant, span);
        const { intervals = [], bounds, told } = series.counts ?? {};
        return bounds === undefined && told === undefined ? intervals : [];
      }),
    );
    const all = sums.flat();
    const times = all.map(({ time }) => time).sort((a, b) => a - b);
    const [first, last] = [times[0], times.at(-1)];
    const { requests, bad } = sumOf(all);
    if (first === undefined || last === undefined || last === first || requests === 0) return undefined;
    const length = (last - first) / Math.max(1, new Set(times).size - 1);
    return { metric, rate: requests / ((last - first + length) / 1000), errors: bad / requests };
  };
  for (const metric of metrics.filter(({ source }) => source !== PERSON)) {
    const traffic = await counted(metric).catch(() => {
      signal.throwIfAborted();
      return undefined;
    });
    if (traffic !== undefined) return traffic;
  }
  return undefined;
}

/**
 * What traffic makes of a step.
 *
 * @param weight percent of the requests
 * @param targets canaries, and steps, of the rollout
 */
export function forecast(
  weight: number,
  bakeSeconds: number,
  traffic: Traffic,
  analysis: AnalysisPlan,
  { targets, steps }: { readonly targets: number; readonly steps: number },
): StepForecast {
  const part = weight / 100;
  const rate = traffic.rate * part;
  const seconds = Math.max(bakeSeconds, analysis.minRequests / rate);
  const found = leastFound(traffic, part, seconds, limitOf(analysis, targets, steps));
  return { seconds, rate, ...(found !== undefined && { findsPercent: 100 * found }) };
}

/** The least share of errors whose evidence is to be expected to decide. */
function leastFound({ metric, rate, errors }: Traffic, part: number, seconds: number, limit: number) {
  const { minEffectPercent, threshold, better } = metric;
  const [ours, theirs] = [rate * part * seconds, rate * (1 - part) * seconds];
  const isGood = better === "higher";
  const wanted = limit + Math.log(2 * WORSE.length);
  const most = (
    trials: (share: number) => readonly [hits: number, all: number, share: number],
    share: number,
  ) => {
    const [hits, all, under] = trials(share);
    return Math.max(...WORSE.map((ratio) => hits * Math.log(ratio) - all * Math.log1p(under * (ratio - 1))));
  };
  const limitShare = threshold === undefined ? undefined : (isGood ? 100 - threshold : threshold) / 100;
  const effect = ((minEffectPercent ?? 0) / 100) * (isGood ? 1 - errors : errors);
  const isFound = (share: number): boolean =>
    (minEffectPercent !== undefined &&
      part < 1 &&
      share >= errors + effect &&
      most((s) => [ours * s, ours * s + theirs * errors, part], share) >= wanted) ||
    (limitShare !== undefined &&
      most((s) => [ours * s, ours, Math.min(0.999, Math.max(limitShare, errors + effect))], share) >= wanted);
  if (!isFound(1)) return undefined;
  let [low, high] = [0, 1];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (isFound(middle)) high = middle;
    else low = middle;
  }
  return high;
}

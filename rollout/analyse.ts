/** Judges canaries: each metric against its threshold, and against the baseline over the same time. */
import type { Analyse } from "./machine";
import type { AnalysisPlan, MetricPlan, Target } from "./plan";
import { type Clock, MetricError, type MetricSource, type Series, type Window } from "./ports";
import { effectPercent, leastProbability, median, probabilityOfChance } from "./statistics";
import type { MetricVerdict, Outcome, Verdict } from "./verdict";

/** Where a variant's requests are counted. */
export type Place = Pick<Window, "namespace" | "service">;

export interface AnalysisWorld {
  /** By the names that metrics give. */
  readonly sources: Readonly<Record<string, MetricSource>>;
  readonly clock: Clock;
  /** @param variant `primary`, or a canary's name */
  place(app: string, variant: string): Place;
}

/** Times that a source is asked before it counts as failed. */
export const ATTEMPTS = 3;
/** Before the second attempt; twice as long before the third. */
const RETRY_MS = 1000;

/**
 * What judges by a plan.
 *
 * A metric fails where its canary is worse than the baseline, or beyond the threshold. If it has both, a threshold that the
 * baseline is beyond, too, fails nobody: a bad day for both is not a bad canary.
 */
export function analyser(analysis: AnalysisPlan, world: AnalysisWorld): Analyse {
  return async (targets, { from, to }, signal) => {
    const pairs = targets.flatMap((target) => analysis.metrics.map((metric) => ({ target, metric })));
    const metrics = await Promise.all(
      pairs.map(({ target, metric }) => judge(metric, target, { from, to }, analysis, world, signal)),
    );
    return { time: to, outcome: overall(metrics, analysis), metrics };
  };
}

function overall(metrics: readonly MetricVerdict[], { onNoTraffic }: AnalysisPlan): Verdict["outcome"] {
  const has = (wanted: Outcome): boolean => metrics.some(({ outcome }) => outcome === wanted);
  if (has("fail")) return "fail";
  return has("source-failed") || (has("no-traffic") && onNoTraffic !== "proceed") ? "hold" : "pass";
}

async function judge(
  metric: MetricPlan,
  target: Target,
  time: Pick<Window, "from" | "to">,
  analysis: AnalysisPlan,
  world: AnalysisWorld,
  signal: AbortSignal,
): Promise<MetricVerdict> {
  const { app, canary: name } = target;
  const series = (variant: string): Promise<Series> =>
    readPatiently(metric, { app, variant, ...world.place(app, variant), ...time }, world, signal);
  const about = { app, canary: name, metric: metric.name };
  try {
    const [canary, baseline] = await Promise.all([series(name), series("primary")]);
    return {
      ...about,
      ...judged({ metric, analysis, canary: measured(canary), baseline: measured(baseline) }),
      canarySamples: canary.samples,
      baselineSamples: baseline.samples,
      look: canary.look,
    };
  } catch (error) {
    if (!(error instanceof MetricError)) throw error;
    const reason = `no value of the canary or the primary: ${error.message}`;
    const none = { canarySamples: [], baselineSamples: [], look: metric.query };
    return { ...about, outcome: "source-failed", reason, ...none };
  }
}

async function readPatiently(
  metric: MetricPlan,
  window: Window,
  { sources, clock }: AnalysisWorld,
  signal: AbortSignal,
): Promise<Series> {
  const source = sources[metric.source];
  if (source === undefined) throw new MetricError(`there is no source ${metric.source}`);
  for (let attempt = 1; ; attempt++) {
    try {
      return await source.read(metric, window, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof MetricError) || attempt === ATTEMPTS) throw error;
      await clock.sleep(2 ** (attempt - 1) * RETRY_MS, signal);
    }
  }
}

/** A series as its values, and the middle one. */
interface Measured {
  readonly values: readonly number[];
  readonly median: number | undefined;
  readonly requests: number | undefined;
}

function measured({ samples, requests }: Series): Measured {
  const values = samples.map(({ value }) => value);
  return { values, median: values.length > 0 ? median(values) : undefined, requests };
}

interface Case {
  readonly metric: MetricPlan;
  readonly analysis: AnalysisPlan;
  readonly canary: Measured;
  readonly baseline: Measured;
}

type Judged = Pick<MetricVerdict, "outcome" | "reason" | "canaryValue" | "baselineValue" | "probability">;

function judged(given: Case): Judged {
  const { metric, analysis, canary, baseline } = given;
  const { threshold, minEffectPercent } = metric;
  const say = (outcome: Outcome, why: string, probability?: number): Judged => ({
    outcome,
    reason: `canary ${shown(canary.median, metric)}, primary ${shown(baseline.median, metric)}: ${why}`,
    ...(canary.median !== undefined && { canaryValue: canary.median }),
    ...(baseline.median !== undefined && { baselineValue: baseline.median }),
    ...(probability !== undefined && { probability }),
  });
  const noTraffic = (variant: string, { requests }: Measured): Judged =>
    say(analysis.onNoTraffic === "fail" ? "fail" : "no-traffic", tooFew(variant, requests, analysis));

  if (canary.median === undefined || lacksRequests(canary, analysis)) return noTraffic("canary", canary);
  const isBeyond = threshold !== undefined && beyond(canary.median, threshold, metric);
  const limit = `the threshold of ${shown(threshold, metric)}`;
  const byThreshold = (more: string): Judged =>
    isBeyond ? say("fail", `beyond ${limit}${more}`) : say("pass", `within ${limit}${more}`);

  if (minEffectPercent === undefined) return byThreshold("");
  if (baseline.median === undefined || lacksRequests(baseline, analysis)) {
    return threshold === undefined
      ? noTraffic("primary", baseline)
      : byThreshold(`, and not compared, as ${tooFew("primary", baseline.requests, analysis)}`);
  }
  const isBadForBoth = isBeyond && beyond(baseline.median, threshold, metric);
  if (isBeyond && !isBadForBoth) return byThreshold("");
  const [n, m] = [canary.values.length, baseline.values.length];
  if (leastProbability(n, m) >= analysis.significance)
    return say("no-traffic", `${n} and ${m} samples are too few to compare`);
  const probability = probabilityOfChance(canary.values, baseline.values, metric.better);
  const effect = effectPercent(canary.median, baseline.median, metric.better);
  const difference = `${comparison(effect)}, by chance with probability ${rounded(probability)}`;
  const isWorse = probability < analysis.significance && effect > 0 && effect >= minEffectPercent;
  if (isWorse) return say("fail", `${difference}; allowed: ${minEffectPercent} % worse`, probability);
  const both = isBadForBoth ? `both beyond ${limit}, the canary ` : "";
  return say("pass", `${both}${difference}`, probability);
}

const lacksRequests = ({ requests }: Measured, { minRequests }: AnalysisPlan): boolean =>
  requests !== undefined && requests < minRequests;

const tooFew = (variant: string, requests: number | undefined, { minRequests }: AnalysisPlan): string =>
  requests === undefined || requests >= minRequests
    ? `the ${variant} has no samples`
    : `the ${variant} had ${rounded(requests)} requests, fewer than ${minRequests}`;

const beyond = (value: number, threshold: number, { better }: MetricPlan): boolean =>
  better === "lower" ? value > threshold : value < threshold;

function comparison(effect: number): string {
  if (effect === 0) return "the same";
  if (effect === Number.POSITIVE_INFINITY) return "worse than nothing at all";
  return `${rounded(Math.abs(effect))} % ${effect > 0 ? "worse" : "better"}`;
}

const shown = (value: number | undefined, { unit }: MetricPlan): string =>
  value === undefined ? "without a value" : `${rounded(value)}${unit && ` ${unit}`}`;

/** Four digits, as people read them. */
const rounded = (value: number): string => String(Number(value.toPrecision(4)));

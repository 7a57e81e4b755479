/** Judges canaries: asks each metric's source about the canary and the baseline over the same time, or a person. */
import { within } from "../base/deadline";
import { messageOf } from "../base/user-error";
import type { Clock } from "./clock";
import { judged, seriesOf } from "./metric-verdict";
import { type Judgements, PERSON, saidByPerson } from "./person";
import type { AnalysisPlan, MetricPlan, Target, Weights } from "./plan";
import { MetricError, type MetricSource, type Series, type Window } from "./source";
import type { MetricVerdict, Outcome, Verdict } from "./verdict";

/** A step that is judged, from when its weights were observed; times in milliseconds since the epoch. */
export interface Bake {
  /** Number of the step, from 0. */
  readonly step: number;
  readonly weights: Weights;
  readonly from: number;
  readonly to: number;
}

/** Judges targets at a step. Sources that fail are part of the verdict. */
export type Analyse = (targets: readonly Target[], bake: Bake, signal: AbortSignal) => Promise<Verdict>;

/** Where a variant's requests are counted. */
export type Place = Pick<Window, "namespace" | "service" | "balancer">;

export interface AnalysisWorld {
  /** By the names that metrics give. */
  readonly sources: Readonly<Record<string, MetricSource>>;
  readonly clock: Clock;
  /** @param variant `primary`, or a canary's name */
  place(app: string, variant: string): Place | Promise<Place>;
  /** The variant that an app's canary is compared with; default the primary. */
  baselineOf?(app: string): string;
  /**
   * Why, by the weights, a variant gets none of the requests that a source counts; undefined where it gets some. Default: each
   * gets some.
   */
  idle?(app: string, variant: string, source: string, weights: Weights): string | undefined;
  /** What people said; default nothing. */
  readonly judgements?: Judgements;
}

/** Times that a source is asked before it counts as failed. */
export const ATTEMPTS = 3;
/** Seconds that one reading may take, and some more than a source's own limit. */
const [READ_SECONDS, SLACK_SECONDS] = [30, 5];
/** Values of one variant in one window: more are no metric. */
const MOST_SAMPLES = 10_000;
/** Before the second attempt; twice as long before the third. */
const RETRY_MS = 1000;
/** Judgements look back over so many intervals, or as far as the source needs, but never to before the weight was observed. */
export const WINDOW_INTERVALS = 5;

/**
 * What judges by a plan.
 *
 * A metric fails where its canary is worse than the baseline, or beyond the threshold. If it has both, a threshold that the
 * baseline is beyond, too, fails nobody: a bad day for both is not a bad canary.
 */
export function analyser(analysis: AnalysisPlan, world: AnalysisWorld): Analyse {
  return async (targets, bake, signal) => {
    const pairs = targets.flatMap((target) => analysis.metrics.map((metric) => ({ target, metric })));
    const metrics = await Promise.all(
      pairs.map(({ target, metric }) =>
        metric.source === PERSON
          ? saidByPerson(metric, target, bake.step, world.judgements)
          : judge(metric, target, bake, analysis, world, signal),
      ),
    );
    const isFinal = pairs.some(({ metric }, i) => metric.source === PERSON && metrics[i]?.outcome === "fail");
    return { time: bake.to, outcome: overall(metrics, analysis), metrics, ...(isFinal && { isFinal }) };
  };
}

function overall(metrics: readonly MetricVerdict[], { onNoTraffic }: AnalysisPlan): Verdict["outcome"] {
  const has = (wanted: Outcome): boolean => metrics.some(({ outcome }) => outcome === wanted);
  if (has("fail")) return "fail";
  if (has("too-early") || has("source-failed") || has("unanswered")) return "hold";
  return has("no-traffic") && onNoTraffic !== "proceed" ? "hold" : "pass";
}

async function judge(
  metric: MetricPlan,
  target: Target,
  bake: Bake,
  analysis: AnalysisPlan,
  world: AnalysisWorld,
  signal: AbortSignal,
): Promise<MetricVerdict> {
  const { app, canary: name } = target;
  const about = { app, canary: name, metric: metric.name };
  const none = { canarySamples: [], baselineSamples: [], look: metric.query };
  const idle = (variant: string): string | undefined =>
    world.idle?.(app, variant, metric.source, bake.weights);
  const unused = idle(name);
  if (unused !== undefined) return { ...about, outcome: "pass", reason: `not judged, as ${unused}`, ...none };

  const baselineName = world.baselineOf?.(app) ?? "primary";
  try {
    const source = sourceOf(metric, world);
    const windowSeconds = Math.max(source.windowSeconds ?? 0, WINDOW_INTERVALS * analysis.intervalSeconds);
    const time = { from: Math.max(bake.from, bake.to - windowSeconds * 1000), to: bake.to };
    const series = async (variant: string): Promise<Series> =>
      patiently(
        () =>
          within(
            (source.timeoutSeconds ?? READ_SECONDS) * 1000 + SLACK_SECONDS * 1000,
            `source ${metric.source}`,
            async (inner) => {
              const place = await world.place(app, variant);
              return sound(await source.read(metric, { app, variant, ...place, ...time }, inner));
            },
            signal,
            world.clock,
          ),
        world.clock,
        signal,
      );
    const [canary, baseline] = await Promise.all([
      series(name),
      idle(baselineName) ?? series(baselineName).catch((error) => metricError(error, signal)),
    ]);
    const ageSeconds = (bake.to - bake.from) / 1000;
    return {
      ...about,
      ...judged({ metric, analysis, canary, baseline, baselineName, ageSeconds, windowSeconds }),
      ...(baselineName !== "primary" && { baseline: baselineName }),
      canarySamples: canary.samples,
      baselineSamples: seriesOf(baseline).samples,
      look: canary.look,
    };
  } catch (error) {
    const reason = `no value of the canary: ${metricError(error, signal).message}`;
    return { ...about, outcome: "source-failed", reason, ...none };
  }
}

/** What a source failed with, whatever it threw: none of that is the canary's fault. */
function metricError(error: unknown, signal: AbortSignal): MetricError {
  signal.throwIfAborted();
  return error instanceof MetricError ? error : new MetricError(messageOf(error));
}

/** @throws MetricError where an answer is none that could be judged */
function sound(series: Series): Series {
  const { samples } = series;
  if (samples.length > MOST_SAMPLES)
    throw new MetricError(`the answer has ${samples.length} values; allowed: ${MOST_SAMPLES} at most`);
  const isNumber = samples.every(({ time, value }) => Number.isFinite(time) && Number.isFinite(value));
  if (!isNumber) throw new MetricError("the answer has a value that is no number");
  return series;
}

function sourceOf({ source }: MetricPlan, { sources }: AnalysisWorld): MetricSource {
  const found = sources[source];
  if (found === undefined) throw new MetricError(`there is no source ${source}`);
  return found;
}

async function patiently(read: () => Promise<Series>, clock: Clock, signal: AbortSignal): Promise<Series> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      signal.throwIfAborted();
      if (attempt === ATTEMPTS) throw error;
      await clock.sleep(2 ** (attempt - 1) * RETRY_MS, signal);
    }
  }
}

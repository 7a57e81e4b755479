/** Judges canaries: asks each metric's source about the canary and the baseline since the start of a step, or a person. */
import { within } from "../base/deadline";
import { messageOf } from "../base/user-error";
import type { Clock } from "./clock";
import type { CountSeries } from "./counts";
import { judgeCounts } from "./judge-counts";
import { judgeNumbers } from "./judge-numbers";
import type { Case } from "./judging";
import { Memory } from "./memory";
import { type Judgements, PERSON, saidByPerson } from "./person";
import { type AnalysisPlan, type MetricPlan, type Target, targetKey, type Weights } from "./plan";
import { MetricError, type MetricSource, type Series, type Window } from "./source";
import type { MetricVerdict, Outcome, Verdict } from "./verdict";

/** A step that is judged, from when its weights were observed; times in milliseconds since the epoch. */
export interface Bake {
  /** Number of the step, from 0. */
  readonly step: number;
  readonly weights: Weights;
  readonly from: number;
  readonly to: number;
  /** Seconds that the step bakes; default 0. */
  readonly bakeSeconds?: number;
}

/** Judges targets at a step. Sources that fail are part of the verdict. */
export type Analyse = (targets: readonly Target[], bake: Bake, signal: AbortSignal) => Promise<Verdict>;

/** Where a variant's requests are counted. */
export type Place = Pick<Window, "namespace" | "service" | "port" | "portName" | "primary" | "balancer">;

export interface AnalysisWorld {
  /** By the names that metrics give. */
  readonly sources: Readonly<Record<string, MetricSource>>;
  readonly clock: Clock;
  /** @param variant `primary`, or a canary's name */
  place(app: string, variant: string): Place | Promise<Place>;
  /** The variant that an app's canary is compared with; default the primary. */
  baselineOf?(app: string): string;
  /**
   * Why, by the weights, a variant gets none of the requests that a source counts; undefined if it gets some. Default: each
   * gets some.
   */
  idle?(app: string, variant: string, source: string, weights: Weights): string | undefined;
  /** What people said; default nothing. */
  readonly judgements?: Judgements;
  /** Steps of the rollout, which share out the false alarms that are allowed; default 1. */
  readonly steps?: number;
}

/** Times that a source is asked before it counts as failed. */
export const ATTEMPTS = 3;
/** Seconds that one reading may take, and some more than a source's own limit. */
const [READ_SECONDS, SLACK_SECONDS] = [30, 5];
/** Values of one variant in one reading: more are no metric. */
const MOST_SAMPLES = 10_000;
/** Before the second attempt; twice as long before the third. */
const RETRY_MS = 1000;
/** How far the baseline is looked at back from a step's start, in milliseconds. */
export const PAST_MS = 3_600_000;
/** Percent of healthy rollouts that may go back. */
export const FALSE_ALARM = 5;
const WARM_UP_SECONDS = 120;

/**
 * Logarithm of the evidence that decides on one metric of one canary at one step, so that a healthy canary's rollout goes back
 * with the probability that is allowed.
 */
export function limitOf(analysis: AnalysisPlan, targets: number, steps: number): number {
  const { falseAlarm = FALSE_ALARM, metrics } = analysis;
  const measured = metrics.filter(({ source }) => source !== PERSON).length;
  return Math.log((100 / falseAlarm) * Math.max(1, measured) * targets * steps);
}

/** What judges by a plan. It remembers what sources said since the start of a step. */
export function analyser(analysis: AnalysisPlan, world: AnalysisWorld): Analyse {
  const memory = new Memory();
  return async (targets, bake, signal) => {
    const pairs = targets.flatMap((target) => analysis.metrics.map((metric) => ({ target, metric })));
    const limit = limitOf(analysis, targets.length, world.steps ?? 1);
    const judged = await Promise.all(
      pairs.map(
        async ({ target, metric }): Promise<Answer> =>
          metric.source === PERSON
            ? { verdict: saidByPerson(metric, target, bake.step, world.judgements) }
            : judge({ metric, target, bake, analysis, world, limit, memory, signal }),
      ),
    );
    const metrics = judged.map(({ verdict }) => verdict);
    const dues = judged.map(({ due = bake.to + analysis.intervalSeconds * 1000 }) => due);
    const isTold = judged.some(({ due }) => due !== undefined);
    return {
      time: bake.to,
      outcome: overall(metrics, analysis),
      ...(isTold && { due: Math.min(...dues) }),
      metrics,
    };
  };
}

function overall(metrics: readonly MetricVerdict[], { onNoTraffic }: AnalysisPlan): Verdict["outcome"] {
  const has = (...wanted: Outcome[]): boolean => metrics.some(({ outcome }) => wanted.includes(outcome));
  if (has("fail")) return "fail";
  if (has("too-early", "unclear", "source-failed", "unanswered")) return "hold";
  return has("no-traffic") && onNoTraffic !== "proceed" ? "hold" : "pass";
}

interface Answer {
  readonly verdict: MetricVerdict;
  readonly due?: number | undefined;
}

interface Question {
  readonly metric: MetricPlan;
  readonly target: Target;
  readonly bake: Bake;
  readonly analysis: AnalysisPlan;
  readonly world: AnalysisWorld;
  readonly limit: number;
  readonly memory: Memory;
  readonly signal: AbortSignal;
}

async function judge(question: Question): Promise<Answer> {
  const { metric, target, bake, analysis, world, limit, memory, signal } = question;
  const { app, canary: name } = target;
  const about = { app, canary: name, metric: metric.name };
  const none = { canarySamples: [], baselineSamples: [], look: metric.query };
  const idleOf = (variant: string): string | undefined =>
    world.idle?.(app, variant, metric.source, bake.weights);
  const unused = idleOf(name);
  if (unused !== undefined)
    return { verdict: { ...about, outcome: "pass", reason: `not judged, as ${unused}`, ...none } };

  const baselineName = world.baselineOf?.(app) ?? "primary";
  const whole = { from: bake.from, to: bake.to };
  const read = (variant: string): Promise<Series> =>
    memory.grown(JSON.stringify([app, variant, metric.name, bake.step]), whole, (asked) =>
      readOnce(question, variant, asked),
    );
  try {
    const idle = idleOf(baselineName);
    const [canary, baseline, past] = await Promise.all([
      read(name),
      idle === undefined ? read(baselineName).catch((error) => metricError(error, signal)) : undefined,
      memory.once(JSON.stringify([app, metric.name, bake.step, "past"]), () =>
        pastOf(question, baselineName),
      ),
    ]);
    const isFresh = baselineName !== "primary";
    const weight = bake.weights[targetKey(target)];
    const { bakeSeconds = 0 } = bake;
    const given: Case = {
      metric,
      analysis,
      limit,
      canary,
      idle,
      past,
      baselineName,
      bakeSeconds,
      ...whole,
      baseline: baseline instanceof MetricError ? undefined : baseline,
      unread:
        baseline instanceof MetricError
          ? `there is no value of the ${baselineName}: ${baseline.message}`
          : undefined,
      part: isFresh || weight === undefined ? undefined : weight / 100,
      warmUntil: bake.step > 0 ? bake.from : bake.from + warmUpSeconds(analysis, bakeSeconds) * 1000,
    };
    const isCounted = canary.counts ?? given.baseline?.counts;
    const verdict: MetricVerdict = {
      ...about,
      ...(isCounted
        ? judgeCounts(given, canary.counts ?? { intervals: [] }, given.baseline?.counts)
        : judgeNumbers(given)),
      ...(isFresh && { baseline: baselineName }),
      canarySamples: canary.samples,
      baselineSamples: given.baseline?.samples ?? [],
      look: canary.look,
    };
    return { verdict, due: canary.due ?? given.baseline?.due };
  } catch (error) {
    const reason = `no value of the canary: ${metricError(error, signal).message}`;
    return { verdict: { ...about, outcome: "source-failed", reason, ...none } };
  }
}

const warmUpSeconds = ({ warmUpSeconds }: AnalysisPlan, bakeSeconds: number): number =>
  warmUpSeconds ?? Math.min(WARM_UP_SECONDS, bakeSeconds / 2);

/** What the baseline was like before the step, in a shorter time if an answer is too long; unknown if that can't be read. */
async function pastOf(question: Question, variant: string): Promise<CountSeries | undefined> {
  const { bake, signal } = question;
  for (const length of [PAST_MS, PAST_MS / 4]) {
    try {
      return (await readOnce(question, variant, { from: bake.from - length, to: bake.from })).counts;
    } catch {
      signal.throwIfAborted();
    }
  }
  return undefined;
}

/** Asks a source, again where it fails. */
function readOnce(
  { metric, target: { app, canary }, world, signal }: Question,
  variant: string,
  time: Pick<Window, "from" | "to">,
): Promise<Series> {
  const { clock } = world;
  const baseline = world.baselineOf?.(app) ?? "primary";
  const beside = variant === baseline ? canary : baseline;
  const source = sourceOf(metric, world);
  const seconds = (source.timeoutSeconds ?? READ_SECONDS) + SLACK_SECONDS;
  const ask = async (inner: AbortSignal): Promise<Series> => {
    const [place, other] = await Promise.all([world.place(app, variant), world.place(app, beside)]);
    const window = { app, variant, ...place, ...time };
    return sound(await source.read(metric, { ...window, beside: { variant: beside, ...other } }, inner));
  };
  return patiently(
    () => within(seconds * 1000, `source ${metric.source}`, ask, signal, clock),
    clock,
    signal,
  );
}

/** What a source failed with, whatever it threw: none of that is the canary's fault. */
function metricError(error: unknown, signal: AbortSignal): MetricError {
  signal.throwIfAborted();
  return error instanceof MetricError ? error : new MetricError(messageOf(error));
}

/** @throws MetricError if an answer is none that could be judged */
function sound(series: Series): Series {
  const { samples, counts } = series;
  const intervals = counts?.intervals ?? [];
  const many = Math.max(samples.length, intervals.length);
  if (many > MOST_SAMPLES)
    throw new MetricError(`the answer has ${many} values; allowed: ${MOST_SAMPLES} at most`);
  const isNumber = samples.every(({ time, value }) => Number.isFinite(time) && Number.isFinite(value));
  if (!isNumber) throw new MetricError("the answer has a value that is no number");
  for (const { time, requests, bad } of intervals) {
    if (![time, requests, ...bad].every((value) => Number.isFinite(value) && value >= 0))
      throw new MetricError("the answer has a count that is no number from 0");
    if (bad.some((each) => each > requests))
      throw new MetricError(`the answer has ${Math.max(...bad)} bad ones among ${requests} requests`);
  }
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

/** Judges canaries: asks each metric's source about the canary and the baseline since the start of a step, or a person. */
import type { CountSeries } from "./counts";
import { judgeCounts } from "./judge-counts";
import { judgeNumbers } from "./judge-numbers";
import { type Case, theSubject } from "./judging";
import { Memory } from "./memory";
import { PERSON, saidByPerson } from "./person";
import { type AnalysisPlan, subjectOf, type Target, targetKey, type Weights } from "./plan";
import { type Asked, comparedWith, metricError, readPatiently, type Span } from "./reading";
import { MetricError, type Series } from "./source";
import { aligned } from "./together";
import type { MetricVerdict, Outcome, Verdict } from "./verdict";
import type { AnalysisWorld } from "./world";

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

interface Question extends Asked {
  readonly bake: Bake;
  readonly analysis: AnalysisPlan;
  readonly limit: number;
  readonly memory: Memory;
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

  const baselineName = comparedWith(target, world);
  const whole = { from: bake.from, to: bake.to };
  const read = (variant: string, more: Pick<Span, "bounds"> = {}): Promise<Series> =>
    memory.grown(JSON.stringify([app, variant, metric.name, bake.step, more]), whole, (asked) =>
      readPatiently(question, variant, { ...asked, ...more }),
    );
  try {
    const idle = idleOf(baselineName);
    const reading = read(name);
    // Another source has other bounds of latency, unless it is told these.
    const more = metric.against === undefined ? {} : boundsOf(await reading);
    const [own, other, past] = await Promise.all([
      reading,
      idle === undefined ? read(baselineName, more).catch((error) => metricError(error, signal)) : undefined,
      memory.once(JSON.stringify([app, metric.name, bake.step, more, "past"]), () =>
        pastOf(question, baselineName, more),
      ),
    ]);
    const [canary, baseline] =
      metric.against === undefined || other instanceof MetricError
        ? [own, other]
        : sideBySide(own, other, bake.from);
    const isFresh = baselineName !== "primary";
    const weight = bake.weights[targetKey(target)];
    const { bakeSeconds = 0 } = bake;
    const given: Case = {
      metric,
      subject: subjectOf(target),
      analysis,
      limit,
      canary,
      idle,
      past,
      baselineName,
      bakeSeconds,
      courses: memory.courses(JSON.stringify([app, name, metric.name, bake.step])),
      ...whole,
      baseline: baseline instanceof MetricError ? undefined : baseline,
      unread:
        baseline instanceof MetricError
          ? `there is no value of ${theSubject(baselineName)}: ${baseline.message}`
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
    const dues = [canary, given.baseline].flatMap((series) => series?.due ?? []);
    // Of two sources nothing is new before the later one tells.
    return { verdict, due: metric.against === undefined ? dues[0] : dues.sort((a, b) => b - a)[0] };
  } catch (error) {
    const reason = `no value of ${theSubject(subjectOf(target))}: ${metricError(error, signal).message}`;
    return { verdict: { ...about, outcome: "source-failed", reason, ...none } };
  }
}

const warmUpSeconds = ({ warmUpSeconds }: AnalysisPlan, bakeSeconds: number): number =>
  warmUpSeconds ?? Math.min(WARM_UP_SECONDS, bakeSeconds / 2);

/** What the baseline was like before the step, in a shorter time if an answer is too long; unknown if that can't be read. */
async function pastOf(
  question: Question,
  variant: string,
  more: Pick<Span, "bounds">,
): Promise<CountSeries | undefined> {
  const { bake, signal } = question;
  for (const length of [PAST_MS, PAST_MS / 4]) {
    try {
      const span = { from: bake.from - length, to: bake.from, ...more };
      return (await readPatiently(question, variant, span)).counts;
    } catch {
      signal.throwIfAborted();
    }
  }
  return undefined;
}

const boundsOf = ({ counts }: Series): Pick<Span, "bounds"> =>
  counts?.bounds === undefined || counts.bounds.length === 0 ? {} : { bounds: counts.bounds };

/** What two sources counted at the same times. */
function sideBySide(
  canary: Series,
  baseline: Series | undefined,
  from: number,
): [Series, Series | undefined] {
  if (canary.counts === undefined || baseline?.counts === undefined) return [canary, baseline];
  const [ours, theirs] = aligned(canary.counts, baseline.counts, from);
  return [
    { ...canary, counts: ours },
    { ...baseline, counts: theirs },
  ];
}

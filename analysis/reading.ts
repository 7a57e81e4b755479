/** Asks metric sources about a variant. */
import { within } from "../base/deadline";
import { messageOf } from "../base/user-error";
import type { Clock } from "./clock";
import type { MetricPlan, Target } from "./plan";
import { MetricError, type MetricSource, type Series, type Window } from "./source";
import { commonBounds, summed } from "./together";
import type { AnalysisWorld } from "./world";

/** What is asked, and of whom. */
export interface Asked {
  readonly metric: MetricPlan;
  readonly target: Target;
  readonly world: AnalysisWorld;
  readonly signal: AbortSignal;
}

/** When, and beyond which milliseconds latency is to be counted; default those of the source. */
export type Span = Pick<Window, "from" | "to" | "bounds">;

/** Times that a source is asked before it counts as failed. */
export const ATTEMPTS = 3;
/** Seconds that one reading may take, and some more than a source's own limit. */
const [READ_SECONDS, SLACK_SECONDS] = [30, 5];
/** Values of one variant in one reading: more are no metric. */
const MOST_SAMPLES = 10_000;
/** Before the second attempt; twice as long before the third. */
const RETRY_MS = 1000;

/** The variant that a target is compared with. */
export const comparedWith = (target: Target, { baselineOf }: AnalysisWorld): string =>
  baselineOf?.(target) ?? "primary";

/** Asks the variant's source, again where it fails. */
export function readPatiently(asked: Asked, variant: string, span: Span): Promise<Series> {
  const { world, signal } = asked;
  const { clock } = world;
  const name = sourceNameOf(asked, variant);
  const seconds = (sourceNamed(name, world).timeoutSeconds ?? READ_SECONDS) + SLACK_SECONDS;
  const ask = (inner: AbortSignal): Promise<Series> => readOnce({ ...asked, signal: inner }, variant, span);
  return patiently(() => within(seconds * 1000, `source ${name}`, ask, signal, clock), clock, signal);
}

/** Asks the variant's source once, about each of the variants that are counted together as this one. */
export async function readOnce(asked: Asked, variant: string, span: Span): Promise<Series> {
  const { metric, target, world, signal } = asked;
  const { app, canary } = target;
  const source = sourceNamed(sourceNameOf(asked, variant), world);
  const parts = world.partsOf?.(app, variant) ?? [variant];
  const isOne = parts.length === 1 && parts[0] === variant;
  const besides = (part: string): string | undefined =>
    isOne
      ? variant === comparedWith(target, world)
        ? canary
        : comparedWith(target, world)
      : parts.find((each) => each !== part);
  const read = async (part: string): Promise<Series> => {
    const beside = besides(part);
    const [place, other] = await Promise.all([
      world.place(app, part),
      beside === undefined ? undefined : world.place(app, beside),
    ]);
    const window = { app, variant: part, ...place, ...span };
    return sound(
      await source.read(
        metric,
        { ...window, ...(beside !== undefined && other && { beside: { variant: beside, ...other } }) },
        signal,
      ),
    );
  };
  const [first, ...others] = await Promise.all(parts.map(read));
  if (first === undefined) throw new MetricError(`nothing of ${app} is counted as ${variant}`);
  return others.length === 0 ? first : together(first, others, metric);
}

/** What several variants counted, as if they were one. */
function together(first: Series, others: readonly Series[], { query }: MetricPlan): Series {
  const all = [first, ...others];
  const counts = all.flatMap(({ counts }) => counts ?? []);
  if (counts.length < all.length) throw new MetricError(`${query} comes to plain numbers, which have no sum`);
  const dues = all.flatMap(({ due }) => due ?? []);
  return {
    samples: [],
    look: first.look,
    ...(dues.length > 0 && { due: Math.min(...dues) }),
    counts: summed(commonBounds(counts)),
  };
}

/** What a source failed with, whatever it threw: none of that is the canary's fault. */
export function metricError(error: unknown, signal: AbortSignal): MetricError {
  signal.throwIfAborted();
  return error instanceof MetricError ? error : new MetricError(messageOf(error));
}

const sourceNameOf = ({ metric, target, world }: Asked, variant: string): string =>
  variant === comparedWith(target, world) ? (metric.against ?? metric.source) : metric.source;

function sourceNamed(name: string, { sources }: AnalysisWorld): MetricSource {
  const found = sources[name];
  if (found === undefined) throw new MetricError(`there is no source ${name}`);
  return found;
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

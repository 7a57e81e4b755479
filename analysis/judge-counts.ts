/** What one metric comes to by counts: of bad answers, or of requests that took longer than so long. */
import { type Counted, type CountSeries, type Pair, paired, type Sum, sumOf } from "./counts";
import { averaged } from "./evidence";
import { Growth, type Held, type Moment, NO_WORSE, SEEN_PART } from "./growth";
import {
  type Case,
  comparison,
  count,
  type Found,
  type Judged,
  lacking,
  theSubject,
  valueText,
  verdictOf,
} from "./judging";
import { CLIENT_ERRORS } from "./plan";
import { quantileOf } from "./quantile";
import type { Evidence, Outcome } from "./verdict";

/** Part of the limit, by its logarithm, from which on evidence is well under way. */
const UNDER_WAY = 0.25;
/** The same of the last intervals alone, which chance brings further. */
const LATEST_UNDER_WAY = 0.33;

/** Judges by counts since the start of the step. */
export function judgeCounts(given: Case, canary: CountSeries, baseline: CountSeries | undefined): Judged {
  const pairs = paired(canary.intervals, baseline?.intervals ?? []);
  const bounds = canary.bounds ?? baseline?.bounds;
  const [found, course] =
    bounds === undefined ? foundOfShare(given, pairs) : foundOfLatency(given, pairs, bounds);
  const sums = { canary: sumOf(sideOf(pairs, "canary")), baseline: sumOf(sideOf(pairs, "baseline")) };
  return conclusion(given, found, course, sums, bounds !== undefined);
}

const sideOf = (pairs: readonly Pair[], side: "canary" | "baseline"): Counted[] =>
  pairs.map((pair) => pair[side]);

function conclusion(
  given: Case,
  found: Found,
  course: readonly Moment[],
  sums: Record<"canary" | "baseline", Sum>,
  isLatency: boolean,
): Judged {
  const { metric, analysis, limit, subject, baselineName, idle, unread } = given;
  const { threshold, minEffectPercent } = metric;
  const isCompared = minEffectPercent !== undefined && idle === undefined;
  const decisive = course.findIndex(({ worse, isSeen }) => worse >= limit && isSeen);
  const last = course[decisive >= 0 ? decisive : course.length - 1];
  const say = (outcome: Outcome, why: string): Judged =>
    verdictOf({ ...found, ...(last && { evidence: evidenceOf(last, given) }) }, outcome, why);
  const difference =
    isCompared && found.canaryValue !== undefined && found.baselineValue !== undefined
      ? comparison(found.canaryValue, found.baselineValue, metric)
      : undefined;
  const limitText = threshold === undefined ? "" : `the threshold of ${valueText(threshold, metric)}`;
  if (decisive >= 0) return say("fail", difference ?? `beyond ${limitText}`);
  const { requests } = sums.canary;
  if (requests === 0) return say(lacking(given, true), `${theSubject(subject)} had no requests`);
  if (isCompared && unread !== undefined) return say("source-failed", `not compared, as ${unread}`);
  if (last !== undefined && isUnderWay(last, limit))
    return say("unclear", `${difference ?? `beyond ${limitText}`}, perhaps by chance`);
  if (isLatency && given.to <= given.warmUntil)
    return say("too-early", `latency is not judged while ${theSubject(subject)} warms up`);
  if (isLatency && found.canaryValue === undefined)
    return say(lacking(given, false), `nothing was counted yet since ${theSubject(subject)} has warmed up`);
  const due = given.part === undefined ? 0 : (requests + sums.baseline.requests) * given.part;
  // Who is due that many by weight may have some fewer by chance.
  const isEnough =
    requests >= analysis.minRequests || (due >= analysis.minRequests && requests >= analysis.minRequests / 2);
  if (!isEnough) return say(lacking(given, true), `fewer than ${count(analysis.minRequests)} requests`);
  const within = threshold === undefined ? "" : `within ${limitText}`;
  if (minEffectPercent !== undefined && idle !== undefined)
    return say("pass", `${within && `${within}, and `}not compared, as ${idle}`);
  if (isCompared && sums.baseline.requests === 0) {
    return threshold === undefined
      ? say(lacking(given, true), `${theSubject(baselineName)} had no requests`)
      : say("pass", `${within}, and not compared, as ${theSubject(baselineName)} had no requests`);
  }
  return say("pass", difference ?? within);
}

/** A difference that is sure, and small enough to be tolerated, is under way to nothing. */
const isUnderWay = ({ worse, noWorse, latest }: Moment, limit: number): boolean =>
  (worse >= UNDER_WAY * limit && noWorse < Math.log(NO_WORSE)) || latest >= LATEST_UNDER_WAY * limit;

function evidenceOf({ worse, noWorse }: Moment, { metric, limit, idle }: Case): Evidence {
  const isCompared = metric.minEffectPercent !== undefined && idle === undefined;
  return {
    worse: { value: Math.exp(worse), limit: Math.exp(limit) },
    ...(isCompared && { noWorse: { value: Math.exp(noWorse), limit: NO_WORSE } }),
  };
}

/** Of errors: success rates are told as such, and judged by the errors. */
function foundOfShare(given: Case, pairs: readonly Pair[]): [Found, readonly Moment[]] {
  const { metric, subject, idle } = given;
  const { threshold, minEffectPercent, better } = metric;
  const isGood = better === "higher";
  const percent = ({ bad, requests }: Sum): number | undefined =>
    requests === 0 ? undefined : (100 * (isGood ? requests - bad : bad)) / requests;
  const part = (minEffectPercent ?? 0) / 100;
  const course = courseOf(given, pairs, {
    threshold: threshold === undefined ? undefined : (isGood ? 100 - threshold : threshold) / 100,
    effect: minEffectPercent === undefined ? undefined : (share) => part * (isGood ? 1 - share : share),
  });
  const [canary, baseline] = [sumOf(sideOf(pairs, "canary")), sumOf(sideOf(pairs, "baseline"))];
  const isBeside = idle === undefined && baseline.requests > 0;
  const expected = count((canary.requests * baseline.bad) / baseline.requests);
  const noun = metric.query === CLIENT_ERRORS ? "answer 4xx" : "error";
  const many = canary.bad === 1 ? noun : noun.replace(/^(answer|error)/, "$1s");
  const said = `${subject} ${count(canary.bad)} ${many} in ${count(canary.requests)} requests`;
  return [
    {
      said: isBeside ? `${said}; ${expected} would be expected` : said,
      canaryValue: percent(canary),
      baselineValue: isBeside ? percent(baseline) : undefined,
    },
    course,
  ];
}

/** Of latency: the same test on the requests beyond each bound, averaged. */
function foundOfLatency(
  given: Case,
  all: readonly Pair[],
  bounds: readonly number[],
): [Found, readonly Moment[]] {
  const { metric, subject, idle, baselineName } = given;
  const { threshold, minEffectPercent } = metric;
  const part = Number(/p(\d+)$/.exec(metric.query)?.[1] ?? 50) / 100;
  const pairs = all.filter(({ time }) => time > given.warmUntil);
  const quantile = (side: "canary" | "baseline", until = pairs.length): number | undefined => {
    const intervals = sideOf(pairs.slice(0, until), side);
    const beyond = bounds.map((_, i) => sumOf(intervals, i).bad);
    return quantileOf(bounds, beyond, sumOf(intervals).requests, part);
  };
  const effect = minEffectPercent === undefined ? undefined : minEffectPercent / 100;
  const atThreshold = threshold === undefined ? -1 : bounds.findIndex((bound) => bound >= threshold);
  const courses = bounds.flatMap((_, i) =>
    effect === undefined && i !== atThreshold
      ? []
      : [
          courseOf(
            given,
            pairs,
            {
              threshold: i === atThreshold ? 1 - part : undefined,
              effect: effect === undefined ? undefined : (share) => share * effect,
            },
            i,
            bounds,
          ),
        ],
  );
  const mean = (of: "worse" | "noWorse" | "latest"): number[] =>
    averaged(
      courses.map((course) => course.map((moment) => moment[of])),
      courses.map(() => 1 / courses.length),
    );
  const [worse, noWorse, latest] = [mean("worse"), mean("noWorse"), mean("latest")];
  const isSlower = (until: number): boolean => {
    const [ours, theirs] = [quantile("canary", until), quantile("baseline", until)];
    if (ours === undefined) return false;
    if (effect === undefined || idle !== undefined || theirs === undefined)
      return threshold !== undefined && ours > threshold;
    return ours >= theirs * (1 + SEEN_PART * effect);
  };
  const course = worse.map(
    (value, i): Moment => ({
      worse: value,
      noWorse: noWorse[i] ?? 0,
      latest: latest[i] ?? 0,
      isSeen: value >= given.limit && isSlower(i + 1),
    }),
  );
  const [canaryValue, baselineValue] = [
    quantile("canary"),
    idle === undefined ? quantile("baseline") : undefined,
  ];
  const name = metric.query.replace(/^latency-/, "");
  const beside = baselineValue === undefined ? "" : `, ${baselineName} ${valueText(baselineValue, metric)}`;
  const { requests } = sumOf(sideOf(pairs, "canary"));
  const said = `${subject} ${name} ${valueText(canaryValue, metric)}${beside}, in ${count(requests)} requests`;
  return [{ said, canaryValue, baselineValue }, course];
}

/** The evidence after each interval, on one count of bad requests. What an earlier look came to is not worked out again. */
function courseOf(
  { limit, idle, past, courses }: Case,
  pairs: readonly Pair[],
  held: Pick<Held, "threshold" | "effect">,
  bound = 0,
  bounds: readonly number[] = [],
): readonly Moment[] {
  const isCompared = idle === undefined;
  const key = JSON.stringify([bound, bounds, isCompared]);
  const known = courses.get(key);
  if (known !== undefined) return known.after(pairs, bound);
  const before = (past?.intervals ?? []).map((each) => sumOf([each], bound));
  const course = new Growth({ ...held, isCompared, limit }, before);
  courses.set(key, course);
  return course.after(pairs, bound);
}

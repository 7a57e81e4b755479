/** What the views of a rollout call things. */
import type { StepForecast } from "../../analysis/forecast";
import type { MetricPlan } from "../../analysis/plan";
import type { Evidence, Outcome, Progress } from "../../analysis/verdict";
import { formatWeight } from "../../components/traffic";
import { shownWeights } from "../machine/move";
import { type BakeProgress, bakeAt, type Course, type Phase } from "./course";

/** What goes on at a time, in a sentence. */
export function phaseText(course: Course, now: number): string {
  const { phase, plan, asked } = course;
  const step = (number: number): string =>
    `step ${number + 1} of ${plan.steps.length} (${formatWeight(plan.steps[number]?.weight ?? 0)})`;
  switch (phase.is) {
    case "looking":
      return "looking at what is there";
    case "awaiting-approval":
      return `${step(phase.step)} waits for an approval`;
    case "awaiting-hours":
      return `${step(phase.step)} waits for its hours, which begin at ${shownTime(phase.until)}`;
    case "paused":
      return `paused by ${phase.by} before ${step(phase.step)}; canary resume -s ${plan.stack} goes on`;
    case "shifting":
      return `shifting to ${shownWeights(asked)}`;
    case "observing":
      return `applied ${shownWeights(asked)}, not yet observed`;
    case "following": {
      const left = shownDuration(Math.max(0, phase.until - now) / 1000);
      return `${step(phase.step)} waits for users to follow, for another ${left} at most: ${phase.why}`;
    }
    case "baking": {
      const bake = bakeAt(course, now);
      return bake === undefined ? "" : `${step(phase.step)} ${bakeText(bake)}`;
    }
    case "rolling-back":
      return `rolling back to ${shownWeights(asked)}${phase.failure === undefined ? "" : `, tried again after: ${phase.failure}`}`;
    case "ended":
      return `${ENDINGS[phase.outcome]}: ${phase.reason}`;
  }
}

export const ENDINGS: Record<(Phase & { is: "ended" })["outcome"], string> = {
  done: "done",
  "rolled-back": "rolled back",
  stopped: "stopped",
};

/** What an analysis of one metric came to; those that are neither `pass` nor `fail` are no judgement on the canary. */
export const OUTCOMES: Record<Outcome, string> = {
  pass: "pass",
  fail: "fail",
  "too-early": "too early",
  unclear: "not clear",
  "no-traffic": "no traffic",
  "source-failed": "no answer",
  unanswered: "not answered",
};

export const isUnjudged = (outcome: Outcome): boolean => outcome !== "pass" && outcome !== "fail";

function bakeText({ held, share, secondsLeft }: BakeProgress): string {
  if (held) return "is held until a judgement passes";
  return share < 1 ? `bakes for another ${shownDuration(secondsLeft)}` : "has passed";
}

/** `45 s`, `4 min 10 s`, `2 h 5 min`. */
export function shownDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2);
  return shown
    .filter(([count], i) => i === 0 || count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

/** What the traffic so far makes of a step, in words. */
export function forecastText({ seconds, rate, findsPercent }: StepForecast): string {
  const finds =
    findsPercent === undefined ? "" : `, finds errors from ${Number(findsPercent.toPrecision(2))} % on`;
  const asked = Number(rate.toPrecision(2));
  return `about ${shownDuration(seconds)} at ${asked} ${asked === 1 ? "request" : "requests"} a second${finds}`;
}

/** How far evidence has come, 0 to 1, as a bar shows it: half-way to 400 is 20. */
export const progressOf = ({ value, limit }: Progress): number =>
  Math.min(1, Math.max(0, Math.log(Math.max(value, 1e-9)) / Math.log(limit)));

/** A progress's value and its limit, as in `12 of 900`. */
export const progressText = ({ value, limit }: Progress): string =>
  `${evidenceValue(value)} of ${evidenceValue(limit)}`;

const evidenceValue = (value: number): string => {
  if (value >= 1e6) return "over a million";
  if (value < 0.01) return "<0.01";
  return value >= 10 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(2)));
};

/** Both kinds of evidence in words. */
export const evidenceText = ({ worse, noWorse }: Evidence): string =>
  [
    `evidence that it is worse: ${progressText(worse)}`,
    ...(noWorse ? [`that it is not: ${progressText(noWorse)}`] : []),
  ].join("; ");

/** A metric's value with its unit, to four digits. */
export const measuredValue = (value: number | undefined, { unit }: Pick<MetricPlan, "unit">): string =>
  value === undefined ? "no value" : `${Number(value.toPrecision(4))}${unit && ` ${unit}`}`;

/** `2026-03-01 12:30:05`, in UTC. */
export const shownTime = (time: number): string =>
  new Date(time).toISOString().slice(0, 19).replace("T", " ");

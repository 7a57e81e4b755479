/** What the live view shows at one time, as lines of a terminal. */
import type { Colors, Formatter } from "picocolors/types";
import { targetKey } from "../../analysis/plan";
import type { Outcome, Progress } from "../../analysis/verdict";
import { visible } from "../../base/escape";
import { formatWeight } from "../../components/traffic";
import { shownMove, shownWeights } from "../machine/move";
import { bakeAt, baselineName, type Course, type MetricHistory, type StepState, subjectName } from "./course";
import {
  ENDINGS,
  isUnjudged,
  measuredValue,
  OUTCOMES,
  phaseText,
  progressOf,
  progressText,
  shownDuration,
} from "./words";

export interface FrameOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Size that the frame must fit. */
  readonly columns: number;
  readonly rows: number;
  readonly colors: Colors;
  /** Lines of what happened, the last ones of which are shown. */
  readonly messages: readonly string[];
  /** Draws values as a line of blocks between two bounds. */
  readonly sparkline: (
    values: readonly (number | "")[],
    bounds: { minimum: number; maximum: number },
  ) => string;
}

/** A piece of a line, and how it is painted. */
type Piece = string | readonly [text: string, paint: Formatter];
type Line = readonly Piece[];

const WIDEST = 110;
const MOST_MESSAGES = 6;
const MOST_VALUES = 24;
const LONGEST_NAME = 28;

/** Each line is at most as wide as the terminal, and there are at most as many as it has rows. */
export function frame(course: Course, options: FrameOptions): string[] {
  const { columns, rows } = options;
  const width = Math.min(columns - 1, WIDEST);
  const head = [title(course, options, width), steps(course, options), ...state(course, options, width)];
  const hint = hints(course, options);
  const free = rows - 1 - head.length - hint.length;
  const body = metrics(course, options, free);
  const room = Math.min(MOST_MESSAGES, free - body.length - 1);
  const messages =
    room > 0 ? options.messages.slice(-room).map((text): Line => ["  ", [text, options.colors.dim]]) : [];
  const gap: Line[] = messages.length > 0 ? [[]] : [];
  return [...head, ...body, ...gap, ...messages, ...hint]
    .slice(0, Math.max(1, rows - 1))
    .map((line) => painted(line, width));
}

function title({ plan, begun, phase }: Course, { now, colors }: FrameOptions, width: number): Line {
  const what = `Rollout of ${plan.targets.map(targetKey).join(", ")}, stack ${plan.stack}`;
  const time = shownDuration(((phase.is === "ended" ? phase.since : now) - begun) / 1000);
  return [
    [what, colors.bold],
    " ".repeat(Math.max(2, width - what.length - time.length)),
    [time, colors.dim],
  ];
}

const MARKS: Record<StepState, string> = { passed: "✔", current: "▶", failed: "✖", ahead: "·" };

function steps({ steps }: Course, { colors }: FrameOptions): Line {
  const paints = { passed: colors.green, current: colors.cyan, failed: colors.red, ahead: colors.dim };
  return [
    "  ",
    ...steps.map(({ state, weight }): Piece => [`${MARKS[state]} ${formatWeight(weight)}   `, paints[state]]),
  ];
}

/** What goes on, the weights, and how far the bake has come. */
function state(course: Course, { now, colors }: FrameOptions, width: number): Line[] {
  const { phase, asked, observed } = course;
  const endings = { done: colors.green, "rolled-back": colors.red, stopped: colors.yellow };
  const [text, paint] =
    phase.is === "ended"
      ? [ENDINGS[phase.outcome], endings[phase.outcome]]
      : [phaseText(course, now), phase.is === "rolling-back" ? colors.red : colors.cyan];
  const isThere = shownWeights(asked) === shownWeights(observed);
  const weights = isThere ? shownWeights(observed) : shownMove(observed, asked);
  return [
    ["  ", [text, paint]],
    ["  weight ", [weights, colors.bold]],
    bakeBar(course, now, Math.max(10, Math.min(50, width - 20)), colors),
  ];
}

function bakeBar(course: Course, now: number, cells: number, colors: Colors): Line {
  const bake = bakeAt(course, now);
  if (bake === undefined) return [];
  const full = Math.floor(bake.share * cells);
  const left = bake.share < 1 ? `  ${shownDuration(bake.secondsLeft)} left` : "";
  const paint = bake.held ? colors.yellow : colors.cyan;
  return ["  ", ["█".repeat(full), paint], ["░".repeat(cells - full), colors.dim], left];
}

/** Two lines for each metric, three if there is evidence; if they don't fit, those that did not pass come first. */
function metrics(course: Course, options: FrameOptions, free: number): Line[] {
  const { metrics, plan } = course;
  const several = plan.targets.length > 1;
  const named = metrics.map((history) => ({
    history,
    name: `${several ? `${targetKey(history.target)} ` : ""}${history.metric.name}`,
  }));
  const height = metrics.some((history) => evidenceOf(history) !== undefined) ? 3 : 2;
  const most = Math.max(0, Math.floor((free - 1) / height));
  const byUrgency = [...named].sort((a, b) => urgency(b.history) - urgency(a.history));
  const shown = (named.length <= most ? named : byUrgency).slice(0, most);
  if (shown.length === 0) return [];
  const width = Math.min(LONGEST_NAME, Math.max(...shown.map(({ name }) => name.length)));
  return [
    [],
    ...shown.flatMap(({ history, name }) => metric(history, cut(name, width).padEnd(width), options)),
  ];
}

const urgency = ({ points }: MetricHistory): number => {
  const outcome = points.at(-1)?.verdict.outcome ?? "pass";
  return outcome === "fail" ? 2 : isUnjudged(outcome) ? 1 : 0;
};

const evidenceOf = ({ points }: MetricHistory) => points.at(-1)?.verdict.evidence;

/** Columns of a verdict and a threshold if evidence stands beside them. */
const VERDICT = 18;
/** Cells of a bar of evidence. */
const BAR = 10;

/** How far evidence has come, and its limit. */
function evidenceBar(
  name: string,
  progress: Progress | undefined,
  paint: Formatter,
  dim: Formatter,
): Piece[] {
  if (progress === undefined) return [];
  const full = Math.round(progressOf(progress) * BAR);
  return [
    `  ${name.padEnd(9)}`,
    ["█".repeat(full), paint],
    ["░".repeat(BAR - full), dim],
    [` ${progressText(progress)}`, dim],
  ];
}

/** The canary's line, the primary's, and if there are counts what they are. */
function metric(history: MetricHistory, name: string, options: FrameOptions): Line[] {
  const { metric, points } = history;
  const { colors, sparkline } = options;
  const baseline = baselineName(history);
  const subject = subjectName(history);
  const width = Math.max(subject.length, baseline.length);
  const recent = points.slice(-MOST_VALUES);
  const canary = recent.map(({ verdict }) => verdict.canaryValue ?? "");
  const primary = recent.map(({ verdict }) => verdict.baselineValue ?? "");
  const known = [...canary, ...primary, metric.threshold ?? ""].filter(
    (value): value is number => value !== "",
  );
  const bounds = { minimum: Math.min(...known), maximum: Math.max(...known) };
  const columns = Math.max(8, recent.length);
  const drawn = (values: readonly (number | "")[]): string =>
    (recent.length === 0 ? "" : sparkline(values, bounds)).padEnd(columns);
  const last = points.at(-1)?.verdict;
  const value = (number: number | undefined): string => `  ${measuredValue(number, metric)}`.padEnd(13);
  const evidence = last?.evidence;
  const verdict: Line =
    last === undefined
      ? [["not judged yet", colors.dim]]
      : [
          [
            `${markOf(last.outcome)} ${OUTCOMES[last.outcome]}`.padEnd(evidence ? VERDICT : 0),
            paintOf(last.outcome, colors),
          ],
          ...(evidence ? [] : [[`  ${whyOf(last.reason, subject)}`, colors.dim] as const]),
        ];
  const limit =
    metric.threshold === undefined ? "" : `  threshold ${measuredValue(metric.threshold, metric)}`;
  return [
    [
      `  ${name}  ${subject.padEnd(width)}  `,
      [drawn(canary), colors.yellow],
      value(last?.canaryValue),
      ...verdict,
      ...evidenceBar("worse", evidence?.worse, colors.yellow, colors.dim),
    ],
    [
      `  ${" ".repeat(name.length)}  ${baseline.padEnd(width)}  `,
      [drawn(primary), colors.blue],
      value(last?.baselineValue),
      [limit.trimStart().padEnd(VERDICT), colors.dim],
      ...evidenceBar("no worse", evidence?.noWorse, colors.green, colors.dim),
    ],
    ...(last && evidence
      ? [[" ".repeat(4 + name.length), [last.reason.replace(`${subject} `, ""), colors.dim]] satisfies Line]
      : []),
  ];
}

const markOf = (outcome: Outcome): string => (outcome === "pass" ? "✔" : outcome === "fail" ? "✖" : "○");

const paintOf = (outcome: Outcome, { green, red, yellow }: Colors): Formatter =>
  outcome === "pass" ? green : outcome === "fail" ? red : yellow;

/** A reason without the values, which stand beside it. */
const whyOf = (reason: string, subject: string): string =>
  reason.startsWith(`${subject} `) ? reason.replace(/^.*?: /, "") : reason;

/** What somebody can do about what is awaited. */
function hints({ phase, plan }: Course, { colors }: FrameOptions): Line[] {
  if (phase.is !== "awaiting-approval") return [];
  return [
    [],
    ["  to go on:   ", [`canary approve -s ${plan.stack}`, colors.bold]],
    ["  to go back: ", [`canary abort -s ${plan.stack}`, colors.bold]],
  ];
}

/** Cut to the width before it is painted, as paint has no width. */
function painted(line: Line, width: number): string {
  let left = width;
  let shown = "";
  for (const piece of line) {
    const [text, paint] = typeof piece === "string" ? [piece, String] : piece;
    const fitting = cut(visible(text), left);
    left -= fitting.length;
    shown += fitting.trim() === "" ? fitting : paint(fitting);
  }
  return shown.trimEnd();
}

const cut = (text: string, width: number): string =>
  text.length <= width ? text : width <= 0 ? "" : `${text.slice(0, width - 1)}…`;

/** A rollout's weights and metrics over time, as charts that need no browser to be made. */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { targetKey } from "../../analysis/plan";
import type { Outcome } from "../../analysis/verdict";
import { formatWeight } from "../../components/traffic";
import { Html } from "../../reports/html/markup";
import { baselineName, type Course, type MetricHistory, type MetricPoint, subjectName } from "./course";
import { isUnjudged, measuredValue } from "./words";

/** A drawing for a width of the window: shrunk, the letters of one for all would not be read. */
interface Size {
  readonly width: number;
  readonly ticks: number;
  readonly marginRight: number;
  readonly className: string;
}

const SIZES: readonly Size[] = [
  { width: 920, ticks: 8, marginRight: 112, className: "at-wide" },
  { width: 360, ticks: 4, marginRight: 68, className: "at-narrow" },
];
const MARGINS = { marginLeft: 64, marginTop: 28, marginBottom: 36 };
/** Pixels between two texts at the lines' ends. */
const TEXT_HEIGHT = 15;
/** Pixels that a weight above a step's mark takes. */
const LABEL_WIDTH = 50;
const MOST_DOTS = 60;
/** Colours of weights, which the style sheet has as `c0` and so on. */
export const COLORS = 4;

/** Time since the rollout began, in the unit in which people would tell it. */
interface Elapsed {
  readonly label: string;
  readonly domain: readonly [number, number];
  at(time: number): number;
}

const inAllSizes = (draw: (size: Size) => Html): Html =>
  new Html(SIZES.map((size) => draw(size).source).join(""));

/** The weights that were asked for and observed, with every step marked. */
export const weightChart = (course: Course, now: number): Html =>
  inAllSizes((size) => weightDrawing(course, now, size));

function weightDrawing(course: Course, now: number, size: Size): Html {
  const time = elapsed(course, now);
  const asked = course.changes.filter(({ kind }) => kind === "asked");
  const keys = course.plan.targets.map(targetKey);
  const marks = keys.flatMap((key, i) => {
    const line = (kind: "asked" | "observed") => {
      const points = course.changes
        .filter((change) => change.kind === kind)
        .map((change) => ({ x: time.at(change.time), y: change.weights[key] ?? 0 }));
      return [...points, { x: time.domain[1], y: points.at(-1)?.y ?? 0 }];
    };
    const observed = line("observed");
    return [
      Plot.areaY(observed, { x: "x", y: "y", curve: "step-after", className: `c${i % COLORS} shade` }),
      Plot.line(line("asked"), { ...STEPS, strokeWidth: 1.5, strokeDasharray: "2 3", className: "asked" }),
      Plot.line(observed, { ...STEPS, strokeWidth: 2.5, className: `c${i % COLORS}` }),
    ];
  });
  const most = Math.max(1, ...course.changes.flatMap(({ weights }) => Object.values(weights)));
  const back = asked
    .slice(1)
    .filter(({ step, time }) => step === undefined && !course.resumed.includes(time));
  const places = (events: readonly { readonly time: number }[]) => events.map((event) => time.at(event.time));
  const ends = keys.map((key, i) => ({
    value: course.observed[key] ?? 0,
    text: formatWeight(course.observed[key] ?? 0),
    className: `c${i % COLORS}`,
  }));
  return chart({
    label: `Weight over time: ${asked.map(({ weights }) => Object.values(weights).map(formatWeight).join(" and ")).join(", then ")}`,
    height: 250,
    size,
    time,
    y: { domain: [0, Math.min(100, most * 1.15)], tickFormat: (percent: number) => `${percent} %` },
    marks: [
      ...marks,
      ...stepMarks(course, time, size),
      ...marksAt(places(back), "rollback", "mark fail", 1),
      ...marksAt(places(course.resumed.map((at) => ({ time: at }))), "resumed", "mark", 1),
    ],
    ends,
  });
}

/** One metric of both variants, with the threshold, and the judgements that failed or held. */
export const metricChart = (history: MetricHistory, course: Course, now: number): Html =>
  inAllSizes((size) => metricDrawing(history, course, now, size));

function metricDrawing(history: MetricHistory, course: Course, now: number, size: Size): Html {
  const { metric, points, target } = history;
  const time = elapsed(course, now);
  const { threshold } = metric;
  const values = (value: "canaryValue" | "baselineValue") =>
    points.map((point) => ({ x: time.at(point.time), y: point.verdict[value] ?? Number.NaN }));
  const [canary, primary] = [values("canaryValue"), values("baselineValue")];
  const known = [...canary, ...primary].map(({ y }) => y).filter(Number.isFinite);
  const bounds = [...known, ...(threshold === undefined ? [] : [threshold])];
  const domain = widened(Math.min(...bounds), Math.max(...bounds), metric.unit === "%");
  const marked = (isMarked: (outcome: Outcome) => boolean) =>
    points
      .filter(({ verdict }) => isMarked(verdict.outcome))
      .map((point) => ({ x: time.at(point.time), y: markedValue(point, domain[0]) }));
  return chart({
    label: `${metric.name} of ${targetKey(target)} over time: ${lastValues(history)}`,
    height: 210,
    size,
    time,
    y: { domain, tickFormat: (value: number) => measuredValue(value, metric) },
    marks: [
      ...stepMarks(course, time, size),
      ...(threshold === undefined
        ? []
        : [
            Plot.ruleY([threshold], { strokeWidth: 1.5, strokeDasharray: "6 4", className: "threshold" }),
            Plot.text([`threshold ${measuredValue(threshold, metric)}`], {
              y: () => threshold,
              frameAnchor: "left",
              textAnchor: "start",
              dx: 4,
              dy: metric.better === "higher" ? 9 : -8,
              fill: "currentColor",
              className: "threshold",
            }),
          ]),
      ...valueMarks(primary, "primary", 3.5),
      ...valueMarks(canary, "canary", 1.75),
      Plot.dot(marked(isUnjudged), { ...MARKED, symbol: "circle", className: "hold" }),
      Plot.dot(
        marked((outcome) => outcome === "fail"),
        { ...MARKED, symbol: "times", className: "fail" },
      ),
    ],
    ends: [
      { value: last(primary), text: baselineName(history), className: "primary" },
      { value: last(canary), text: subjectName(history), className: "canary" },
    ],
  });
}

/** A line, and if there are few values a dot for each. */
function valueMarks(values: readonly { x: number; y: number }[], className: string, strokeWidth: number) {
  const dots = { x: "x", y: "y", r: strokeWidth / 2 + 1.5, fill: "currentColor", className } as const;
  return [
    Plot.line(values, { x: "x", y: "y", strokeWidth, className }),
    ...(values.length <= MOST_DOTS ? [Plot.dot(values, dots)] : []),
  ];
}

const STEPS = { x: "x", y: "y", curve: "step-after" } as const;
const MARKED = { x: "x", y: "y", r: 7, strokeWidth: 2.5 } as const;

interface Chart {
  readonly label: string;
  readonly height: number;
  readonly size: Size;
  readonly time: Elapsed;
  readonly y: { readonly domain: readonly [number, number]; readonly tickFormat: (value: number) => string };
  readonly marks: readonly Plot.Markish[];
  /** What stands at the lines' ends, in place of a legend. */
  readonly ends: readonly { readonly value: number; readonly text: string; readonly className: string }[];
}

function chart({ label, height, size, time, y, marks, ends }: Chart): Html {
  const { document } = parseHTML("<html></html>");
  const places = spread(
    ends.map(({ value }) => value),
    y.domain,
    height,
  );
  const svg = Plot.plot({
    ...MARGINS,
    marginRight: size.marginRight,
    document,
    height,
    width: size.width,
    className: "chart",
    ariaLabel: label,
    style: { fontSize: "12px" },
    x: { label: time.label, domain: time.domain, ticks: size.ticks },
    y: { ...y, label: null, ticks: 5, grid: true },
    marks: [
      ...marks,
      ...ends.flatMap(({ value, text, className }, i) =>
        Number.isFinite(value)
          ? [
              Plot.text([text], {
                x: () => time.domain[1],
                y: () => places[i],
                textAnchor: "start",
                dx: 8,
                fill: "currentColor",
                fontWeight: 600,
                className,
              }),
            ]
          : [],
      ),
    ],
  });
  svg.setAttribute("role", "img");
  svg.classList.add(size.className);
  // A page has several charts, and its own sheet is enough for all.
  for (const style of [...svg.querySelectorAll("style")]) style.remove();
  return new Html(svg.outerHTML);
}

/** Where each step was taken; a step's weight is told if there is room. */
function stepMarks({ changes, plan }: Course, time: Elapsed, { width, marginRight }: Size) {
  const takes = changes.filter(({ kind, step }) => kind === "asked" && step !== undefined);
  const room = (time.domain[1] / (width - MARGINS.marginLeft - marginRight)) * LABEL_WIDTH;
  let free = 0;
  return takes.flatMap((take) => {
    const x = time.at(take.time);
    const text = x < free ? "" : formatWeight(plan.steps[take.step ?? 0]?.weight ?? 0);
    if (text !== "") free = x + room;
    return marksAt([x], text, "mark", 0);
  });
}

/** Upright lines, each with a text above it. */
function marksAt(places: readonly number[], text: string, className: string, row: 0 | 1) {
  const above = { frameAnchor: "top-left", dy: row === 0 ? -20 : -8, fill: "currentColor" } as const;
  return [
    Plot.ruleX(places, { strokeWidth: 1, className }),
    Plot.text(places, { x: (place: number) => place, text: () => text, ...above, className }),
  ];
}

/** Where texts stand so that each is near its value and none is on another. */
function spread(
  values: readonly number[],
  [least, most]: readonly [number, number],
  height: number,
): number[] {
  const gap = (TEXT_HEIGHT / (height - MARGINS.marginTop - MARGINS.marginBottom)) * (most - least);
  const placed = [...values];
  const order = values.map((_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  for (const [rank, i] of order.entries()) {
    const below = order[rank - 1];
    const least = below === undefined ? Number.NEGATIVE_INFINITY : (placed[below] ?? 0) + gap;
    placed[i] = Math.max(placed[i] ?? 0, least);
  }
  return placed;
}

const UNITS = [
  { seconds: 86_400, label: "days since it began" },
  { seconds: 3600, label: "hours since it began" },
  { seconds: 60, label: "minutes since it began" },
  { seconds: 1, label: "seconds since it began" },
] as const;

function elapsed({ begun, phase }: Course, now: number): Elapsed {
  const end = Math.max(begun + 1000, phase.is === "ended" ? phase.since : now);
  const seconds = (end - begun) / 1000;
  const unit = UNITS.find((each) => seconds >= 3 * each.seconds) ?? UNITS[3];
  const at = (time: number): number => (time - begun) / 1000 / unit.seconds;
  return { label: unit.label, domain: [0, at(end)], at };
}

/** With some air around; a percentage ends at 0 and 100. */
function widened(least: number, most: number, isPercent: boolean): [number, number] {
  if (!Number.isFinite(least)) return [0, 1];
  const air = (most - least) * 0.12 || Math.abs(most) * 0.1 || 1;
  const inside = (value: number): number => (isPercent ? Math.min(100, Math.max(0, value)) : value);
  return [
    least >= 0 && least - air < 0 ? 0 : inside(least - air),
    most <= 100 ? inside(most + air) : most + air,
  ];
}

const markedValue = ({ verdict }: MetricPoint, otherwise: number): number =>
  verdict.canaryValue ?? verdict.baselineValue ?? otherwise;

const last = (points: readonly { readonly y: number }[]): number =>
  points.filter(({ y }) => Number.isFinite(y)).at(-1)?.y ?? Number.NaN;

function lastValues(history: MetricHistory): string {
  const { metric, points } = history;
  const verdict = points.at(-1)?.verdict;
  if (verdict === undefined) return "never judged";
  const { canaryValue, baselineValue } = verdict;
  return `at last ${subjectName(history)} ${measuredValue(canaryValue, metric)}, ${baselineName(history)} ${measuredValue(baselineValue, metric)}`;
}

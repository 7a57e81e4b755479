/** The page of a rollout that goes on, drawn here and not in the browser. */
import { PERSON } from "../../analysis/person";
import type { MetricPlan } from "../../analysis/plan";
import { formatWeight } from "../../components/traffic";
import { type Html, html, NOTHING } from "../../reports/html/markup";
import { framed } from "../../reports/html/page";
import { bakeAt, type Course } from "../views/course";
import { reportMain, rolloutTitle } from "../views/report";
import { ENDINGS, phaseText, shownDuration } from "../views/words";

/** A page is sent anew with each event; the report has all. */
const MOST_JUDGEMENTS = 50;

/** The document before anything has come of the rollout; its parts are filled as it goes on. */
export const pageDocument = (stack: string): string =>
  framed(
    `Rollout of ${stack}`,
    html`<link rel="icon" href="data:,">
<link rel="stylesheet" href="page.css">
<script type="module" src="page.js"></script>`,
    html`<div class="bar">
<div id="now">${nowPart(undefined, 0)}</div>
<div id="controls"></div>
<div id="questions"></div>
<p id="said" role="status"></p>
<p class="lost" role="alert">The rollout does not answer. If its process has ended: <code>canary rollout -s ${stack} --resume</code></p>
</div>
<div id="course"></div>
<details open>
<summary>What happened</summary>
<div id="log" role="log" tabindex="0"></div>
</details>
<dialog id="sure" aria-labelledby="sure-what">
<p id="sure-what"><strong>Roll back?</strong> All users go back to the primary. It can't be undone from here.</p>
<p class="buttons"><button class="abort" data-say="abort">Roll back</button> <button>Keep going</button></p>
</dialog>`,
  );

/** What goes on, and how far a bake has come. */
export function nowPart(course: Course | undefined, now: number): Html {
  if (course === undefined) return html`<p class="phase"><strong>Looking</strong> at what is there</p>`;
  const { phase } = course;
  if (phase.is === "ended") {
    return html`<p class="phase ${phase.outcome}"><strong>${ENDINGS[phase.outcome]}</strong> The rollout is over; this page stays as it is.</p>`;
  }
  const tone =
    phase.is === "awaiting-approval" ? "waiting" : phase.is === "rolling-back" ? "rolled-back" : "";
  const bake = bakeAt(course, now);
  return html`<p class="phase ${tone}"><span class="pulse"></span> ${phaseText(course, now)}</p>${
    bake === undefined
      ? NOTHING
      : html`<progress max="1" value="${bake.share.toFixed(3)}" aria-label="bake">${shownDuration(bake.secondsLeft)} left</progress>`
  }`;
}

/** The buttons for what may be said now. */
export function controlsPart(course: Course | undefined): Html {
  if (course === undefined || isOver(course)) return NOTHING;
  const { phase, plan } = course;
  const approve =
    phase.is === "awaiting-approval"
      ? html`<button class="approve" data-say="approve?step=${phase.step}">Approve ${formatWeight(plan.steps[phase.step]?.weight ?? 0)}</button> `
      : NOTHING;
  return html`${approve}<button class="abort" data-open="sure">Roll back…</button>`;
}

/** What a person is asked about the step that is out, and has not answered. */
export function questionsPart(course: Course | undefined): Html {
  const step = course && judgedStepOf(course);
  if (course === undefined || step === undefined) return NOTHING;
  return html`${openQuestions(course, step).map(({ name, query }) => {
    const answer = (outcome: string): string =>
      `judge?${new URLSearchParams({ step: String(step), metric: name, outcome })}`;
    return html`<p class="question"><strong>${name}</strong> ${query}
<button class="approve" data-say="${answer("pass")}">Pass</button> <button class="abort" data-say="${answer("fail")}">Fail</button></p>`;
  })}`;
}

export const isOver = ({ phase }: Course): boolean => phase.is === "ended" || phase.is === "rolling-back";

/** The step whose weight is out and is judged. */
export function judgedStepOf(course: Course): number | undefined {
  if (isOver(course) || course.phase.is === "shifting" || course.phase.is === "observing") return undefined;
  return course.changes.filter(({ kind }) => kind === "observed").at(-1)?.step;
}

export const openQuestions = ({ plan, metrics }: Course, step: number): readonly MetricPlan[] =>
  plan.analysis.metrics.filter(({ name, source }) => {
    const last = metrics.find(({ metric }) => metric.name === name)?.points.at(-1);
    const isAnswered = last?.step === step && last.verdict.outcome !== "unanswered";
    return source === PERSON && !isAnswered;
  });

/** The steps, charts and judgements, as in the report. */
export const coursePart = (course: Course | undefined, now: number): Html =>
  course === undefined ? NOTHING : reportMain(course, now, MOST_JUDGEMENTS);

export const logPart = (lines: readonly string[]): Html =>
  lines.length === 0 ? NOTHING : html`<div>${lines.map((line) => html`<div>${line}</div>`)}</div>`;

export const pageTitle = (course: Course | undefined): string => {
  if (course === undefined) return "Rollout";
  return `${course.phase.is === "awaiting-approval" ? "● approval: " : ""}${rolloutTitle(course)}`;
};

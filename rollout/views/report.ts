/** A rollout as one page. */
import { join } from "node:path";
import { type MetricPlan, targetKey } from "../../analysis/plan";
import type { MetricVerdict, Progress } from "../../analysis/verdict";
import { formatWeight } from "../../components/traffic";
import { type Html, html, NOTHING } from "../../reports/html/markup";
import { wholePage } from "../../reports/html/page";
import { shownWeights } from "../machine/move";
import { COLORS, metricChart, weightChart } from "./charts";
import { baselineName, type Course, type CourseStep, type MetricHistory, subjectName } from "./course";
import {
  ENDINGS,
  evidenceText,
  forecastText,
  isUnjudged,
  measuredValue,
  OUTCOMES,
  phaseText,
  progressOf,
  progressText,
  shownDuration,
  shownTime,
} from "./words";

/** The style of `reportMain`, after the one that all pages share. */
export const REPORT_SHEET = join(__dirname, "report.css");

/** The whole page on one rollout or several, as it is at a time in milliseconds since the epoch. */
export const reportPage = (courses: readonly Course[], now: number): string =>
  wholePage({
    title: courses.map(rolloutTitle).join("; "),
    sheet: REPORT_SHEET,
    body: html`<main>${courses.map((course) => article(course, now))}</main>`,
  });

/** A page's `<main>` on one rollout: what became of it, its charts, and the `most` judgements that were last. */
export const reportMain = (course: Course, now: number, most: number): Html =>
  html`<main>${article(course, now, most)}</main>`;

const article = (course: Course, now: number, most = Number.POSITIVE_INFINITY): Html => html`<article>
${heading(course, now)}
<ol class="steps" aria-label="Steps">${course.steps.map(stepItem)}</ol>
<figure>
<figcaption><strong class="name">Weight</strong> observed, and dotted as it was asked for${legend(course)}</figcaption>
${weightChart(course, now)}
</figure>
${course.metrics.map((history) => metricFigure(history, course, now))}
${judgements(course, most)}
</article>
`;

/** Which line is whose, if there are several. */
const legend = ({ plan: { targets } }: Course): Html =>
  targets.length === 1
    ? NOTHING
    : html`: ${targets.map((target, i) => html`<span class="key c${i % COLORS}">━ ${targetKey(target)}</span> `)}`;

export const rolloutTitle = ({ plan, phase }: Course): string =>
  `Rollout of ${plan.targets.map(targetKey).join(", ")} (${plan.stack})${phase.is === "ended" ? `: ${ENDINGS[phase.outcome]}` : ""}`;

function heading(course: Course, now: number): Html {
  const { plan, phase, begun, resumed } = course;
  const end = phase.is === "ended" ? phase.since : now;
  const state = phase.is === "ended" ? phase.outcome : "going-on";
  const [outcome, reason] =
    phase.is === "ended" ? [ENDINGS[phase.outcome], phase.reason] : ["goes on", phaseText(course, now)];
  const facts: [string, string][] = [
    ["Stack", plan.stack],
    ["Begun", `${shownTime(begun)} UTC`],
    [phase.is === "ended" ? "Took" : "For", shownDuration((end - begun) / 1000)],
    ["From", shownWeights(course.changes[0]?.weights ?? {})],
    ["Now at", shownWeights(course.observed)],
    ["Judged", `${course.judgements.length} times`],
    ...resumed.map((time): [string, string] => ["Resumed", `${shownTime(time)} UTC`]),
  ];
  return html`<header>
<h1>Rollout of ${plan.targets.map(targetKey).join(", ")}</h1>
<p class="outcome ${state}"><strong>${outcome}</strong> <span>${reason}</span></p>
<dl>${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</header>`;
}

const STATES: Record<CourseStep["state"], string> = {
  ahead: "not taken",
  current: "current",
  passed: "passed",
  failed: "failed",
};

const stepItem = ({ weight, state, bakeSeconds, approval, forecast }: CourseStep, i: number): Html =>
  html`<li class="${state}"><span class="number">step ${i + 1}</span> <strong>${formatWeight(weight)}</strong>
<span>${STATES[state]}</span> <small>bakes ${shownDuration(bakeSeconds)}${approval ? ", after approval" : ""}${
    forecast ? `; ${forecastText(forecast)}` : ""
  }</small></li>`;

function metricFigure(history: MetricHistory, course: Course, now: number): Html {
  const { metric, target } = history;
  const whose = course.plan.targets.length > 1 ? `${targetKey(target)}, ` : "";
  const failed = history.points.filter(({ verdict }) => verdict.outcome === "fail").length;
  const held = history.points.filter(({ verdict }) => isUnjudged(verdict.outcome)).length;
  return html`<figure>
<figcaption><strong class="name">${metric.name}</strong> ${whose}${metric.query} from ${sourcesOf(metric)}${
    failed > 0 ? html`, <span class="fail">✕ failed ${times(failed)}</span>` : NOTHING
  }${held > 0 ? html`, <span class="hold">○ no judgement ${times(held)}</span>` : NOTHING}</figcaption>
${evidenceBars(history)}
${hasValues(history) ? metricChart(history, course, now) : html`<p class="faint">No values.</p>`}
</figure>`;
}

/** How far the last evidence has come, towards either end. */
function evidenceBars({ points }: MetricHistory): Html {
  const evidence = points.at(-1)?.verdict.evidence;
  if (evidence === undefined) return NOTHING;
  const bar = (name: string, progress: Progress): Html =>
    html`<label>evidence that it is ${name} <meter max="1" value="${progressOf(progress).toFixed(3)}"></meter> ${progressText(progress)}</label> `;
  return html`<p class="evidence">${bar("worse", evidence.worse)}${
    evidence.noWorse ? bar("no worse", evidence.noWorse) : NOTHING
  }</p>`;
}

const sourcesOf = ({ source, against }: MetricPlan): string =>
  against === undefined ? source : `${source}, beside ${against}`;

const hasValues = ({ points }: MetricHistory): boolean =>
  points.some(({ verdict }) => verdict.canaryValue !== undefined || verdict.baselineValue !== undefined);

const times = (count: number): string => (count === 1 ? "once" : `${count} times`);

function judgements({ id, judgements, metrics, plan, begun }: Course, most: number): Html {
  if (judgements.length === 0) return html`<p class="faint">Nothing was judged.</p>`;
  const planOf = (verdict: MetricVerdict) =>
    metrics.find(
      ({ target, metric }) =>
        target.app === verdict.app && target.canary === verdict.canary && metric.name === verdict.metric,
    )?.metric ?? { unit: "" };
  const rows = judgements.slice(-most).flatMap(({ time, step, verdict }) => {
    const at = html`<td><time datetime="${new Date(time).toISOString()}">${shownTime(time).slice(11)}</time>
<small>${shownDuration((time - begun) / 1000)}</small></td><td>${formatWeight(plan.steps[step]?.weight ?? 0)}</td>`;
    if (verdict.metrics.length === 0)
      return [html`<tr class="pass">${at}<td colspan="6" class="faint">nothing to judge by</td></tr>`];
    return verdict.metrics.map((each) => {
      const unit = planOf(each);
      return html`<tr class="${each.outcome}">${at}
<td>${plan.targets.length > 1 ? `${each.app}/${each.canary} ` : ""}${each.metric}</td>
<td class="value">${measuredValue(each.canaryValue, unit)}</td><td class="value">${measuredValue(each.baselineValue, unit)}</td>
<td><span class="badge">${OUTCOMES[each.outcome]}</span></td><td>${each.reason}${each.evidence ? html` <small>${evidenceText(each.evidence)}</small>` : NOTHING}</td><td>${look(each.look)}</td></tr>`;
    });
  });
  return html`<section aria-labelledby="judgements-${id}">
<h2 id="judgements-${id}">Judgements${judgements.length > most ? `, the last ${most}` : ""}</h2>
<div class="wide" tabindex="0" role="region" aria-labelledby="judgements-${id}">
<table>
<thead><tr>${columns(metrics).map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${rows}
</tbody>
</table>
</div>
</section>`;
}

function columns(metrics: readonly MetricHistory[]): string[] {
  const [only, ...others] = new Set(metrics.map(baselineName));
  const baseline = only === undefined || others.length > 0 ? "compared with" : only;
  const [subject = "canary"] = metrics.map(subjectName);
  return ["time", "weight", "metric", subject, baseline, "verdict", "why", "to look again"];
}

/** What was asked, as a link where it is an address. */
function look(asked: string): Html {
  if (!URL.canParse(asked)) return html`<code>${asked}</code>`;
  const { protocol, host, pathname } = new URL(asked);
  if (!["http:", "https:"].includes(protocol)) return html`<code>${asked}</code>`;
  return html`<a href="${asked}" rel="noreferrer">${host}<wbr>${pathname}</a>`;
}

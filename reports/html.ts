/** Previews as one page. */

import { join } from "node:path";
import { gathered } from "../base/gathered";
import { type AppShift, appShifts, changesTraffic, type LostAddress } from "../offline/audience";
import type { Preview } from "../offline/preview";
import { type Html, html, NOTHING } from "./html/markup";
import { wholePage } from "./html/page";
import { traffic } from "./html/traffic";
import { resourceTree } from "./html/tree";
import type { ReportOptions } from "./markdown";
import { appVerdict, changesOf, type Danger, dangers, lostByApp, type StackReport, verdict } from "./report";

export const previewHtml = (reports: readonly StackReport[], { compared, command }: ReportOptions): string =>
  wholePage({
    title: `Preview: ${reports.map(({ stack }) => stack).join(", ")}`,
    sheet: join(__dirname, "html", "preview.css"),
    body: html`<h1>Preview</h1>
<p class="faint">Compares ${compared}</p>
<ul class="verdicts">${reports.map(
      (report, i) => html`
  <li class="${worstOf(report)}"><a href="#stack${i}">${inWholeWords(verdict(report))}</a></li>`,
    )}
</ul>
${reports.map((report, i) => html`<section id="stack${i}"><h2>${report.stack}</h2>${stack(report)}</section>`)}
<footer>Made by <code>${command}</code></footer>`,
  });

function stack(report: StackReport): Html {
  if (report.error !== undefined) {
    const lines = report.error.split("\n").map((line) => html`<span>${line}</span>`);
    return html`<div class="caution alert"><strong>The preview failed</strong></div><pre>${lines}</pre>`;
  }
  const alerts = alertList(dangers(report));
  const apps = appCards(report.preview);
  const unchanged = changesOf(report).length === 0 ? html`<p class="faint">Nothing changes.</p>` : NOTHING;
  return html`${alerts}${unchanged}${apps}${resourceTree(report.preview)}`;
}

/** No line ends between a number and its unit, or within an arrow. */
const inWholeWords = (text: string): Html[] =>
  text
    .replaceAll(/(?<=\d) (?=%)/g, "\u00a0")
    .split("->")
    .map((part, i) => (i === 0 ? html`${part}` : html`<span class="arrow">-&gt;</span>${part}`));

/** Apps that are shown unfolded. */
const MOST_OPEN = 6;

/** The apps whose users get something else first; many, and what stays as it is, are folded. */
function appCards(preview: Preview): Html[] {
  const shifts = appShifts(preview.steps);
  const staying = shifts.filter((shift) => !changesTraffic(shift));
  const moving = rarestFirst(shifts.filter(changesTraffic), lostByApp(shifts));
  const folded = (apps: readonly AppShift[], what: (apps: string) => string): Html[] =>
    apps.length === 0
      ? []
      : [
          html`<details class="more"><summary>${apps.length} ${what(apps.length === 1 ? "app" : "apps")}</summary>${apps.map(traffic)}</details>`,
        ];
  if (shifts.length <= MOST_OPEN) return [...moving, ...staying].map(traffic);
  return [
    ...moving.slice(0, MOST_OPEN).map(traffic),
    ...folded(moving.slice(MOST_OPEN), (apps) => `more ${apps}`),
    ...folded(staying, (apps) => `${apps} unchanged`),
  ];
}

/** What happens to one app alone is read before what happens to many. */
function rarestFirst(
  shifts: readonly AppShift[],
  lost: ReadonlyMap<string, readonly LostAddress[]>,
): AppShift[] {
  const alike = gathered(shifts, (shift) =>
    appVerdict(shift, lost.get(shift.app))
      .map(({ text }) => text)
      .join(),
  );
  return [...alike.values()].sort((a, b) => a.length - b.length).flat();
}

const worstOf = (report: StackReport): string =>
  report.error === undefined ? (dangers(report)[0]?.kind ?? "fine") : "caution";

const TITLES: Record<Danger["kind"], string> = { caution: "Caution", warning: "Warning", note: "Note" };

function alertList(found: readonly Danger[]): Html[] {
  return (["caution", "warning", "note"] as const).flatMap((kind) => {
    const messages = found.filter((danger) => danger.kind === kind);
    if (messages.length === 0) return [];
    const items = messages.map(({ message }) => html`<li>${message}</li>`);
    return [html`<div class="${kind} alert"><strong>${TITLES[kind]}</strong><ul>${items}</ul></div>`];
  });
}

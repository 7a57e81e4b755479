/** Previews as a comment in a pull request, in the Markdown that GitHub and GitLab render. */

import { codeSpan, fenced, htmlText, markdownText, shortened, visibleLines } from "../base/escape";
import { oneLine } from "../base/output";
import { appShifts, changesTraffic } from "../offline/audience";
import type { Op, Step } from "../offline/step";
import { changeLines } from "./changes";
import { trafficDiagram } from "./mermaid";
import { changesOf, type Danger, dangers, type StackReport, stepTitle, verdict } from "./report";

export interface ReportOptions {
  /** The two sides in words: `this branch and main`. */
  readonly compared: string;
  /** The command that prints all of it. */
  readonly command: string;
}

/** GitHub takes 65,536 characters a comment; the rest is left to who posts it. */
export const LONGEST = 60_000;

const LONGEST_MESSAGE = 600;
const LONGEST_ERROR = 4_000;

/** A part of the comment with ever shorter forms; the first is shown if there is room. */
interface Block {
  readonly forms: readonly string[];
  readonly worth: (typeof WORTHS)[number];
}

/** In the order in which parts are cut; a change's second form still has its title. */
const WORTHS = ["change", "diagram", "section", "verdict"] as const;

/**
 * One comment for all stacks, verdicts first.
 *
 * @param longest most characters; what does not fit is reduced, the largest diffs first, and the comment says so
 */
export function previewMarkdown(
  reports: readonly StackReport[],
  options: ReportOptions,
  longest = LONGEST,
): string {
  const blocks = reports.flatMap((report) => stackBlocks(report, reports.length > 1));
  const verdicts = reports.map((report) => `- ${verdictLine(report)}`).join("\n");
  const head: Block = {
    worth: "verdict",
    forms: [`## Preview\n\n${verdicts}`, `## Preview\n\n${reports.length} stacks, too many to list.`],
  };
  return fitted([head, ...blocks], options, longest);
}

const SIGNS: Record<Danger["kind"] | "none" | "changes", string> = {
  caution: "⛔",
  warning: "⚠️",
  note: "ℹ️",
  changes: "✅",
  none: "✅",
};

function verdictLine(report: StackReport): string {
  const worst = report.error === undefined ? (dangers(report)[0]?.kind ?? "none") : "caution";
  return `${SIGNS[worst]} **${markdownText(shortened(verdict(report), LONGEST_MESSAGE))}**`;
}

function stackBlocks(report: StackReport, titled: boolean): Block[] {
  const title: Block[] = titled
    ? [{ worth: "section", forms: [`### ${markdownText(shortened(report.stack, 100))}`] }]
    : [];
  if (report.error !== undefined) {
    const text = fenced("text", visibleLines(shortened(report.error, LONGEST_ERROR)).map(oneLine));
    return [...title, { worth: "section", forms: [`> [!CAUTION]\n> The preview failed.\n\n${text}`, ""] }];
  }
  const alerts = alertBlocks(dangers(report));
  const changes = changesOf(report);
  if (changes.length === 0) return alerts.length === 0 ? [] : [...title, ...alerts];
  const shifts = appShifts(report.preview.steps).filter(changesTraffic);
  const diagram: Block[] =
    shifts.length === 0 ? [] : [{ worth: "diagram", forms: [fenced("mermaid", trafficDiagram(shifts)), ""] }];
  const blocks = changes.map((step) => (changes.length > MOST_WHOLE ? titleBlock(step) : changeBlock(step)));
  return [...title, ...alerts, ...diagram, ...folded(blocks)];
}

/** Changes beyond which none has room for what it is, so that it is not worked out. */
const MOST_WHOLE = 1000;

/** Changes that are listed in the open. */
const MOST_OPEN = 8;

function folded(changes: readonly Block[]): Block[] {
  if (changes.length <= MOST_OPEN) return [...changes];
  const tag = (text: string): Block => ({ worth: "verdict", forms: [text] });
  return [tag(`<details>\n<summary>${changes.length} changes</summary>`), ...changes, tag("</details>")];
}

const ALERTS: Record<Danger["kind"], string> = { caution: "CAUTION", warning: "WARNING", note: "NOTE" };

function alertBlocks(found: readonly Danger[]): Block[] {
  return (["caution", "warning", "note"] as const).flatMap((kind): Block[] => {
    const messages = found.filter((danger) => danger.kind === kind);
    if (messages.length === 0) return [];
    const lines = messages.map(({ message }) => `> - ${markdownText(shortened(message, LONGEST_MESSAGE))}`);
    const short = `> ${messages.length} ${kind === "note" ? "notes" : "dangers"}, too many to list.`;
    const head = `> [!${ALERTS[kind]}]`;
    return [{ worth: "section", forms: [[head, ...lines].join("\n"), `${head}\n${short}`] }];
  });
}

export const MARKS: Record<Op, string> = {
  same: "",
  create: "+",
  update: "~",
  replace: "+-",
  delete: "-",
  import: "=",
  read: ">",
};

function titleOf(step: Step): string {
  const verb = step.mayChange ? "may change" : step.op;
  return `<code>${htmlText(MARKS[step.op])}</code> ${verb} <b>${htmlText(shortened(stepTitle(step), 200))}</b>`;
}

const titleBlock = (step: Step): Block => ({
  worth: "change",
  forms: [`<p>${titleOf(step)}</p>`, `<p>${titleOf(step)}</p>`, ""],
});

function changeBlock(step: Step): Block {
  const lines = changeLines(step);
  const title = titleOf(step);
  const type = codeSpan(shortened(step.type, 200));
  const body = fenced(
    "diff",
    lines.map(({ mark, text }) => `${mark} ${text}`.trimEnd()),
  );
  const counted = `<p>${title}, ${lines.length} ${lines.length === 1 ? "line" : "lines"} left out</p>`;
  const full = `<details>\n<summary>${title}</summary>\n\n${type}\n\n${body}\n\n</details>`;
  return lines.length === 0 ? titleBlock(step) : { worth: "change", forms: [full, counted, ""] };
}

/** The comment, with its blocks reduced until it fits. */
function fitted(blocks: readonly Block[], options: ReportOptions, longest: number): string {
  const levels = blocks.map(() => 0);
  const sizeOf = (i: number, level: number): number => {
    const text = blocks[i]?.forms[level] ?? "";
    return text === "" ? 0 : text.length + SEPARATOR.length;
  };
  const room = longest - footer(options, { reduced: blocks.length, dropped: blocks.length }).length - 1;
  let size = blocks.reduce((sum, _, i) => sum + sizeOf(i, 0), 0);
  for (const { i, level, saving } of cuts(blocks, sizeOf)) {
    if (size <= room) break;
    size -= saving;
    levels[i] = level + 1;
  }
  const ofChanges = levels.filter((_, i) => blocks[i]?.worth === "change");
  const cut = {
    reduced: levels.filter((level) => level > 0).length,
    dropped: ofChanges.filter((level) => level === 2).length,
  };
  const shown = size > room ? ["## Preview"] : blocks.map(({ forms }, i) => forms[levels[i] ?? 0] ?? "");
  return `${[...shown, footer(options, cut)].filter((text) => text !== "").join(SEPARATOR)}\n`;
}

const SEPARATOR = "\n\n";

/** A part's step to its next form, and how much room that gives. */
interface Cut {
  readonly i: number;
  readonly level: number;
  readonly saving: number;
}

/** All of them: parts that are worth least first, and of these those that give most room. A part's come in their order. */
function cuts(blocks: readonly Block[], sizeOf: (i: number, level: number) => number): Cut[] {
  const rank = ({ i, level }: Cut): number => {
    const { worth = "verdict" } = blocks[i] ?? {};
    return WORTHS.indexOf(worth) + (worth === "change" ? level / 2 : 0);
  };
  return blocks
    .flatMap(({ forms }, i) =>
      forms.slice(1).map((_, level) => ({ i, level, saving: sizeOf(i, level) - sizeOf(i, level + 1) })),
    )
    .sort((a, b) => rank(a) - rank(b) || b.saving - a.saving);
}

function footer({ compared, command }: ReportOptions, cut: { reduced: number; dropped: number }): string {
  const { reduced, dropped } = cut;
  const left = dropped === 0 ? "" : `, changes not even listed: ${dropped}`;
  const note = reduced === 0 ? "" : `Cut to fit a comment; parts reduced: ${reduced}${left}. `;
  return `${note}Compares ${markdownText(compared)}. All of it, on your machine: ${codeSpan(command)}`;
}

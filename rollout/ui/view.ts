/** A rollout as a page on this machine: to look at, to approve and to abort by. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { style } from "../../reports/html/page";
import { leaveAnswer } from "../journal/answers";
import type { RolloutEvent } from "../journal/events";
import { whoami } from "../journal/whoami";
import { type Course, courseOf, nextCourse } from "../views/course";
import { eventLines } from "../views/plain";
import { REPORT_SHEET } from "../views/report";
import type { View } from "../views/view";
import {
  controlsPart,
  coursePart,
  judgedStepOf,
  logPart,
  nowPart,
  openQuestions,
  pageDocument,
  pageTitle,
  questionsPart,
} from "./page";
import { PageServer, type Word } from "./server";

export interface PageOptions {
  readonly stack: string;
  /** What was before this run of the rollout, if it is resumed. */
  readonly past: readonly RolloutEvent[];
  /** File that takes answers, as those of `canary approve`. */
  readonly answer: string;
  readonly now: () => number;
}

/** Milliseconds between two looks at the time. */
const TICK_MS = 1000;
/** Milliseconds after which charts are drawn anew if nothing happened. */
const REDRAW_MS = 10_000;
const MOST_LINES = 200;

/** Serves the page until `close`, when browsers get its last state. */
export async function pageView(options: PageOptions): Promise<View & { readonly address: string }> {
  const { stack, past, answer, now } = options;
  let course: Course | undefined = courseOf(past);
  let lines: string[] = past.flatMap(eventLines);
  let drawn: { readonly at: number; readonly of: Course | undefined; readonly part: string } | undefined;

  /** Charts take some time to draw. */
  const charts = (): string => {
    if (drawn === undefined || drawn.of !== course || now() - drawn.at >= REDRAW_MS)
      drawn = { at: now(), of: course, part: coursePart(course, now()).source };
    return drawn.part;
  };
  const server = await PageServer.open({
    files: pageFiles(stack),
    parts: () => ({
      title: pageTitle(course),
      now: nowPart(course, now()).source,
      controls: controlsPart(course).source,
      questions: questionsPart(course).source,
      course: charts(),
      log: logPart(lines).source,
    }),
    say: (word) => {
      const refusal = refusalOf(word, course);
      if (refusal === undefined && course) leaveAnswer(answer, { id: course.id, ...word, by: whoami() });
      return refusal;
    },
  });
  const timer = setInterval(() => server.update(), TICK_MS).unref();
  return {
    address: server.address,
    hear(event) {
      course = nextCourse(course, event);
      lines = [...lines, ...eventLines(event)].slice(-MOST_LINES);
      server.update();
    },
    note(line) {
      lines = [...lines, line].slice(-MOST_LINES);
      server.update();
    },
    async close() {
      clearInterval(timer);
      await server.close();
    },
  };
}

/** A page that was open for a while may be about another step. */
function refusalOf(word: Word, course: Course | undefined): string | undefined {
  if (course === undefined) return "The rollout has not begun.";
  const { phase } = course;
  if (phase.is === "ended") return "The rollout is over.";
  if (phase.is === "rolling-back") return "The rollout goes back already.";
  switch (word.decision) {
    case "abort":
      return undefined;
    case "approve": {
      const isAwaited = phase.is === "awaiting-approval" && phase.step === word.step;
      return isAwaited ? undefined : `Step ${word.step + 1} does not wait for an approval.`;
    }
    case "judge": {
      const isAsked =
        word.step === judgedStepOf(course) &&
        openQuestions(course, word.step).some(({ name }) => name === word.metric);
      return isAsked ? undefined : `Nobody is asked about ${word.metric} at step ${word.step + 1}.`;
    }
  }
}

function pageFiles(stack: string) {
  const read = (name: string): string => readFileSync(join(__dirname, name), "utf8");
  return {
    "": { type: "text/html; charset=utf-8", text: pageDocument(stack) },
    "page.css": { type: "text/css; charset=utf-8", text: style(REPORT_SHEET, join(__dirname, "page.css")) },
    "page.js": { type: "text/javascript; charset=utf-8", text: read("page.js") },
  };
}

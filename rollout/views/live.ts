/** A rollout as a picture of it that a terminal keeps up to date. */
import type { WriteStream } from "node:tty";
import type { Colors } from "picocolors/types";
import type { RolloutEvent } from "../journal/events";
import { type Course, courseOf, nextCourse } from "./course";
import { frame } from "./frame";
import { eventLines } from "./plain";
import type { View } from "./view";

/** A terminal; if it doesn't tell its size it counts as 80 by 24. */
export type Terminal = NodeJS.WritableStream & Partial<Pick<WriteStream, "columns" | "rows" | "isTTY">>;

/** Milliseconds between two looks at the time. */
const REDRAW_MS = 250;
const MOST_MESSAGES = 20;

/** Whether a stream is a terminal that can show a picture and somebody may look at. */
export const isLive = (stream: Terminal, env: NodeJS.ProcessEnv): boolean =>
  stream.isTTY === true && env.TERM !== "dumb" && env.CI === undefined;

export interface LiveOptions {
  /** What was before this run of the rollout, if it is resumed. */
  readonly past: readonly RolloutEvent[];
  readonly colors: Colors;
  readonly now: () => number;
}

/** Shows a rollout on a terminal, from its first event to `close`, which leaves the last picture there. */
export async function liveView(terminal: Terminal, { past, colors, now }: LiveOptions): Promise<View> {
  const [{ createLogUpdate }, { default: sparkly }] = await Promise.all([
    import("log-update"),
    import("sparkly"),
  ]);
  // While a program runs for a look ahead, what is written to stdout is taken for the program's.
  const write = terminal.write.bind(terminal);
  const picture = createLogUpdate(Object.create(terminal, { write: { value: write } }));
  let course: Course | undefined = courseOf(past);
  let messages: string[] = past.flatMap(eventLines);
  let height = 0;

  const draw = (): void => {
    if (course === undefined) return;
    const { columns = 80, rows = 24 } = terminal;
    const lines = frame(course, { now: now(), columns, rows, colors, messages, sparkline: sparkly });
    // log-update takes lines in the middle that come or go for changed ones, and loses its place at empty ones.
    if (lines.length !== height) picture.clear();
    height = lines.length;
    picture(lines.map((line) => line || " ").join("\n"));
  };
  const timer = setInterval(draw, REDRAW_MS).unref();
  terminal.on("resize", draw);

  return {
    hear(event) {
      course = nextCourse(course, event);
      messages = [...messages, ...eventLines(event)].slice(-MOST_MESSAGES);
      draw();
    },
    note(line) {
      picture.clear();
      write(`${line}\n`);
      height = 0;
      draw();
    },
    close() {
      clearInterval(timer);
      terminal.off("resize", draw);
      draw();
      picture.done();
    },
  };
}

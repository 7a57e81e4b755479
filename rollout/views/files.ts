/** Files that a rollout leaves behind: its events, and the report on it. */

import { appendFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { replaceFile } from "../../base/replace-file";
import { UserError } from "../../base/user-error";
import { fileReason } from "../../offline/folder";
import type { RolloutEvent } from "../journal/events";
import { type Course, nextCourse } from "./course";
import type { View } from "./view";

/**
 * Appends every event to a file as it happens, a JSON text per line, as the journal has them.
 *
 * @throws UserError
 */
export function eventsFile(file: string): View {
  const path = resolve(file);
  const append = (text: string): void => writing("--events", file, () => appendFileSync(path, text));
  append("");
  return {
    hear: (event) => append(`${JSON.stringify(event)}\n`),
    note() {},
    close() {},
  };
}

/**
 * Writes the report on what it has heard to a file, in one piece, when it is closed.
 *
 * @param past what was before this run of the rollout, if it is resumed
 * @throws UserError
 */
export function reportFile(file: string, past: readonly RolloutEvent[], now: () => number): View {
  const path = resolve(file);
  const unfinished = `${path}.${process.pid}`;
  const courses: Course[] = [];
  const hear = (event: RolloutEvent): void => {
    const course = nextCourse(event.type === "begun" ? undefined : courses.pop(), event);
    if (course !== undefined) courses.push(course);
  };
  for (const event of past) hear(event);
  writing("--report", file, () => {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error("EISDIR: is a folder");
    writeFileSync(unfinished, "");
    rmSync(unfinished);
  });
  return {
    hear,
    note() {},
    close() {
      if (courses.length === 0) return;
      // Its charts' library takes a while to load.
      const { reportPage }: typeof import("./report") = require("./report");
      const page = reportPage(courses, now());
      writing("--report", file, () => replaceFile(path, page));
    },
  };
}

function writing(option: string, file: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw new UserError(
      `${option} ${file}: ${fileReason(error)}; allowed: a file that can be written, in a folder that is there`,
    );
  }
}

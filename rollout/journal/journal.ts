/** The journal of a stack's rollouts: a JSON text per line, on disk before what it tells of happens. */

import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../../base/user-error";
import { shortName } from "../../offline/stack-names";
import type { RolloutEvent } from "./events";

/** Files of a stack's rollouts, beside the project. */
export const rolloutFiles = (project: string, stack: string) => {
  const file = (ending: string): string => join(project, ".canary", `${shortName(stack)}.${ending}`);
  return { journal: file("jsonl"), lock: file("lock"), answer: file("answer"), image: file("image") };
};

/** A journal that is written to, by one process at a time: see `lock.ts`. */
export class Journal {
  private readonly descriptor: number;
  private length: number;
  /** Lines that could not be written yet, as a disk was full: the next one follows them. */
  private missed = Buffer.alloc(0);

  /** Opens the journal or begins it. What a crash left of a line is removed. */
  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.length = Buffer.byteLength(whole(readIfThere(file), file).text);
    this.descriptor = openSync(file, "a");
    ftruncateSync(this.descriptor, this.length);
    fsyncSync(this.descriptor);
    syncFolder(dirname(file));
  }

  /** Returns once the event is on disk, and whatever could not be written before it. */
  write(event: RolloutEvent): void {
    this.missed = Buffer.concat([this.missed, Buffer.from(`${JSON.stringify(event)}\n`)]);
    const { length } = this.missed;
    try {
      for (let written = 0; written < length; ) written += writeSync(this.descriptor, this.missed, written);
    } catch (error) {
      // A disk that is full took a part: the next line must not follow it.
      ftruncateSync(this.descriptor, this.length);
      throw error;
    }
    this.missed = Buffer.alloc(0);
    this.length += length;
    fsyncSync(this.descriptor);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** The events of the journal's last rollout, in order; none where there is no journal. */
export function lastRollout(file: string): RolloutEvent[] {
  const { events } = whole(readIfThere(file), file);
  const begin = events.map(({ type }) => type).lastIndexOf("begun");
  return begin < 0 ? [] : events.slice(begin);
}

/** Whole lines and what they hold; the last is dropped where it is torn. */
function whole(text: string, file: string): { text: string; events: RolloutEvent[] } {
  const lines = text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .slice(0, -1);
  const events: RolloutEvent[] = [];
  for (const [i, line] of lines.entries()) {
    const event = parsed(line);
    if (event === undefined && i < lines.length - 1)
      throw new UserError(
        `${file}: line ${i + 1} is no event of a rollout; allowed: a journal as it was written`,
      );
    if (event !== undefined) events.push(event);
  }
  const read = events.length;
  return {
    text: lines
      .slice(0, read)
      .map((line) => `${line}\n`)
      .join(""),
    events,
  };
}

function parsed(line: string): RolloutEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "type" in value
      ? (value as RolloutEvent)
      : undefined;
  } catch {
    return undefined;
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

/** Without it a new file's name may be lost with the power. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

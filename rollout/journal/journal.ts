/** The journal of a stack's rollouts: a JSON text per line, on disk before what it tells of happens. */

import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../../base/user-error";
import { shortName } from "../../offline/stack-names";
import { isEvent, JOURNAL_VERSION, type RolloutEvent } from "./events";

/** Files of a stack's rollouts, beside the project. */
export const rolloutFiles = (project: string, stack: string) => {
  const file = (ending: string): string => join(project, ".canary", `${shortName(stack)}.${ending}`);
  return { journal: file("jsonl"), lock: file("lock"), answer: file("answer"), image: file("image") };
};

/** Bytes: of a journal before it is put aside for the next rollout's, of the judgements that are read back, and of one line. */
const MOST = { file: 16 * 2 ** 20, judgements: 32 * 2 ** 20, line: 4 * 2 ** 20 };

/** A journal that is written to, by one process at a time: see `lock.ts`. */
export class Journal {
  private descriptor: number;
  private length: number;
  /** Lines that could not be written yet, as a disk was full: the next one follows them. */
  private missed = Buffer.alloc(0);

  /** Opens the journal or begins it. What a crash left of a line is removed. */
  constructor(private readonly file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.length = wholeLength(file);
    this.descriptor = openSync(file, "a");
    ftruncateSync(this.descriptor, this.length);
    fsyncSync(this.descriptor);
    syncFolder(dirname(file));
  }

  /** Returns once the event is on disk, and whatever could not be written before it. */
  write(event: RolloutEvent): void {
    if (event.type === "begun" && this.length > MOST.file) this.putAside();
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

  /** Leaves what earlier rollouts wrote in a file beside it, in place of what was left there before. */
  private putAside(): void {
    renameSync(this.file, `${this.file}.old`);
    closeSync(this.descriptor);
    this.descriptor = openSync(this.file, "a");
    this.length = 0;
    syncFolder(dirname(this.file));
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/**
 * The events of the journal's last rollout, in order; none if there is no journal. Of very many judgements the first are left out.
 *
 * @throws UserError if it holds what is no event, or one of a later version
 */
export function lastRollout(file: string): RolloutEvent[] {
  const events: RolloutEvent[] = [];
  let judged = 0;
  let isLast = true;
  for (const line of linesFromEnd(file)) {
    const isJudged = line.text.startsWith(JUDGED);
    if (isJudged) judged += line.text.length;
    if (!line.isWhole || (isJudged && judged > MOST.judgements)) continue;
    const event = parsed(line.text);
    // A crash may leave a line that ends and is none.
    if (event === undefined && (!isLast || json(line.text) !== undefined))
      throw new UserError(wrong(file, line));
    isLast = false;
    if (event === undefined) continue;
    events.push(event);
    if (event.type === "begun") return events.reverse();
  }
  return [];
}

const JUDGED = '{"type":"judged"';

function wrong(file: string, { at, text }: Line): string {
  const later = typeOf(text);
  const where = `${file}: line ${lineNumber(file, at)}`;
  return later === undefined
    ? `${where} is no event of a rollout; restore the journal as it was written`
    : `${where} is of a later version (${later}); use that version of canary, or put the file aside once canary rollback, which goes without it, took the canary out`;
}

/** What a line tells of that this version does not know; undefined if it is no event at all. */
function typeOf(text: string): string | undefined {
  const { type, version } = (json(text) ?? {}) as { type?: unknown; version?: unknown };
  if (typeof version === "number" && version > JOURNAL_VERSION) return `${version}`;
  return typeof type === "string" && /^[a-z-]{1,40}$/.test(type) ? type : undefined;
}

interface Line {
  /** Where it begins, in bytes. */
  readonly at: number;
  readonly text: string;
  /** Whether it ends with a line break. */
  readonly isWhole: boolean;
}

const CHUNK = 2 ** 20;

/** The lines of a file, the last one first, with no more of it in memory than the longest. */
function* linesFromEnd(file: string): Generator<Line> {
  const descriptor = openIfThere(file);
  if (descriptor === undefined) return;
  try {
    let from = fstatSync(descriptor).size;
    let rest = Buffer.alloc(0);
    let isWhole = false;
    while (from > 0) {
      const length = Math.min(CHUNK, from);
      from -= length;
      const chunk = Buffer.alloc(length);
      readSync(descriptor, chunk, 0, length, from);
      rest = Buffer.concat([chunk, rest]);
      for (let end = rest.lastIndexOf(10); end >= 0; end = rest.lastIndexOf(10)) {
        const text = rest.subarray(end + 1).toString("utf8");
        if (isWhole || text !== "") yield { at: from + end + 1, text, isWhole };
        isWhole = true;
        rest = rest.subarray(0, end);
      }
      if (rest.length > MOST.line)
        throw new UserError(
          `${file}: has a line of more than ${MOST.line / 2 ** 20} MiB; restore the journal as it was written`,
        );
    }
    if (rest.length > 0) yield { at: 0, text: rest.toString("utf8"), isWhole };
  } finally {
    closeSync(descriptor);
  }
}

/** Bytes up to the end of the last line that is an event, or of another version's. */
function wholeLength(file: string): number {
  for (const { at, text, isWhole } of linesFromEnd(file)) {
    if (!isWhole) continue;
    return json(text) === undefined ? at : at + Buffer.byteLength(text) + 1;
  }
  return 0;
}

/** Which line of the file begins at a place, counted from 1. */
function lineNumber(file: string, at: number): number {
  let count = 1;
  for (const line of linesFromEnd(file)) if (line.at <= at && line.at > 0) count++;
  return count;
}

function parsed(line: string): RolloutEvent | undefined {
  const value = json(line);
  return isEvent(value) ? value : undefined;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
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

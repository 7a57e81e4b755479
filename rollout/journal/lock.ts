/** Keeps two commands that shift one stack apart. */

import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { startTime } from "../../base/process-start";
import { messageOf, UserError } from "../../base/user-error";

/** The commands that no other one may run beside on the same stack. */
export type LockingCommand = "rollout" | "rollback" | "promote" | "up";

/** Who holds a lock. */
export interface Holder {
  /** What it runs. */
  readonly command: LockingCommand;
  readonly host: string;
  readonly pid: number;
  /** When the process was started; with its id it names a process for good. */
  readonly started: string;
}

export interface Lock {
  /** Whether it still is this process's: whoever deleted the file may have let another command begin. */
  isHeld(): boolean;
  release(): void;
}

/**
 * Takes the lock of a stack. One whose process is gone is cleared; of another machine's that can't be told.
 *
 * @throws UserError
 */
export function takeLock(file: string, stack: string, command: LockingCommand): Lock {
  const holder = holderOf(file);
  if (holder !== undefined) throw new UserError(heldBy(holder, file, stack));
  const own = JSON.stringify(thisProcess(command));
  mkdirSync(dirname(file), { recursive: true });
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, own);
  try {
    while (!linked(mine, file)) clearStale(file, stack);
  } finally {
    rmSync(mine, { force: true });
  }
  const isHeld = (): boolean => read(file) === own;
  return {
    isHeld,
    release: () => {
      if (isHeld()) rmSync(file, { force: true });
    },
  };
}

/**
 * Takes the lock for what gets users back to the primary: a disk that is full, or can't be written, must not keep it from that. Whoever
 * holds the lock still does.
 *
 * @param warn told in one line if there is no lock
 * @throws UserError
 */
export function takeLockAnyway(
  file: string,
  stack: string,
  command: LockingCommand,
  warn: (line: string) => void,
): Lock {
  try {
    return takeLock(file, stack, command);
  } catch (error) {
    if (error instanceof UserError) throw error;
    warn(`warning: ${file} can't be written (${messageOf(error)}): going on without the lock`);
    return { isHeld: () => true, release: () => {} };
  }
}

/** The process that holds the lock; undefined if there is none or it is gone. */
export function holderOf(file: string): Holder | undefined {
  const text = read(file);
  return text === undefined ? undefined : live(text);
}

/** Removes a lock whose process is gone. */
function clearStale(file: string, stack: string): void {
  const text = read(file);
  if (text === undefined) return;
  const holder = live(text);
  if (holder !== undefined) throw new UserError(heldBy(holder, file, stack));
  // Of two that clear it at the same time, the second finds the first one's new lock, and puts it back.
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (read(aside) !== text) linked(aside, file);
  rmSync(aside, { force: true });
}

function heldBy({ command, host, pid }: Holder, file: string, stack: string): string {
  const who = `stack ${stack}: canary ${command} is under way`;
  return host === hostname()
    ? `${who}, process ${pid}; ${wayOut(command, pid, stack)}`
    : `${who} on ${host}, process ${pid}, which can't be seen from here; if it is gone for sure, delete ${file}`;
}

/** How the stack gets free; a rollback is left to end. */
function wayOut(command: LockingCommand, pid: number, stack: string): string {
  if (command === "rollout") return `canary abort -s ${stack} rolls it back`;
  const toEnd = command === "rollback" ? "" : `; Ctrl-C there or kill ${pid} ends it`;
  return `wait until it has ended${toEnd}`;
}

/** The holder unless it is known to be gone. */
function live(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Holder;
    const isGone = holder.host === hostname() && startOf(holder.pid) !== holder.started;
    return isGone ? undefined : holder;
  } catch {
    return undefined;
  }
}

const thisProcess = (command: LockingCommand): Holder => ({
  command,
  host: hostname(),
  pid: process.pid,
  started: startOf(process.pid) ?? "",
});

function startOf(pid: number): string | undefined {
  if (process.platform === "linux") return startTime(pid);
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

/** Links the file to a name that is free. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

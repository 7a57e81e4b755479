/** Folders that previews and renderings are written to. */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and those above it, unless they are there.
 * `mkdirSync` with `recursive` never ends below a folder that takes none, as `/proc` does (Node 20).
 */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && statSync(folder).isDirectory()) return;
    if (code !== "ENOENT" || existsSync(dirname(folder))) throw error;
    makeFolder(dirname(folder));
    makeFolder(folder);
  }
}

/** `EACCES: permission denied` of an error that a file operation threw. */
export const fileReason = (error: unknown): string => (error as Error).message.split(", ")[0] ?? "";

/** Whether an error is one that a file operation threw. */
export const isFileError = (error: unknown): boolean =>
  error instanceof Error && (error as NodeJS.ErrnoException).syscall !== undefined;

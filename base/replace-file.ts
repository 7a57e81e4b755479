import { randomUUID } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { UserError } from "./user-error";

/**
 * Writes a file in one go: whoever reads it meanwhile, or after a crash, finds the old text or the new one. A link stays a
 * link, and the file keeps its mode.
 *
 * @param mode of a new file; default what the user's mask leaves of 666
 * @throws UserError when it is no regular file, and what the file system throws
 */
export function replaceFile(file: string, text: string, mode = 0o666): void {
  const there = statSync(file, { throwIfNoEntry: false });
  if (there !== undefined && !there.isFile())
    throw new UserError(`${file}: is no regular file; allowed: one`);
  const target = there === undefined ? file : realpathSync(file);
  const unfinished = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
  const descriptor = openSync(unfinished, "wx", there === undefined ? mode : there.mode & 0o7777);
  try {
    // The user's mask took bits away when it was made.
    if (there !== undefined) fchmodSync(descriptor, there.mode & 0o7777);
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
    renameSync(unfinished, target);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Where `canary render --out` writes to. */

import { lstatSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { UserError } from "../base/user-error";
import type { StackConfiguration } from "../offline/configuration";
import { fileReason, isFileError, makeFolder } from "../offline/folder";

/** What files are called until they are whole; kubectl does not read files of that name. */
const UNFINISHED = ".yaml.canary-unfinished";

/**
 * Writes the files and removes those that an earlier rendering of the same stack has left: an object that is no longer
 * declared must not be applied again. Files of anyone else stay. A run that is interrupted is made good by the next.
 *
 * @param files name to YAML
 * @returns the files that were removed
 * @throws UserError when the folder can't be written to, or a file of someone else is in the way
 */
export function writeFolder(
  folder: string,
  { project, stack }: StackConfiguration,
  files: ReadonlyMap<string, string>,
): readonly string[] {
  if (folder === "") throw new UserError('--out "": allowed is a folder');
  const mark = `# canary render: stack ${stack} of project ${project}; the next rendering overwrites or removes this file\n`;
  try {
    makeFolder(resolve(folder));
    const there = readdirSync(folder);
    const ours = there.filter((name) => name.endsWith(".yaml") && isMarked(join(folder, name), mark));
    const foreign = [...files.keys()].find((name) => there.includes(name) && !ours.includes(name));
    if (foreign !== undefined) {
      throw new UserError(
        `--out ${folder}: holds ${foreign}, which is not a file that canary render wrote for stack ${stack}; allowed: another folder`,
      );
    }
    for (const [name, text] of files) writeFileSync(join(folder, unfinished(name)), mark + text);
    for (const name of files.keys()) renameSync(join(folder, unfinished(name)), join(folder, name));
    const gone = ours.filter((name) => !files.has(name));
    const interrupted = there.filter((name) => name.endsWith(UNFINISHED));
    for (const name of [...gone, ...interrupted]) rmSync(join(folder, name), { force: true });
    return gone;
  } catch (error) {
    throw isFileError(error)
      ? new UserError(`--out ${folder}: ${fileReason(error)}; allowed: a folder that is there or can be made`)
      : error;
  }
}

const unfinished = (name: string): string => name.replace(/\.yaml$/, UNFINISHED);

const isMarked = (file: string, mark: string): boolean =>
  lstatSync(file).isFile() && readFileSync(file, "utf8").startsWith(mark);

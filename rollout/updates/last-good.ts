/** The files that a stack's settings are read from, as they made sense last: a way back is computed from them if need be. */
import { mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, normalize, relative } from "node:path";
import * as z from "zod";
import { replaceFile } from "../../base/replace-file";
import { readConfiguration } from "../../offline/configuration";
import { fileAt, git } from "../../offline/git";
import { shortName, stackFileName, stackFolder } from "../../offline/stack-names";
import { isObject, type Properties } from "../../offline/values";
import { isFolder, isManifestFile, manifestFiles } from "../../stacks/manifests";
import { rawSettings } from "../../stacks/raw";

/** Texts of files, by path from the project's folder; null of one that was not there. */
export type Texts = Readonly<Record<string, string | null>>;

/** Files as they were once. */
export interface GoodFiles {
  /** Where they are from, for people. */
  readonly from: string;
  readonly texts: Texts;
}

/** Commits that are looked at, the newest first. */
const MOST_COMMITS = 20;

const keptFile = (folder: string, stack: string): string =>
  join(folder, ".canary", `${shortName(stack)}.good`);

/** Keeps files that made sense, for a process that comes after this one. Without room on the disk it is left. */
export function keepGood(folder: string, stack: string, texts: Texts): void {
  try {
    const file = keptFile(folder, stack);
    mkdirSync(dirname(file), { recursive: true });
    replaceFile(file, JSON.stringify(texts), 0o600);
  } catch {
    // The way back matters more than what it could be computed from another time.
  }
}

/** Writes what a file was, or takes it away, and keeps beside it what it became. */
export function restore(file: string, text: string | null): void {
  const broken = readIfThere(file);
  if (broken === (text ?? undefined)) return;
  if (broken !== undefined) replaceFile(besideOf(file), broken, modeOf(file));
  mkdirSync(dirname(file), { recursive: true });
  if (text === null) rmSync(file);
  else replaceFile(file, text);
}

/** The texts of manifests as they are, which may be folders. */
export function manifestTexts(folder: string, manifests: readonly string[]): Texts {
  const files = manifests.flatMap((manifest) => manifestFiles(join(folder, manifest)));
  return Object.fromEntries(files.map((file) => [relative(folder, file), readIfThere(file) ?? null]));
}

/** With the files that folders of manifests have now and had not then. */
export function withoutAdded(folder: string, manifests: readonly string[], texts: Texts): Texts {
  const now = manifestTexts(
    folder,
    manifests.filter((manifest) => isFolder(join(folder, manifest))),
  );
  return { ...Object.fromEntries(Object.keys(now).map((file) => [file, null])), ...texts };
}

/** The inverse of `restore`: of a file that was not there, too. */
export function takeBack(file: string, was: string | undefined): void {
  if (was === undefined) rmSync(file, { force: true });
  else if (readIfThere(file) !== was) replaceFile(file, was);
  rmSync(besideOf(file), { force: true });
}

const besideOf = (file: string): string => `${file}.unreadable`;

/** A copy is nobody's to read who may not read the file. */
const modeOf = (file: string): number => statSync(file).mode & 0o777;

export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** What a rollout kept, and what git has, the newest first. */
export async function* goodFiles(folder: string, stack: string): AsyncGenerator<GoodFiles> {
  const kept = keptBy(folder, stack);
  const own = stackFileIn(folder, stack);
  const wanted = new Set(["Pulumi.yaml", own, ...manifestsIn(folder, stack, undefined)]);
  let isKeptDue = kept !== undefined;
  for (const { commit, time } of await commitsOf(folder, [...wanted])) {
    if (kept !== undefined && isKeptDue && kept.time > time) {
      isKeptDue = false;
      yield kept;
    }
    const stackText = await fileAt(folder, commit, `./${own}`);
    if (stackText === undefined) continue;
    const manifests = [...wanted, ...manifestsIn(folder, stack, stackText)];
    const files = (await Promise.all(manifests.map((each) => filesAt(folder, commit, each)))).flat();
    const found = await Promise.all(
      files.map(async (file) => [file, await fileAt(folder, commit, `./${file}`)] as const),
    );
    const texts = found.flatMap(([file, text]) => (text === undefined ? [] : [[file, text] as const]));
    yield {
      from: `commit ${commit.slice(0, 12)}`,
      texts: withoutAdded(folder, manifests, Object.fromEntries(texts)),
    };
  }
  if (kept !== undefined && isKeptDue) yield kept;
}

function keptBy(folder: string, stack: string): (GoodFiles & { readonly time: number }) | undefined {
  const file = keptFile(folder, stack);
  try {
    const texts = z.record(z.string(), z.string().nullable()).parse(JSON.parse(readFileSync(file, "utf8")));
    const manifests = manifestsIn(folder, stack, texts[stackFileIn(folder, stack)] ?? undefined);
    return {
      from: relative(folder, file),
      time: statSync(file).mtimeMs,
      texts: withoutAdded(folder, manifests, texts),
    };
  } catch {
    return undefined;
  }
}

function stackFileIn(folder: string, stack: string): string {
  try {
    return relative(folder, join(stackFolder(folder), stackFileName(stack)));
  } catch {
    return stackFileName(stack);
  }
}

/** The files at a commit that a path stands for: itself, or those of a folder of manifests. */
async function filesAt(folder: string, commit: string, path: string): Promise<string[]> {
  const below = await git(folder, "ls-tree", "--name-only", commit, `./${path}/`).catch(() => "");
  const files = below.split("\n").filter(isManifestFile);
  return files.length === 0 ? [path] : files;
}

/** Commits that changed any of the files, the newest first. Without a repository there are none. */
async function commitsOf(
  folder: string,
  files: readonly string[],
): Promise<{ readonly commit: string; readonly time: number }[]> {
  try {
    const log = await git(folder, "log", `-n${MOST_COMMITS}`, "--format=%H %ct", "--", ...files);
    return log
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split(" "))
      .map(([commit = "", seconds]) => ({ commit, time: Number(seconds) * 1000 }));
  } catch {
    return [];
  }
}

/** The manifests that a stack's file names, whatever else is wrong with it. */
function manifestsIn(folder: string, stack: string, text: string | undefined): string[] {
  try {
    const { namespace, values } = readConfiguration(folder, stack, [], text);
    const { apps = {} } = rawSettings(namespace, values) as Properties;
    const each = (map: unknown): Properties[] =>
      isObject(map as Properties) ? (Object.values(map as Properties).filter(isObject) as Properties[]) : [];
    return each(apps)
      .flatMap((app) => [app.manifest, app.canaryManifest, ...each(app.canaries).map((one) => one.manifest)])
      .filter((file) => typeof file === "string")
      .filter((file) => !isAbsolute(file))
      .map((file) => normalize(file));
  } catch {
    return [];
  }
}

/** Checkouts of other revisions, packages included, in a cache. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { ConfigurationError } from "./configuration";
import { fileReason, makeFolder } from "./folder";
import { fileAt, git } from "./git";

const run = promisify(execFile);

/** A project's place in its repository. */
export interface ProjectPlace {
  /** The repository's folder. */
  readonly top: string;
  /** The project's folder below it, with slashes; empty where it is the repository's. */
  readonly below: string;
}

/** Checkouts that stay for later runs, those used last. */
const KEPT = 5;
/** Age in milliseconds below which nothing is removed: another run may be at it. */
const IN_USE = 60 * 60 * 1000;
/** What runs that are not done work in. */
const UNFINISHED = "unfinished-";

/** A project's folder as it was at a commit. */
export interface Checkout {
  readonly folder: string;
  /** Whether it has packages of its own, as its lock files differ from those here. */
  readonly hasOwnPackages: boolean;
}

/** Checks a commit out, ready to run. A run that is interrupted leaves nothing that a later one would take for whole. */
export async function checkOut(
  place: ProjectPlace,
  commit: string,
  progress: (message: string) => void,
): Promise<Checkout> {
  const cache = writableCache();
  const installing = await foldersToInstall(place, commit);
  const packages =
    installing.length > 0 ? ["own", place.below, process.versions.modules] : ["linked", place.top];
  const whole = join(
    cache,
    `${commit}-${createHash("sha256").update(packages.join("\n")).digest("hex").slice(0, 8)}`,
  );
  if (!existsSync(whole)) await make(whole, place, commit, installing, progress);
  utimesSync(whole, new Date(), new Date());
  sweep(cache);
  return { folder: join(whole, place.below), hasOwnPackages: installing.length > 0 };
}

/** @throws ConfigurationError when nothing can be written there */
function writableCache(): string {
  const { XDG_CACHE_HOME } = process.env;
  const cache = join(XDG_CACHE_HOME || join(homedir(), ".cache"), "canary-traffic", "base");
  try {
    makeFolder(resolve(cache));
    rmdirSync(mkdtempSync(join(cache, UNFINISHED)));
  } catch (error) {
    throw new ConfigurationError(
      `--base: the cache ${cache} can't be written to (${fileReason(error)}); ` +
        `set XDG_CACHE_HOME to a folder that can${XDG_CACHE_HOME ? `: it is ${XDG_CACHE_HOME}` : ""}`,
    );
  }
  return resolve(cache);
}

async function make(
  whole: string,
  place: ProjectPlace,
  commit: string,
  installing: readonly string[],
  progress: (message: string) => void,
): Promise<void> {
  const unfinished = mkdtempSync(join(dirname(whole), UNFINISHED));
  const tree = join(unfinished, "tree");
  try {
    await forgetGone(place.top);
    progress(`checking out ${commit.slice(0, 12)}`);
    await addTree(place.top, tree, commit);
    if (installing.length > 0) progress(`installing the packages of ${commit.slice(0, 12)}, which differ`);
    for (const below of installing) await install(join(tree, below));
    if (installing.length === 0) linkPackages(place, tree);
    publish(tree, whole);
  } finally {
    discard(unfinished);
  }
}

/** A worktree of that commit, of which the repository keeps no note: it is nobody's business but the cache's. */
async function addTree(top: string, tree: string, commit: string): Promise<void> {
  await git(top, "-c", "core.hooksPath=/dev/null", "worktree", "add", "--quiet", "--detach", tree, commit);
  forget(tree);
}

/** Takes a worktree off the repository's list; its files stay. */
function forget(tree: string): void {
  const link = join(tree, ".git");
  if (!existsSync(link)) return;
  const entry = readFileSync(link, "utf8")
    .replace(/^gitdir: /, "")
    .trim();
  if (basename(dirname(entry)) === "worktrees") rmSync(entry, { recursive: true, force: true });
  rmSync(link);
}

/** Takes worktrees off the repository's list that a run killed halfway has left, and whose files are gone by now. */
async function forgetGone(top: string): Promise<void> {
  const list = join(resolve(top, await git(top, "rev-parse", "--git-common-dir")), "worktrees");
  for (const name of existsSync(list) ? readdirSync(list) : []) {
    const note = join(list, name, "gitdir");
    const tree = existsSync(note) ? dirname(readFileSync(note, "utf8").trim()) : "";
    const ours = basename(dirname(tree)).startsWith(UNFINISHED);
    if (ours && !existsSync(tree)) rmSync(join(list, name), { recursive: true, force: true });
  }
}

/** Makes the finished checkout the cache's, unless a run at the same time was faster. */
function publish(tree: string, whole: string): void {
  try {
    renameSync(tree, whole);
  } catch (error) {
    if (!existsSync(whole)) throw error;
  }
}

function discard(unfinished: string): void {
  forget(join(unfinished, "tree"));
  rmSync(unfinished, { recursive: true, force: true });
}

/** Folders from the repository's to the project's, relative to the repository. */
function foldersDown(below: string): string[] {
  const steps = below.split("/").filter((step) => step !== "");
  return ["", ...steps.map((_, i) => steps.slice(0, i + 1).join("/"))];
}

const LOCK = "package-lock.json";

/** The folders that need packages of their own at that commit; none where all lock files are as they are here. */
async function foldersToInstall({ top, below }: ProjectPlace, commit: string): Promise<string[]> {
  const locks = await Promise.all(
    foldersDown(below).map(async (folder) => {
      const here = join(top, folder, LOCK);
      const there = await fileAt(top, commit, folder === "" ? LOCK : `${folder}/${LOCK}`);
      const same = lines(there) === lines(existsSync(here) ? readFileSync(here, "utf8") : undefined);
      return { folder, there, same };
    }),
  );
  if (locks.every(({ same }) => same)) return [];
  return locks.filter(({ there }) => there !== undefined).map(({ folder }) => folder);
}

const lines = (text: string | undefined): string | undefined => text?.replaceAll("\r\n", "\n");

async function install(folder: string): Promise<void> {
  const words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  try {
    await run("npm", words, { cwd: folder, shell: process.platform === "win32", maxBuffer: 1 << 26 });
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr ?? "").match(/^npm (?:error|ERR!) .*/gm) ?? [];
    throw new Error(`npm ci failed: ${said.slice(0, 3).join("; ") || (error as Error).message}`);
  }
}

function linkPackages({ top, below }: ProjectPlace, tree: string): void {
  for (const folder of foldersDown(below)) {
    const [here, there] = [join(top, folder, "node_modules"), join(tree, folder, "node_modules")];
    if (existsSync(here) && !existsSync(there)) symlinkSync(here, there, "junction");
  }
}

/** Removes the checkouts used longest ago, and what interrupted runs have left. */
function sweep(cache: string): void {
  const old = readdirSync(cache)
    .map((name) => ({ name, used: statSync(join(cache, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.used - a.used);
  const whole = old.filter(({ name }) => !name.startsWith(UNFINISHED)).slice(KEPT);
  const unfinished = old.filter(({ name }) => name.startsWith(UNFINISHED));
  for (const { name, used } of [...whole, ...unfinished]) {
    if (Date.now() - used <= IN_USE) continue;
    try {
      discard(join(cache, name));
    } catch {
      // Another run is removing it, too.
    }
  }
}

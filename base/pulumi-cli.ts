/** Where Pulumi's CLI is, if it is not on PATH. */
import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { compare, valid } from "semver";

const CLI = process.platform === "win32" ? "pulumi.exe" : "pulumi";

/** What there is to say if it is nowhere. */
export const NO_PULUMI = "pulumi is not on PATH, nor has the project or npx one";

/** Where the CLI is, or what runs it. */
export interface FoundPulumi {
  /** The program; undefined if the project's launcher has not downloaded it yet. */
  readonly file: string | undefined;
  /** The script of the npm package `pulumi` that the project depends on, if that is what counts. */
  readonly launcher: string | undefined;
}

/**
 * Finds Pulumi's CLI and downloads nothing: the one on PATH, the one that the project depends on by the npm package `pulumi`,
 * the newest that this package or the Automation API have downloaded, or the one of Pulumi's installer. The package keeps what
 * it downloads in `~/.pulumi/versions`: https://github.com/pulumi/pulumi/blob/master/npm/lib/cache.js
 *
 * @param folder the project's
 * @returns undefined if there is none
 */
export function findPulumi(folder: string): FoundPulumi | undefined {
  const onPath = cliIn((process.env.PATH ?? "").split(delimiter));
  if (onPath !== undefined) return { file: onPath, launcher: undefined };
  const launcher = launcherOf(folder);
  if (launcher !== undefined) return { file: cliIn([placeOf(launcher)]), launcher };
  const file = elsewhere();
  return file === undefined ? undefined : { file, launcher: undefined };
}

/**
 * Puts Pulumi's CLI on this process's PATH, if it is not there. The project's own is downloaded first if need be; if it can't be,
 * another takes its place.
 *
 * @param folder the project's
 * @returns whether there is one
 */
export function putPulumiOnPath(folder: string): boolean {
  const found = findPulumi(folder);
  const file = found?.file ?? fetched(found?.launcher) ?? elsewhere();
  if (file === undefined) return false;
  const { PATH = "" } = process.env;
  const place = dirname(file);
  if (!PATH.split(delimiter).includes(place)) process.env.PATH = `${place}${delimiter}${PATH}`;
  return true;
}

const cliIn = (places: readonly string[]): string | undefined =>
  places.map((place) => join(place, CLI)).find(canRun);

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** In the project or above. */
function launcherOf(folder: string): string | undefined {
  const file = join(folder, "node_modules", "pulumi", "run.js");
  if (existsSync(file)) return file;
  return dirname(folder) === folder ? undefined : launcherOf(dirname(folder));
}

const homeFolder = (): string => process.env.PULUMI_HOME ?? join(homedir(), ".pulumi");

/** Where a launcher keeps what it runs. */
function placeOf(launcher: string): string {
  const version = process.env.PULUMI_VERSION ?? require(join(dirname(launcher), "package.json")).version;
  return join(homeFolder(), "versions", version, "bin");
}

/** One that others have downloaded, the newest first, or the installer's. */
const elsewhere = (): string | undefined => cliIn([...downloaded(homeFolder()), join(homeFolder(), "bin")]);

function fetched(launcher: string | undefined): string | undefined {
  if (launcher === undefined) return undefined;
  try {
    execFileSync(process.execPath, [launcher, "version"], { stdio: ["ignore", "ignore", "inherit"] });
  } catch {
    // It has said why.
  }
  return cliIn([placeOf(launcher)]);
}

/** The newest first. */
function downloaded(home: string): string[] {
  const versions = join(home, "versions");
  if (!existsSync(versions)) return [];
  const names = readdirSync(versions).filter((name) => valid(name));
  return names.sort((a, b) => compare(b, a)).map((name) => join(versions, name, "bin"));
}

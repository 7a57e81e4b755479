/** Where Pulumi's CLI is, if it is not on PATH. */
import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { compare, valid } from "semver";

const CLI = process.platform === "win32" ? "pulumi.exe" : "pulumi";

/** What there is to say where it is nowhere. */
export const NO_PULUMI = "pulumi is not on PATH, nor has the project or npx one";

/**
 * Puts Pulumi's CLI on this process's PATH, if it is not there: the one that the project depends on by the npm package
 * `pulumi`, the newest that this package or the Automation API have downloaded, or the one of Pulumi's installer. The package
 * keeps what it downloads in `~/.pulumi/versions`: https://github.com/pulumi/pulumi/blob/master/npm/lib/cache.js
 *
 * @param folder the project's
 * @returns whether there is one
 */
export function putPulumiOnPath(folder: string): boolean {
  const { PATH = "" } = process.env;
  if (PATH.split(delimiter).some(hasCli)) return true;
  const home = process.env.PULUMI_HOME ?? join(homedir(), ".pulumi");
  const found = [ofProject(folder, home), ...downloaded(home), join(home, "bin")].find(
    (place) => place !== undefined && hasCli(place),
  );
  if (found === undefined) return false;
  process.env.PATH = `${found}${delimiter}${PATH}`;
  return true;
}

function hasCli(place: string): boolean {
  try {
    accessSync(join(place, CLI), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The folder of the CLI that the project's package `pulumi` runs, which downloads it first if need be. */
function ofProject(folder: string, home: string): string | undefined {
  const launcher = join("node_modules", "pulumi");
  for (let at = folder; ; at = dirname(at)) {
    const place = join(at, launcher);
    if (existsSync(join(place, "run.js"))) return folderOf(place, home);
    if (dirname(at) === at) return undefined;
  }
}

function folderOf(launcher: string, home: string): string | undefined {
  const version = process.env.PULUMI_VERSION ?? (require(join(launcher, "package.json")).version as string);
  const place = join(home, "versions", version, "bin");
  if (hasCli(place)) return place;
  try {
    execFileSync(process.execPath, [join(launcher, "run.js"), "version"], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    return place;
  } catch {
    return undefined;
  }
}

/** The newest first. */
function downloaded(home: string): string[] {
  const versions = join(home, "versions");
  if (!existsSync(versions)) return [];
  const names = readdirSync(versions).filter((name) => valid(name));
  return names.sort((a, b) => compare(b, a)).map((name) => join(versions, name, "bin"));
}

/** Builds or fetches the lab's programs, each once, into a cache of the user's. */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { makeEnvironment } from "../base/python";
import { UserError } from "../base/user-error";
import {
  furtherParts,
  type GoPart,
  isPython,
  type Part,
  type PythonPart,
  parts,
  sourceFolder,
  versionOf,
} from "./parts";

const run = promisify(execFile);

/** Where the built programs are. */
export interface Programs {
  /** Path of a program, such as `etcd`. */
  program(name: string): string;
  /** Path of a file that came with a part, such as `traefik.yaml`. */
  file(name: string): string;
}

const FLAGS = ["-mod=readonly", "-trimpath", "-buildvcs=false"];
/** Without C the programs run wherever the kernel does, and no C compiler is needed. */
const ENVIRONMENT = { CGO_ENABLED: "0", GOWORK: "off" };
/** Characters of the source's hash in the name of a folder of the cache. */
const HASH_LENGTH = 12;

/** Folder of all that was ever built: safe to delete. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "canary-traffic", "lab");
}

/** Parts that are not in the cache yet, by default of those that every lab is made of. */
export function unbuilt(wanted: readonly Part[] = parts): Part[] {
  return wanted.filter((part) => !existsSync(builtFolder(part)));
}

/**
 * Builds what is not in the cache: all of it takes about twelve minutes on two cores, and nothing the next time.
 *
 * @param progress called as each part begins and ends, with the time it took
 * @param wanted default what every lab is made of
 */
export async function build(
  progress: (message: string) => void,
  signal?: AbortSignal,
  wanted: readonly Part[] = parts,
): Promise<Programs> {
  const missing = unbuilt(wanted);
  for (const [index, part] of missing.entries()) {
    const label = `${part.name} ${versionOf(part)} (${index + 1} of ${missing.length})`;
    progress(
      isPython(part)
        ? `fetching ${label}, once`
        : `building ${label}, once; the first build of all parts takes about twelve minutes on two cores`,
    );
    const start = Date.now();
    await buildPart(part, signal);
    progress(`built ${label} in ${((Date.now() - start) / 1000).toFixed(1)} s`);
  }
  return { program: (name) => located("bin", name), file: (name) => located("files", name) };
}

function located(kind: "bin" | "files", name: string): string {
  const part = [...parts, ...furtherParts].find(
    ({ programs, files }) => name in (kind === "bin" ? programs : (files ?? {})),
  );
  if (part === undefined) throw new Error(`no part of the lab has ${name}`);
  return join(builtFolder(part), kind, name);
}

/** Folder of a part's programs; undefined if it was not built. */
export function programsFolder(part: Part): string | undefined {
  const folder = join(builtFolder(part), "bin");
  return existsSync(folder) ? folder : undefined;
}

/** The name tells everything that decides what comes out of a build, so a folder is never out of date. */
function builtFolder(part: Part): string {
  const how = isPython(part) ? [part.programs] : [linkerFlags(part), FLAGS, ENVIRONMENT];
  const hash = createHash("sha256").update(JSON.stringify([...how, process.arch]));
  if (part.files) hash.update(JSON.stringify(part.files));
  const source = sourceFolder(part);
  for (const file of readdirSync(source, { recursive: true, encoding: "utf8" }).sort()) {
    if (/\.(mod|sum|go|txt)$/.test(file)) hash.update(file).update(readFileSync(join(source, file)));
  }
  return join(cacheFolder(), `${part.name}-${versionOf(part)}-${hash.digest("hex").slice(0, HASH_LENGTH)}`);
}

function linkerFlags(part: GoPart): string {
  const stamps = Object.entries(part.stamp(versionOf(part))).map(([name, value]) => `-X ${name}=${value}`);
  return ["-s", "-w", ...stamps].join(" ");
}

/** Into a folder of its own, which gets its name once it is complete: a build that was cut off leaves nothing behind. */
async function buildPart(part: Part, signal?: AbortSignal): Promise<void> {
  const folder = builtFolder(part);
  const unfinished = join(cacheFolder(), `.${basename(folder)}.${process.pid}`);
  mkdirSync(join(unfinished, "bin"), { recursive: true });
  mkdirSync(join(unfinished, "files"));
  try {
    await (isPython(part) ? takePrograms(part, unfinished, signal) : goBuild(part, unfinished, signal));
    if (!existsSync(folder)) renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

async function goBuild(part: GoPart, folder: string, signal?: AbortSignal): Promise<void> {
  for (const [program, goPackage] of Object.entries(part.programs)) {
    const out = join(folder, "bin", program);
    await go(part, ["build", ...FLAGS, `-ldflags=${linkerFlags(part)}`, "-o", out, goPackage], signal);
  }
  for (const [name, { module, paths }] of Object.entries(part.files ?? {})) {
    const { Dir: source } = JSON.parse(await go(part, ["mod", "download", "-json", module], signal));
    const texts = paths.map((path) => readFileSync(join(source, path), "utf8"));
    writeFileSync(join(folder, "files", name), texts.join("\n---\n"));
  }
}

/** The programs alone: an environment knows its own path, and would not survive a move. */
async function takePrograms(part: PythonPart, folder: string, signal?: AbortSignal): Promise<void> {
  const environment = join(folder, "environment");
  try {
    const python = await makeEnvironment(environment, join(sourceFolder(part), "requirements.txt"), signal);
    const asked = ["-c", "import sysconfig; print(sysconfig.get_path('platlib'))"];
    const packages = (await run(python, asked, { signal })).stdout.trim();
    for (const [program, file] of Object.entries(part.programs)) {
      renameSync(join(packages, file), join(folder, "bin", program));
      chmodSync(join(folder, "bin", program), 0o755);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw new UserError(`lab: Python can't install ${part.name}: ${(error as Error).message}`);
  }
  rmSync(environment, { recursive: true });
}

async function go(part: GoPart, args: string[], signal?: AbortSignal): Promise<string> {
  const options = { cwd: sourceFolder(part), env: { ...process.env, ...ENVIRONMENT }, signal };
  try {
    return (await run("go", args, options)).stdout.trim();
  } catch (error) {
    signal?.throwIfAborted();
    const { stderr, message } = error as Error & { stderr?: string };
    throw new UserError(`lab: go can't build ${part.name}: ${stderr?.trim() || message}`);
  }
}

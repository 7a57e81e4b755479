/** Where a project's program begins, as Pulumi's Node.js language host finds it. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

interface Manifest {
  readonly type?: unknown;
  readonly main?: unknown;
  readonly exports?: unknown;
}

const FIRST_FILES = ["index.js", "index.mjs", "index.ts", "index.mts"];

/**
 * The first file of the program, relative to the project's folder: `main` of Pulumi.yaml, a file or a folder; else what
 * package.json names; else index.js or index.ts. See `cmd/run/run.ts` in sdk/nodejs of pulumi/pulumi.
 *
 * @param declared `main` of Pulumi.yaml
 */
export function entryOf(folder: string, declared: unknown): string {
  if (typeof declared === "string") return firstFile(folder, declared) ?? declared;
  const named = mainOf(manifestAt(folder));
  return (named === undefined ? undefined : firstFile(folder, named)) ?? firstFile(folder, ".") ?? "index.ts";
}

/** What a program exports that is a module of ECMAScript, by its package: the default alone, if there is one. */
export function exportOf(entry: string, exported: unknown): unknown {
  const isModule = isMap(exported) && "default" in exported && packageOf(dirname(entry)).type === "module";
  return isModule ? exported.default : exported;
}

/** A path to a file; of a folder that to its first file. */
function firstFile(folder: string, path: string): string | undefined {
  const found = statSync(join(folder, path), { throwIfNoEntry: false });
  if (found?.isFile()) return path;
  if (found === undefined) return undefined;
  return FIRST_FILES.map((name) => join(path, name)).find((file) => existsSync(join(folder, file)));
}

function mainOf({ main, exports }: Manifest): string | undefined {
  const own = isMap(exports) ? exports["."] : exports;
  const file = isMap(own) ? (own.default ?? own.require ?? own.import) : own;
  return [exports === undefined ? main : file].find((each) => typeof each === "string");
}

function packageOf(folder: string): Manifest {
  if (existsSync(join(folder, "package.json")) || dirname(folder) === folder) return manifestAt(folder);
  return packageOf(dirname(folder));
}

/** What can't be read is the package manager's to tell. */
function manifestAt(folder: string): Manifest {
  try {
    const content: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return isMap(content) ? content : {};
  } catch {
    return {};
  }
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

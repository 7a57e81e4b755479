/** A program's own files as one script, which can run again and again, each time with modules of its own. */
import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire, SourceMap, wrap } from "node:module";
import { dirname, join, resolve } from "node:path";
import { Script } from "node:vm";
import type { BuildFailure, Loader, Plugin } from "esbuild";
import { UserError } from "../base/user-error";

type Run = (exports: object, require: NodeJS.Require, module: object, file: string, folder: string) => void;

interface Bundle {
  readonly run: Run;
  /** What it was made of, and what else could have been taken instead: paths of files and folders. */
  readonly sources: readonly string[];
  readonly stamp: string;
  /** Where its lines come from, as a source map. */
  readonly map: string;
}

/** By entry. */
const bundles = new Map<string, Bundle>();

/**
 * Runs a program anew and answers what its entry exports. Its own files become one script, which is made again when one of
 * them has changed; packages stay loaded.
 *
 * @param entry path of the program's first file
 * @throws UserError when a file is no TypeScript or JavaScript, a line each with its place, and whatever the program throws
 */
export async function runBundled(entry: string): Promise<unknown> {
  let bundle = bundles.get(entry);
  if (bundle === undefined || bundle.stamp !== stampOf(bundle.sources)) {
    bundle = await bundled(entry);
    bundles.set(entry, bundle);
  }
  const module: { exports: object } = { exports: {} };
  bundle.run(module.exports, createRequire(entry), module, entry, dirname(entry));
  return module.exports;
}

/** A stack trace with the places of the program's own files in place of those in its script. */
export function withOwnPlaces(stack: string, entry: string): string {
  const bundle = bundles.get(entry);
  if (bundle === undefined) return stack;
  const map = new SourceMap(JSON.parse(bundle.map));
  return stack.replaceAll(
    /(\S*):(\d+):(\d+)/g,
    (place: string, file: string, line: string, column: string) => {
      if (!file.endsWith(entry)) return place;
      const from = map.findEntry(Number(line) - 1, Number(column) - 1);
      if (!("originalSource" in from)) return place;
      const before = file.slice(0, file.length - entry.length);
      return `${before}${resolve(dirname(entry), from.originalSource)}:${from.originalLine + 1}:${from.originalColumn + 1}`;
    },
  );
}

async function bundled(entry: string): Promise<Bundle> {
  const folder = dirname(entry);
  const { build } = await import("esbuild");
  try {
    const { outputFiles, metafile } = await build({
      absWorkingDir: folder,
      entryPoints: [entry],
      bundle: true,
      write: false,
      metafile: true,
      platform: "node",
      target: "node20",
      format: "cjs",
      packages: "external",
      keepNames: true,
      outfile: join(folder, "bundle.js"),
      sourcemap: "external",
      supported: { "dynamic-import": false },
      plugins: [ownPlaces],
      logLevel: "silent",
    });
    const files = Object.keys(metafile.inputs).map((file) => resolve(folder, file));
    const settings = ["tsconfig.json", "package.json"].map((name) => join(folder, name));
    const sources = [...new Set([...files, ...files.map(dirname), ...settings])];
    const [text = "", map = "{}"] = [".js", ".js.map"].map(
      (ending) => outputFiles.find(({ path }) => path.endsWith(ending))?.text,
    );
    const run: Run = new Script(wrap(text), { filename: entry }).runInThisContext();
    return { run, sources, stamp: stampOf(sources), map };
  } catch (error) {
    const { errors } = error as BuildFailure;
    if (errors === undefined) throw error;
    const lines = errors.map(({ text, location }) =>
      location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text,
    );
    throw new UserError(lines.join("\n"));
  }
}

function stampOf(sources: readonly string[]): string {
  const one = (path: string): string => {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? "none" : `${stats.ino} ${stats.size} ${stats.mtimeNs}`;
  };
  return sources.map(one).join("\n");
}

const LOADERS: Readonly<Record<string, Loader>> = { ts: "ts", tsx: "tsx", mts: "ts", cts: "ts" };

/** Each file of a bundle keeps its own `__dirname` and `__filename`. */
const ownPlaces: Plugin = {
  name: "own-places",
  setup(build) {
    build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      if (!/\b__(dirname|filename)\b/.test(text)) return undefined;
      const places = { __dirname: dirname(path), __filename: path };
      const head = Object.entries(places).map(([name, place]) => `var ${name} = ${JSON.stringify(place)};`);
      const ending = path.slice(path.lastIndexOf(".") + 1);
      return { contents: head.join(" ") + text, loader: LOADERS[ending] ?? "jsx" };
    });
  },
};

/**
 * A TypeScript program as one script: its own files in one, the packages left where they are. A script is made anew as soon as
 * one of the files has changed, and is kept in `node_modules/.cache` with the code that V8 made of it.
 *
 * This file is JavaScript, as it is what loads the TypeScript.
 */
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const { createRequire, SourceMap, wrap } = require("node:module");
const { basename, dirname, join, relative, resolve, sep } = require("node:path");
const { Script } = require("node:vm");
const { make, OUTSIDE, UnreadableProgram } = require("./bundler.js");

/**
 * @typedef {import("./bundler").Made} Made
 *
 * @typedef {object} Bundle
 * @property {(exports: object, require: NodeJS.Require, module: object, file: string, folder: string) => void} run
 * @property {() => string | undefined} map where its lines come from; undefined if that is gone
 * @property {() => boolean} isFresh whether all that it was made of is as it was then
 * @property {boolean} asksForLibrary
 * @property {object} [exports] of the library, once it has run
 */

const LIBRARY = OUTSIDE["#library"];

/** @type {Map<string, Bundle>} by the program's first file */
const bundles = new Map();

/**
 * Runs a program anew and answers what its first file exports.
 *
 * @param {string} entry path of the first file
 * @returns {Promise<unknown>}
 * @throws {UnreadableProgram} and whatever the program throws
 */
async function runProgram(entry) {
  const bundle = await freshBundle(entry);
  if (bundle.asksForLibrary) await freshBundle(LIBRARY);
  return runBundle(bundle, entry, { exports: {} });
}

/** @param {string} entry */
async function freshBundle(entry) {
  const known = bundles.get(entry);
  const bundle = known?.isFresh() ? known : (keptBundle(entry) ?? madeBundle(entry, await make(entry)));
  bundles.set(entry, bundle);
  return bundle;
}

/** Has `require` take a TypeScript file with all that it imports as one script. */
function registerTypeScript() {
  require.extensions[".ts"] = (module, entry) => {
    runBundle(bundleAtOnce(entry), entry, module);
  };
  process.on("uncaughtExceptionMonitor", showOwnPlaces);
  // Whoever handles rejections prints their stack traces; without a handler the listener above sees them.
  const addBefore = (/** @type {string | symbol} */ name) => {
    if (name !== "unhandledRejection") return;
    process.off("newListener", addBefore);
    process.on("unhandledRejection", showOwnPlaces);
  };
  process.on("newListener", addBefore);
}

/** @param {unknown} error */
function showOwnPlaces(error) {
  if (error instanceof Error && error.stack !== undefined) error.stack = withOwnPlaces(error.stack);
}

/**
 * A stack trace with the places of programs' own files in place of those in their scripts.
 *
 * @param {string} stack
 * @returns {string}
 */
function withOwnPlaces(stack) {
  /** @type {Map<string, SourceMap>} */
  const maps = new Map();
  return stack.replaceAll(/(\/\S*|[A-Z]:\\\S*):(\d+):(\d+)/g, (place, file, line, column) => {
    const lines = maps.has(file) ? undefined : bundles.get(file)?.map();
    if (lines !== undefined) maps.set(file, new SourceMap(JSON.parse(lines)));
    const map = maps.get(file);
    if (map === undefined) return place;
    const from = map.findEntry(Number(line) - 1, Number(column) - 1);
    if (!("originalSource" in from)) return place;
    return `${resolve(dirname(file), from.originalSource)}:${from.originalLine + 1}:${from.originalColumn + 1}`;
  });
}

/**
 * @param {Bundle} bundle
 * @param {string} entry
 * @param {{ exports: object }} module
 */
function runBundle(bundle, entry, module) {
  const require = createRequire(entry);
  const own = (/** @type {string} */ id) => outside[id]?.() ?? require(id);
  bundle.run(module.exports, Object.assign(own, require), module, entry, dirname(entry));
  return module.exports;
}

/** @type {Readonly<Record<string, () => object>>} what scripts ask for by names of their own */
const outside = { "#bundle": () => module.exports, "#library": library };

/** What the library exports. It runs if it hasn't yet as its files are now. */
function library() {
  const bundle = bundles.get(LIBRARY) ?? bundleAtOnce(LIBRARY);
  bundle.exports ??= runBundle(bundle, LIBRARY, { exports: {} });
  return bundle.exports;
}

/** @param {string} entry */
function bundleAtOnce(entry) {
  const bundle = keptBundle(entry) ?? madeBundle(entry, madeByChild(entry));
  bundles.set(entry, bundle);
  return bundle;
}

/**
 * @param {string} entry
 * @param {Made} made
 */
function madeBundle(entry, made) {
  tryTo(() => keep(entry, made));
  return bundleOf(entry, made.text, () => made.map, stampOf(entry, made.sources), made.sources);
}

/** Longest script with its map, in bytes. */
const LONGEST = 2 ** 28;

/**
 * For `require`, which can't wait: esbuild's plugins need a process that can.
 *
 * @param {string} entry
 * @returns {Made}
 */
function madeByChild(entry) {
  try {
    const words = [join(__dirname, "bundler.js"), entry];
    return JSON.parse(
      execFileSync(process.execPath, words, { stdio: "pipe", encoding: "utf8", maxBuffer: LONGEST }),
    );
  } catch (error) {
    const { stderr } = /** @type {{ stderr?: string }} */ (error);
    throw stderr === undefined ? error : new UnreadableProgram(stderr.trim());
  }
}

/**
 * What the files of a kept bundle begin with: in the real `node_modules` next to the program. Where that is a link, as
 * beside another revision's files in a folder for a moment, nothing is kept.
 *
 * @param {string} entry
 */
function placeOf(entry) {
  for (let folder = dirname(entry); ; folder = dirname(folder)) {
    const packages = join(folder, "node_modules");
    const found = fs.lstatSync(packages, { throwIfNoEntry: false });
    if (found?.isDirectory()) {
      const name = relative(folder, entry).replaceAll(sep, "+");
      return join(packages, ".cache", "canary-traffic", `${name}-${process.version}`);
    }
    if (found !== undefined || folder === dirname(folder)) return undefined;
  }
}

/**
 * The bundle that an earlier process kept; undefined if a file has changed since.
 *
 * @param {string} entry
 * @returns {Bundle | undefined}
 */
function keptBundle(entry) {
  const place = placeOf(entry);
  if (place === undefined) return undefined;
  try {
    const { stamp, sources, id } = JSON.parse(fs.readFileSync(`${place}.json`, "utf8"));
    const paths = sources.map((/** @type {string} */ source) => resolve(dirname(entry), source));
    if (stampOf(entry, paths) !== stamp) return undefined;
    const text = fs.readFileSync(`${place}-${id}.js`, "utf8");
    const map = () => readIfThere(`${place}-${id}.map`)?.toString();
    return bundleOf(entry, text, map, stamp, paths, `${place}-${id}.v8`);
  } catch {
    return undefined;
  }
}

/**
 * @param {string} entry
 * @param {string} text
 * @param {() => string | undefined} map
 * @param {string} stamp
 * @param {string[]} sources
 * @param {string} [codeFile] where V8's code of it is, or shall be
 * @returns {Bundle}
 */
function bundleOf(entry, text, map, stamp, sources, codeFile) {
  const code = codeFile === undefined ? undefined : readIfThere(codeFile);
  const script = new Script(wrap(text), { filename: entry, cachedData: code });
  if (codeFile !== undefined && (code === undefined || script.cachedDataRejected))
    process.once("exit", () => tryTo(() => write(codeFile, script.createCachedData())));
  const isFresh = () => stampOf(entry, sources) === stamp;
  return {
    run: script.runInThisContext(),
    map,
    isFresh,
    asksForLibrary: text.includes('require("#library")'),
  };
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}

/** @param {() => void} work what may fail, as it only saves time */
function tryTo(work) {
  try {
    work();
  } catch {}
}

/**
 * @param {string} entry
 * @param {Made} made
 */
function keep(entry, { text, map, sources }) {
  const place = placeOf(entry);
  if (place === undefined) return;
  const folder = dirname(place);
  fs.mkdirSync(folder, { recursive: true });
  const id = `${process.pid}-${Date.now().toString(36)}`;
  write(`${place}-${id}.js`, text);
  write(`${place}-${id}.map`, map);
  const paths = sources.map((source) => relative(dirname(entry), source));
  write(`${place}.json`, JSON.stringify({ stamp: stampOf(entry, sources), sources: paths, id }));
  const [all, own] = [`${basename(place)}-`, `${basename(place)}-${id}.`];
  for (const name of fs.readdirSync(folder).filter((file) => file.startsWith(all) && !file.startsWith(own)))
    fs.rmSync(join(folder, name), { force: true });
}

/**
 * Whole or not at all, as other processes read it.
 *
 * @param {string} file
 * @param {string | Buffer} content
 */
function write(file, content) {
  const draft = `${file}.${process.pid}.draft`;
  fs.writeFileSync(draft, content);
  fs.renameSync(draft, file);
}

/**
 * @param {string} entry
 * @param {string[]} sources
 */
function stampOf(entry, sources) {
  const one = (/** @type {string} */ path) => {
    const stats = fs.statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? "none" : `${stats.ino} ${stats.size} ${stats.mtimeNs}`;
  };
  return [entry, ...sources.map(one)].join("\n");
}

module.exports = { registerTypeScript, runProgram, UnreadableProgram, withOwnPlaces };

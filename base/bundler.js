/** Makes one script of a TypeScript program. This file is JavaScript, as it is what loads the TypeScript. */
const fs = require("node:fs");
const { createRequire, isBuiltin } = require("node:module");
const { dirname, isAbsolute, join, resolve, sep } = require("node:path");

/**
 * @typedef {object} Made
 * @property {string} text the script
 * @property {string} map where its lines come from, as a source map
 * @property {string[]} sources what it was made of, and what else could have been taken instead: paths of files and folders
 */

/** A file of the program is no TypeScript or JavaScript, or isn't there: a line for each such place. */
class UnreadableProgram extends Error {}

/**
 * @param {string} entry
 * @returns {Promise<Made>}
 */
async function make(entry) {
  const folder = dirname(entry);
  const { build } = require("esbuild");
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
      keepNames: true,
      outfile: join(folder, "bundle.js"),
      resolveExtensions: [".ts", ".tsx", ".js", ".jsx", ".json"],
      sourcemap: "external",
      supported: { "dynamic-import": false },
      plugins: [ownPlaces, outside, packages],
      logLevel: "silent",
    });
    const files = Object.keys(metafile.inputs).map((file) => resolve(folder, file));
    const settings = ["tsconfig.json", "package.json"].map((name) => join(folder, name));
    const sources = [...new Set([...files, ...files.map((file) => dirname(file)), ...settings, __filename])];
    const contentOf = (/** @type {string} */ ending) =>
      outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? "";
    return { text: contentOf(".js"), map: contentOf(".js.map"), sources };
  } catch (error) {
    const { errors } = /** @type {import("esbuild").BuildFailure} */ (error);
    if (errors === undefined) throw error;
    const lines = errors.map(({ text, location }) =>
      location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text,
    );
    throw new UnreadableProgram(lines.join("\n"));
  }
}

/** @type {Readonly<Record<string, import("esbuild").Loader>>} */
const LOADERS = { ts: "ts", tsx: "tsx", mts: "ts", cts: "ts" };

/** @type {import("esbuild").Plugin} Each file of a bundle keeps its own `__dirname` and `__filename`. */
const ownPlaces = {
  name: "own-places",
  setup(build) {
    build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, ({ path }) => {
      const text = fs.readFileSync(path, "utf8");
      if (!/\b__(dirname|filename)\b/.test(text)) return undefined;
      const places = { __dirname: dirname(path), __filename: path };
      const head = Object.entries(places).map(([name, place]) => `var ${name} = ${JSON.stringify(place)};`);
      const ending = path.slice(path.lastIndexOf(".") + 1);
      return { contents: head.join(" ") + text, loader: LOADERS[ending] ?? "jsx" };
    });
  },
};

/**
 * What a script asks for by a name of its own, by that name. What runs scripts is no part of one: it knows of all that a process
 * runs. What declares a stack by its settings does nothing as it loads and remembers nothing, so that a process needs it once: a sixth
 * of a small evaluation was its schema.
 */
const OUTSIDE = {
  "#bundle": join(__dirname, "bundle.js"),
  "#library": join(__dirname, "../stacks/program.ts"),
};
/** The library as a package. */
const LIBRARY_PACKAGE = "canary-traffic";

/** @type {import("esbuild").Plugin} */
const outside = {
  name: "outside",
  setup(build) {
    build.onResolve({ filter: /\/(bundle\.js|program)$/ }, ({ path, resolveDir, kind }) => {
      if (kind === "entry-point") return undefined;
      const files = [path, `${path}.ts`].map((name) => resolve(resolveDir, name));
      const found = Object.entries(OUTSIDE).find(([, file]) => files.includes(file));
      return found && { path: found[0], external: true };
    });
  },
};

/** A script has few of its hundred modules, as far as it is imported as a namespace, and every command would load them all. */
const SCHEMAS = "zod";

/**
 * Other packages stay outside, and are loaded once a process. A library of components is part of the program: what it declares
 * while it loads has to be declared at each run.
 *
 * @type {import("esbuild").Plugin}
 */
const packages = {
  name: "packages",
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, resolveDir, kind }) => {
      if (kind === "entry-point" || isAbsolute(path) || path === SCHEMAS) return undefined;
      const [first = "", second = ""] = path.split("/");
      const name = first.startsWith("@") ? `${first}/${second}` : first;
      const folder = isBuiltin(path) ? undefined : packageFolder(name, resolveDir);
      if (folder !== undefined && declaresResources(name, folder)) return undefined;
      const isNested = resolveDir.split(sep).includes("node_modules");
      const from = isNested && folder !== undefined ? resolvedFrom(path, resolveDir) : path;
      return { path: from, external: true };
    });
  },
};

/**
 * @param {string} name
 * @param {string} from folder of the file that imports it
 * @returns {string | undefined}
 */
function packageFolder(name, from) {
  const folder = join(from, "node_modules", name);
  if (fs.existsSync(join(folder, "package.json"))) return folder;
  return dirname(from) === from ? undefined : packageFolder(name, dirname(from));
}

/**
 * Whether a package is a library of components: one that is made with Pulumi's SDK, and neither that nor a provider's nor this one.
 *
 * @param {string} name
 * @param {string} folder
 */
function declaresResources(name, folder) {
  if (name.startsWith("@pulumi/") || name === LIBRARY_PACKAGE) return false;
  const { dependencies, peerDependencies, pulumi } = JSON.parse(
    fs.readFileSync(join(folder, "package.json"), "utf8"),
  );
  const isProvider = pulumi?.resource === true;
  return !isProvider && "@pulumi/pulumi" in { ...dependencies, ...peerDependencies };
}

/**
 * A library may have packages of its own, which its part of the script has to find.
 *
 * @param {string} path
 * @param {string} folder
 */
function resolvedFrom(path, folder) {
  try {
    return createRequire(join(folder, "index.js")).resolve(path);
  } catch {
    return path;
  }
}

module.exports = { make, OUTSIDE, UnreadableProgram };

if (require.main === module) {
  make(process.argv[2] ?? "").then(
    (made) => process.stdout.write(JSON.stringify(made)),
    (/** @type {Error} */ error) => {
      process.stderr.write(error.message);
      process.exitCode = 1;
    },
  );
}

/** Makes `dist/`, what the package is: scripts with their source maps, declarations, and the files that the scripts read. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { type BuildOptions, build, type Loader, type Plugin } from "esbuild";
import { parse, stringify } from "yaml";
import { buildIncluded, included } from "./included";
import { mapLines } from "./maps";
import { buildTypes } from "./types";

const ROOT = resolve(__dirname, "..");
const DIST = join(ROOT, "dist");

/** What a project imports, by the file of the package that has it. */
const ENTRIES = {
  program: "stacks/program",
  kubernetes: "components/kubernetes/index",
  aws: "components/aws/index",
} as const;

/** Folders whose files are in one script, each loaded when it is asked for; other scripts take them from there. */
const SHARED = ["base", "components", "stacks"];

/** Files that scripts read at the same place below the repository. */
const READ = [
  "reports/html/base.css",
  "reports/html/preview.css",
  "rollout/ui/page.css",
  "rollout/ui/page.js",
  "rollout/views/report.css",
  "Pulumi.dev.yaml",
  "policy/PulumiPolicy.yaml",
];

/** Short scripts by file: those that another process runs, or another program takes for its own. */
const STUBS: Readonly<Record<string, string>> = {
  // The stack of `canary demo`.
  "index.js": 'module.exports = require("./program.js").program();\n',
  "offline/base-child.js": 'require("../cli.js").baseChild();\n',
  "policy/index.js": 'require("../cli.js").policyPack();\n',
};

/** Archived, and asks for an older version of a package that others ask for, too: what is needed of it comes along. */
const INCLUDED = ["@pulumi/kubernetesx"];

/** Where a script is, at the head of each: files in it take their places from it. */
const PLACE = "__dist";

const LOADERS: Readonly<Record<string, Loader>> = { ts: "ts", js: "js" };

const places: Plugin = {
  name: "places",
  setup({ onLoad }) {
    onLoad({ filter: /\.[jt]s$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      if (path.includes("node_modules") || !/\b__dirname\b/.test(text)) return undefined;
      const folder = JSON.stringify(relative(ROOT, dirname(path)));
      const head = `var __dirname = require("node:path").join(${PLACE}, ${folder}); `;
      return { contents: head + text, loader: LOADERS[path.slice(-2)] ?? "ts" };
    });
  },
};

const packages: Plugin = {
  name: "packages",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === "entry-point" || INCLUDED.includes(path) ? undefined : { path, external: true },
    );
  },
};

const sharedFiles = SHARED.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file.slice(0, -3)).split(sep).join("/")),
);

const takenFromShared: Plugin = {
  name: "taken-from-shared",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const name = relative(ROOT, path).slice(0, -3).split(sep).join("/");
      if (!sharedFiles.includes(name)) return undefined;
      return { contents: `module.exports = ${shared(name)};`, loader: "js" };
    });
  },
};

/** The script beside the one that takes from it. */
const sharedPath: Plugin = {
  name: "shared-path",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/shared\.js$/ }, ({ path }) => ({ path, external: true }));
  },
};

/** An expression for what a shared file exports. */
const shared = (name: string): string => `require("./shared.js")[${JSON.stringify(name)}]()`;

/** The script of all shared files. */
const sharedScript = (): string =>
  sharedFiles.map((name) => `exports[${JSON.stringify(name)}] = () => require("./${name}");`).join("\n");

async function buildScripts(): Promise<void> {
  const stdin = { contents: sharedScript(), resolveDir: ROOT };
  await bundled({ stdin, outfile: join(DIST, "shared.js"), plugins: [included, places, packages] });
  const entryPoints = { cli: "packaging/commands.ts" };
  await bundled({
    entryPoints,
    outdir: DIST,
    plugins: [sharedPath, included, takenFromShared, places, packages],
  });
  for (const script of ["shared", "cli"]) mapLines(join(DIST, `${script}.js.map`));
}

const OPTIONS: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  keepNames: true,
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: "linked",
  sourcesContent: false,
  legalComments: "inline",
  banner: { js: `var ${PLACE} = __dirname;` },
  supported: { "dynamic-import": false },
  logLevel: "warning",
};

const bundled = (options: BuildOptions): Promise<unknown> => build({ ...OPTIONS, ...options });

/** All components from one file: who asks for those of one kind alone needs no package of the other. */
function components(): string {
  const kinds = ["kubernetes", "aws"] as const;
  return entryScript(kinds.flatMap((kind) => namesOf(kind).map((name) => ({ from: ENTRIES[kind], name }))));
}

/** Exports each name, and loads where it is from when it is asked for. */
function entryScript(names: readonly { readonly from: string; readonly name: string }[]): string {
  const getters = names.map(
    ({ from, name }) => `  ${name}: { enumerable: true, get: () => ${shared(from)}.${name} },`,
  );
  // The last line is for who imports it from a module of ECMAScript: Node looks for names in the text.
  return [
    '"use strict";',
    "Object.defineProperties(exports, {",
    ...getters,
    "});",
    `0 && (module.exports = { ${names.map(({ name }) => name).join(", ")} });`,
    "",
  ].join("\n");
}

/** What an entry exports beside types. */
const namesOf = (entry: keyof typeof ENTRIES): string[] => Object.keys(require(join(ROOT, ENTRIES[entry])));

function writeFiles(): void {
  const { runtime: _, ...project } = parse(readFileSync(join(ROOT, "Pulumi.yaml"), "utf8"));
  const files = {
    ...STUBS,
    ...Object.fromEntries(
      Object.entries(ENTRIES).map(([entry, from]) => [
        `${entry}.js`,
        entryScript(namesOf(entry as keyof typeof ENTRIES).map((name) => ({ from, name }))),
      ]),
    ),
    "components.js": components(),
    "Pulumi.yaml": stringify({ ...project, main: "index.js", runtime: "nodejs" }),
    "policy/package.json": '{ "main": "index.js" }\n',
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(DIST, name)), { recursive: true });
    writeFileSync(join(DIST, name), text);
  }
  for (const name of READ) cpSync(join(ROOT, name), join(DIST, name));
}

async function main(): Promise<void> {
  rmSync(DIST, { recursive: true, force: true });
  await buildScripts();
  await buildIncluded(DIST, ROOT, OPTIONS);
  writeFiles();
  await buildTypes(DIST);
}

main().catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});

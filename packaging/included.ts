/**
 * Packages whose code comes along in scripts of the package's own, without what does not run: installed, they are larger than all the
 * rest. Each script is loaded when one of its packages is asked for.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";

/** By the script that has them: what most commands need, and what few do. */
const SCRIPTS: Readonly<Record<string, readonly string[]>> = {
  "packages.js": [
    "commander",
    "fastest-levenshtein",
    "picocolors",
    "semver",
    "simple-statistics",
    "yaml",
    "zod",
  ],
  "clients.js": [
    "@aws-sdk/client-auto-scaling",
    "@aws-sdk/client-cloudwatch",
    "@aws-sdk/client-ec2",
    "@aws-sdk/client-elastic-load-balancing",
    "@aws-sdk/client-elastic-load-balancing-v2",
    "@aws-sdk/client-route-53",
    "@aws-sdk/client-sts",
    "@aws-sdk/credential-provider-node",
    "@clack/prompts",
    "@influxdata/influxdb-client",
    "@kubernetes/client-node",
    "@observablehq/plot",
    "http-proxy-3",
    "json-p3",
    "linkedom",
    "log-update",
    "sparkly",
  ],
};

const scriptOf = (name: string): string | undefined =>
  Object.keys(SCRIPTS).find((script) => SCRIPTS[script]?.includes(name));

/** Takes included packages from their scripts. */
export const included: Plugin = {
  name: "included",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^./]/ }, ({ path }) =>
      scriptOf(path) === undefined ? undefined : { path, namespace: "included" },
    );
    onResolve({ filter: /^\.\/\w+\.js$/, namespace: "included" }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /.*/, namespace: "included" }, ({ path }) => ({
      contents: `module.exports = require("./${scriptOf(path)}")[${JSON.stringify(path)}]();`,
    }));
  },
};

/**
 * Writes the scripts, and beside them the licences of all that is in them.
 *
 * @param dist folder to write to
 */
export async function buildIncluded(dist: string, root: string, options: BuildOptions): Promise<void> {
  const folders = new Set<string>();
  for (const [script, names] of Object.entries(SCRIPTS)) {
    const lines = names.map((name) => `exports["${name}"] = () => require("${name}");`);
    const { metafile } = await build({
      ...options,
      stdin: { contents: lines.join("\n"), resolveDir: root },
      outfile: join(dist, script),
      sourcemap: false,
      minify: true,
      legalComments: "none",
      metafile: true,
    });
    for (const file of Object.keys(metafile.inputs)) {
      const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
      if (folder !== undefined) folders.add(join(root, folder));
    }
  }
  writeFileSync(join(dist, "LICENSES.txt"), licences([...folders].sort()));
}

/** Who wrote which package, and what of it may be done: a text that several have stands once. */
function licences(folders: readonly string[]): string {
  const byText = new Map<string, string[]>();
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((each) => /^(licen[cs]e|copying)/i.test(each));
    const text = file === undefined ? "" : readFileSync(join(folder, file), "utf8").trim();
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version}, ${license}`]);
  }
  return [...byText].map(([text, packages]) => `${packages.join("\n")}\n\n${text}\n`).join("\n\n");
}

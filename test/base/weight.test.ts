import assert from "node:assert/strict";
import { resolve } from "node:path";
import { buildSync } from "esbuild";

const PROJECT = resolve(__dirname, "../..");

/** The SDK's barrel loads hundreds of modules, npm's own among them, and evaluations alone need it. */
describe("what a rollout and the settings load", () => {
  for (const entry of ["rollout/machine/session.ts", "cli/settings.ts", "stacks/settings.ts"])
    it(`is without Pulumi's SDK: ${entry}`, () => {
      const { metafile } = buildSync({
        entryPoints: [resolve(PROJECT, entry)],
        bundle: true,
        platform: "node",
        packages: "external",
        write: false,
        metafile: true,
        outdir: "unused",
        absWorkingDir: PROJECT,
      });
      const loads = Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
        imports.flatMap(({ path, kind }) =>
          kind === "import-statement" && path.startsWith("@pulumi/") ? [`${file} imports ${path}`] : [],
        ),
      );
      assert.deepEqual(loads, []);
    });
});

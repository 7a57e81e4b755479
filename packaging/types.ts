/** The declarations of what the package exports, a file for each entry and what they share. */
import { join, resolve } from "node:path";
import { type OutputPlugin, rollup } from "rollup";
import { dts } from "rollup-plugin-dts";

const ROOT = resolve(__dirname, "..");

/** Entries by file, in groups that share nothing: what a program imports needs no types of AWS's or Kubernetes' package. */
const GROUPS: readonly Readonly<Record<string, string>>[] = [
  { program: "stacks/program.ts" },
  {
    components: "components/index.ts",
    kubernetes: "components/kubernetes/index.ts",
    aws: "components/aws/index.ts",
  },
];

/** A project that lacks a package, as it uses none of its types, can check the declarations all the same. */
const optionalPackages: OutputPlugin = {
  name: "optional-packages",
  renderChunk: (code) =>
    code.replaceAll(/^import .* from '(?:@pulumi\/(?:aws|kubernetes)|zod)\b.*$/gm, "// @ts-ignore\n$&"),
};

/** @param folder to write to */
export async function buildTypes(folder: string): Promise<void> {
  for (const group of GROUPS) {
    const input = Object.fromEntries(Object.entries(group).map(([name, file]) => [name, join(ROOT, file)]));
    const bundle = await rollup({
      input,
      external: /^[^./]/,
      plugins: [dts({ tsconfig: join(ROOT, "tsconfig.json") })],
      // The plugin tells of types that are shared and have no public name.
      onwarn: () => {},
    });
    await bundle.write({
      dir: folder,
      format: "es",
      chunkFileNames: "types/[name].d.ts",
      hoistTransitiveImports: false,
      plugins: [optionalPackages],
    });
    await bundle.close();
  }
}

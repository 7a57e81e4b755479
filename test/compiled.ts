import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { buildSync } from "esbuild";

/** A TypeScript program as one file of JavaScript, for processes that a test starts many times. */
export function compiled(entry: string): string {
  const outfile = join(mkdtempSync(join(tmpdir(), "canary-compiled-")), `${basename(entry, ".ts")}.js`);
  buildSync({ entryPoints: [entry], outfile, bundle: true, platform: "node", target: "node20" });
  return outfile;
}

/** A `pulumi` for machines without one. */
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for PATH with a `pulumi` that applies server-side what the program declares: see `inside/pulumi.ts`. */
export function standInEngine(): string {
  const folder = mkdtempSync(join(tmpdir(), "canary-stand-in-"));
  const script = join(__dirname, "inside", "pulumi.ts");
  writeFileSync(
    join(folder, "pulumi"),
    `#!/bin/sh\nexec "${process.execPath}" --require "${join(__dirname, "../../base/typescript.js")}" "${script}" "$@"\n`,
  );
  chmodSync(join(folder, "pulumi"), 0o755);
  return folder;
}

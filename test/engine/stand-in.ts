import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder with a plugin for AWS that makes nothing. */
export function standIn(): string {
  const folder = mkdtempSync(join(tmpdir(), "canary-stand-in-"));
  const plugin = join(folder, "pulumi-resource-aws");
  const provider = join(__dirname, "fixtures/aws-stand-in/provider.ts");
  writeFileSync(
    plugin,
    `#!/bin/sh\nexec "${process.execPath}" --require "${join(__dirname, "../../base/typescript.js")}" "${provider}" "$@"\n`,
  );
  chmodSync(plugin, 0o755);
  return folder;
}

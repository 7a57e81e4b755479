import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineProject, lacksEngine, PROJECT } from "./engine";

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

/** A project with stack prod of a block's own, on that plugin, while its tests run. Without an engine they are pending. */
export function projectOnStandIn(): () => EngineProject {
  let plugins: string | undefined;
  let project: EngineProject | undefined;
  before(async function () {
    if (lacksEngine() !== undefined) this.skip();
    plugins = standIn();
    project = new EngineProject(PROJECT, "prod", plugins);
    await project.init();
  });
  after(async () => {
    await project?.destroy();
    if (plugins !== undefined) rmSync(plugins, { recursive: true });
  });
  return () => {
    if (project === undefined) throw new Error("no project is there: use it in tests and hooks alone");
    return project;
  };
}

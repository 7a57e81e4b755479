/** A stand-in for Pulumi's CLI; there is no cluster either. */
import { chmodSync, readFileSync } from "node:fs";
import { readConfiguration } from "../../offline/configuration";
import { deployed } from "../../offline/preview";
import type { Project } from "./project";

/** The first `pulumi` on PATH until `remove`. The state of stack dev is `before`, and `after` once a file `updated` is there. */
export class PulumiStandIn {
  private readonly env = { PATH: process.env.PATH, KUBECONFIG: process.env.KUBECONFIG };

  /** @param onUp shell commands for `pulumi up`, in the project's folder */
  constructor(
    private readonly project: Project,
    onUp: string,
  ) {
    const { folder } = project;
    project.write(
      "pulumi",
      `#!/bin/sh
cd ${folder}
echo "$@" >> calls
case "$*" in
version*) echo v3.259.0 ;;
whoami*) echo '{"url": "file://${folder}/backend"}' ;;
"stack tag ls"*) test -e tags.json && cat tags.json || echo "{}" ;;
"stack tag set"*) "${process.execPath}" -e 'const [n, v] = process.argv.slice(1), f = "tags.json", fs = require("fs");
fs.writeFileSync(f, JSON.stringify({ ...(fs.existsSync(f) && JSON.parse(fs.readFileSync(f))), [n]: v }))' "$4" "$5" ;;
"stack export"*) test -e updated && cat after.json || cat before.json ;;
up*) ${onUp} ;;
*) echo "{}" ;;
esac
`,
    );
    chmodSync(`${folder}/pulumi`, 0o755);
    process.env.PATH = `${folder}:${process.env.PATH}`;
    process.env.KUBECONFIG = `${folder}/none`;
  }

  /** Has a state be what the stack file says now. */
  async state(name: "before" | "after"): Promise<void> {
    const { folder } = this.project;
    const resources = await deployed(folder, readConfiguration(folder, "dev"));
    this.project.write(`${name}.json`, JSON.stringify({ version: 3, deployment: { resources } }));
  }

  /** The command lines of all updates. */
  updates(): string[] {
    return readFileSync(`${this.project.folder}/calls`, "utf8")
      .split("\n")
      .filter((line) => line.startsWith("up "));
  }

  remove(): void {
    for (const [name, value] of Object.entries(this.env)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

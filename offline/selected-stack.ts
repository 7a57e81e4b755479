/** The stack that a project's user works on, as Pulumi's CLI knows it. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { readYaml } from "./yaml";

/** The organization of every stack in a backend without any: a bucket, or a folder. */
const NO_ORGANIZATION = /^organization\/[^/]+\//;

/**
 * What PULUMI_STACK says, or `pulumi stack select` chose; undefined if neither did, or its note is not to be read.
 *
 * Where the note is: `NewProjectWorkspace` in sdk/go/common/workspace/workspace.go of pulumi/pulumi.
 */
export function selectedStack(folder: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const name = env.PULUMI_STACK || noted(folder, env.PULUMI_HOME || join(homedir(), ".pulumi"));
  return name?.replace(NO_ORGANIZATION, "");
}

function noted(folder: string, home: string): string | undefined {
  const file = join(folder, "Pulumi.yaml");
  const hash = createHash("sha1").update(file).digest("hex");
  try {
    const note = join(home, "workspaces", `${readYaml(file).name}-${hash}-workspace.json`);
    const { stack } = JSON.parse(readFileSync(note, "utf8")) as { stack?: unknown };
    return typeof stack === "string" && stack !== "" ? stack : undefined;
  } catch {
    return undefined;
  }
}

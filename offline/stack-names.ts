/** How a stack is called, and where its file is: `workspace.DetectProjectStackPath` in sdk/go/common/workspace/paths.go of pulumi/pulumi. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readYaml } from "./yaml";

/** The name that a stack's file and its resources have: without organization and project. */
export const shortName = (stack: string): string => stack.slice(stack.lastIndexOf("/") + 1);

/** The folder with the stacks' files: the project's own, or its `stackConfigDir` (`config` of old). */
export function stackFolder(folder: string, project = readYaml(join(folder, "Pulumi.yaml"))): string {
  const { stackConfigDir, config } = project;
  const below =
    typeof stackConfigDir === "string" ? stackConfigDir : typeof config === "string" ? config : "";
  return join(folder, below);
}

export const stackFileName = (stack: string): string => `Pulumi.${shortName(stack)}.yaml`;

/** The file of a stack. @throws ConfigurationError when the project has none */
export const stackFile = (folder: string, stack: string): string =>
  join(stackFolder(folder), stackFileName(stack));

/** The stacks that have a file, by name. */
export function stackNames(folder: string): string[] {
  const found = readdirSync(stackFolder(folder)).map((file) => file.match(/^Pulumi\.([\w.-]+)\.yaml$/)?.[1]);
  return found.filter((name) => name !== undefined).sort();
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { data } from "../base/output";
import { findProject } from "../offline/configuration";
import { readYaml } from "../offline/yaml";

/** The namespace of the schema that ships. */
const SHIPPED = "canary-traffic";

/** `canary schema`: the JSON Schema of stacks' files, for editors; in a project of another name with its namespace. */
export function schemaCommand(): Command {
  return new Command("schema")
    .description("print the JSON Schema of stacks' files, by which editors complete and check settings")
    .action(() => {
      const text = readFileSync(join(__dirname, "..", "schema.json"), "utf8");
      data(text.replaceAll(`${SHIPPED}:`, `${namespace()}:`));
    });
}

/** That of the project here; of no project, or of one whose name can't be read, as it ships. */
function namespace(): string {
  try {
    const { name } = readYaml(join(findProject(process.cwd()), "Pulumi.yaml"));
    return typeof name === "string" && /^[\w.-]+$/.test(name) ? name : SHIPPED;
  } catch {
    return SHIPPED;
  }
}

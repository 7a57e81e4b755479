import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { resourcesJson } from "../offline/json";
import { fileName, renderObjects, toYaml } from "../offline/manifests";
import { evaluate } from "../offline/program";
import { UsageError } from "./errors";
import { choice, readStack, type StackOptions, withStackOptions } from "./options";

interface RenderOptions extends StackOptions {
  readonly format: "yaml" | "json";
  readonly out?: string;
}

/** `canary render`: what the program declares, as JSON, or its Kubernetes objects as YAML. */
export function renderCommand(): Command {
  return withStackOptions(new Command("render"))
    .description("print every resource that the program declares")
    .addOption(
      choice(
        "--format <format>",
        "yaml for Kubernetes objects, json for every resource",
        ["yaml", "json"],
        "yaml",
      ),
    )
    .option("--out <folder>", "write one file per object there instead (yaml)")
    .action(run);
}

async function run(options: RenderOptions): Promise<void> {
  if (options.out !== undefined && options.format !== "yaml") {
    throw new UsageError(`--out ${options.out}: allowed with --format yaml only`);
  }
  const { folder, asAsked } = readStack(options);
  const { states } = await evaluate(folder, asAsked, []);
  if (options.format === "json") {
    process.stdout.write(`${JSON.stringify(resourcesJson(states), null, 2)}\n`);
    return;
  }
  const { objects, leftOut, unknown } = renderObjects(states);
  if (unknown.length > 0) throw new UsageError(unknown.join("\n"));
  for (const resource of leftOut)
    process.stderr.write(`left out, for it is no Kubernetes object: ${resource}\n`);
  if (options.out === undefined) {
    process.stdout.write(objects.map((object) => `---\n${toYaml(object)}`).join(""));
    return;
  }
  mkdirSync(options.out, { recursive: true });
  for (const object of objects) writeFileSync(join(options.out, fileName(object)), toYaml(object));
}

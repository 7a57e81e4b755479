import { Command } from "commander";
import { data, jsonText, tellLine } from "../base/output";
import { UserError } from "../base/user-error";
import { fileNames, type RenderedObjects, renderObjects, toYaml } from "../offline/manifests";
import { evaluate } from "../offline/program";
import { shownStates } from "../offline/secrets";
import { resourcesJson } from "../reports/json";
import { choice, type StackOptions, withStackOptions } from "./options";
import { writeFolder } from "./output-folder";
import { readStack } from "./read-stack";

interface RenderOptions extends StackOptions {
  readonly format: "yaml" | "json";
  readonly out?: string;
}

/** `canary render`: what the program declares, as JSON, or its Kubernetes objects as YAML. */
export function renderCommand(): Command {
  return withStackOptions(new Command("render"))
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
    throw new UserError(`--out ${options.out}: allowed with --format yaml only`);
  }
  const { folder, asAsked } = readStack(options);
  const states = shownStates((await evaluate(folder, asAsked, [])).states);
  if (options.format === "json") {
    data(jsonText(resourcesJson(states), 2));
    return;
  }
  const rendered = renderObjects(states);
  if (rendered.unknown.length > 0) throw new UserError(rendered.unknown.join("\n"));
  const objects = rendered.objects.map(toYaml);
  if (options.out === undefined) {
    data(objects.map((object) => `---\n${object}`).join(""));
  } else {
    const names = fileNames(rendered.objects);
    const files = new Map(objects.map((object, i) => [names[i] ?? "", object]));
    const removed = writeFolder(options.out, asAsked, files);
    if (removed.length > 0) {
      const count = removed.length === 1 ? "1 file" : `${removed.length} files`;
      tellLine(`removed ${count} from ${options.out}, no longer declared: ${removed.join(", ")}`);
    }
  }
  if (objects.length === 0) {
    tellLine(
      `stack ${options.stack} has no Kubernetes objects: ${states.length} resources are left out, which --format json prints`,
    );
  }
  for (const line of cautions(rendered)) tellLine(line);
}

/** What to know before applying the objects, a line each. */
function cautions({ leftOut, maskedAt }: RenderedObjects): string[] {
  return [
    ...leftOut.map((resource) => `left out, for it is no Kubernetes object: ${resource}`),
    ...maskedAt.map(
      ({ object, paths }) =>
        `warning: ${object}: ${paths.join(", ")} ${paths.length === 1 ? "is" : "are"} masked; as it is, applying it ` +
        'puts "[secret]" in place of the value: fill it in first, leave the object out, or let pulumi up apply it',
    ),
  ];
}

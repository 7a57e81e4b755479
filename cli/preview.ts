import { readFileSync } from "node:fs";
import { Command } from "commander";
import { deployedAt } from "../offline/base";
import { previewJson } from "../offline/json";
import { deployed, preview } from "../offline/preview";
import { CheckpointError, type ResourceState, readCheckpoint } from "../offline/state";
import { previewText } from "../offline/text";
import { EXIT, UsageError } from "./errors";
import { choice, readStack, type StackOptions, withStackOptions } from "./options";
import { progress } from "./progress";

interface PreviewOptions extends StackOptions {
  readonly base?: string;
  readonly state?: string;
  readonly format: "text" | "json";
  readonly json: boolean;
  readonly showSames: boolean;
  readonly expectNoChanges: boolean;
}

/** `canary preview`: what an update would do, without credentials, passphrase, engine or plugins. */
export function previewCommand(): Command {
  return withStackOptions(new Command("preview"))
    .description("show what an update would do; needs no cloud, no cluster and no passphrase")
    .option("--base <revision>", "compare with the program and configuration at this git revision")
    .option("--state <file>", "compare with what `pulumi stack export` wrote to this file")
    .addOption(choice("--format <format>", "how to print", ["text", "json"], "text"))
    .option("--json", "the same as --format json", false)
    .option("--show-sames", "list what stays the same, too", false)
    .option("--expect-no-changes", "exit 1 when anything would change", false)
    .action(async (options: PreviewOptions) => {
      process.exitCode = await run(options);
    });
}

async function run(options: PreviewOptions): Promise<number> {
  if (options.base !== undefined && options.state !== undefined) {
    throw new UsageError("--base and --state: allowed is one of them");
  }
  const { folder, asFiled, asAsked } = readStack(options);
  const olds = await oldSide();
  const result = await preview(folder, asAsked, olds);
  if (options.json || options.format === "json") {
    process.stdout.write(`${JSON.stringify(previewJson(result, options.showSames), null, 4)}\n`);
  } else {
    const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
    process.stdout.write(previewText(result, { showSames: options.showSames, colour }));
  }
  for (const refusal of result.refusals) process.stderr.write(`${refusal}\n`);
  const changes = result.steps.some((step) => step.op !== "same");
  return result.refusals.length > 0 || (options.expectNoChanges && changes) ? EXIT.no : EXIT.done;

  async function oldSide(): Promise<readonly ResourceState[]> {
    if (options.base !== undefined) {
      return deployedAt(folder, options.stack, options.base, progress);
    }
    if (options.state === undefined) return deployed(folder, asFiled);
    return readState(options.state);
  }
}

function readState(file: string): readonly ResourceState[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(
      `--state ${file}: ${(error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : (error as Error).message}`,
    );
  }
  try {
    return readCheckpoint(text);
  } catch (error) {
    throw error instanceof CheckpointError ? new UsageError(`--state ${file}: ${error.message}`) : error;
  }
}

import { Command, Option } from "commander";
import { tellLine } from "../base/output";
import { UserError } from "../base/user-error";
import { findProject } from "../offline/find-project";
import { preview } from "../offline/preview";
import { shownPreview } from "../offline/secrets";
import { stackNames } from "../offline/stack-names";
import { isRefusal } from "../policy/evaluate";
import { loosenedBy, previewFindings } from "../policy/preview";
import type { StackPreview, StackReport } from "../reports/report";
import { EXIT, report } from "./errors";
import { type OldSideOptions, oldSide, withOldSideOptions } from "./old-side";
import { choice, type StackOptions, withStackOptions } from "./options";
import { FORMATS, type PrintOptions, printedOut } from "./print";
import { readStack } from "./read-stack";

interface PreviewOptions extends StackOptions, OldSideOptions, PrintOptions {
  readonly allStacks: boolean;
  readonly json: boolean;
  readonly expectNoChanges: boolean;
}

/** `canary preview`: what an update would do, without credentials, passphrase, engine or plugins. */
export function previewCommand(): Command {
  return withOldSideOptions(withStackOptions(new Command("preview")))
    .addOption(
      new Option("--all-stacks", "every stack with a file").default(false).conflicts(["stack", "state"]),
    )
    .addOption(choice("--format <format>", "how to print", FORMATS, "text"))
    .option("--json", "the same as --format json", false)
    .option("--show-sames", "list what stays the same, too", false)
    .option("--expect-no-changes", "exit 1 when anything would change", false)
    .option(
      "--policy",
      "hold it against the stack's policies, too; exit 1 when a mandatory one is broken",
      false,
    )
    .action(async (options: PreviewOptions, command: Command) => {
      const asked = command.getOptionValueSource("format") === "default" ? undefined : options.format;
      process.exitCode = await run({ ...options, format: oneFormat(options.json, asked) });
    });
}

function oneFormat(json: boolean, format: PrintOptions["format"] | undefined): PrintOptions["format"] {
  if (json && format !== undefined && format !== "json") {
    throw new UserError(`--json and --format ${format}: allowed is one of them`);
  }
  return json ? "json" : (format ?? "text");
}

async function run(options: PreviewOptions): Promise<number> {
  const { format } = options;
  if (!options.allStacks) {
    const single = await previewStack(options);
    printedOut([single], options);
    return exitCode(single, options);
  }
  if (format === "json") {
    throw new UserError("--all-stacks: allowed with --format text, markdown or html; json holds one stack");
  }
  const reports: StackReport[] = [];
  const codes: number[] = [];
  for (const stack of stackNames(findProject(process.cwd()))) {
    try {
      const one = await previewStack({ ...options, stack });
      reports.push(one);
      codes.push(exitCode(one, options));
    } catch (error) {
      codes.push(report(error, stack));
      // A report stands for itself; of a text, stderr is a part.
      if (format !== "text") reports.push({ stack, error: (error as Error).message });
    }
  }
  printedOut(reports, options);
  return Math.max(EXIT.done, ...codes);
}

async function previewStack(options: PreviewOptions): Promise<StackPreview> {
  const { folder, asFiled, asAsked } = readStack(options);
  const { states, notes, providers, configuration: base } = await oldSide(options, folder, asFiled);
  for (const note of notes) tellLine(note);
  const result = await preview(folder, asAsked, states, providers);
  for (const refusal of result.refusals) tellLine(refusal);
  const findings = previewFindings(result, {
    ...(base && { base }),
    ...(!options.policy && { aboutUsersOnly: true }),
  });
  return {
    stack: options.stack,
    notes,
    preview: shownPreview(result),
    findings,
    loosened: loosenedBy(result, base),
  };
}

function exitCode({ preview, findings }: StackPreview, { expectNoChanges }: PreviewOptions): number {
  const changed =
    expectNoChanges && (preview.providers.length > 0 || preview.steps.some((step) => step.op !== "same"));
  return preview.refusals.length > 0 || changed || findings.some(isRefusal) ? EXIT.no : EXIT.done;
}

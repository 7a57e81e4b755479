import { Command } from "commander";
import { preview } from "../offline/preview";
import { isRefusal } from "../policy/evaluate";
import { previewFindings } from "../policy/preview";
import { findingsText } from "../policy/text";
import { EXIT } from "./errors";
import { type OldSideOptions, oldSide, withOldSideOptions } from "./old-side";
import { readStack, type StackOptions, withStackOptions } from "./options";

interface CheckOptions extends StackOptions, OldSideOptions {
  readonly json: boolean;
}

/** `canary check`: what the stack's policies say to an update, alone. Exits 1 when a mandatory rule is broken. */
export function checkCommand(): Command {
  return withOldSideOptions(withStackOptions(new Command("check")))
    .description("hold an update against the stack's policies")
    .option("--json", "print findings as JSON", false)
    .action(async (options: CheckOptions) => {
      process.exitCode = await check(options);
    });
}

async function check(options: CheckOptions): Promise<number> {
  const { folder, asFiled, asAsked } = readStack(options);
  const old = await oldSide(options, folder, asFiled);
  for (const note of old.notes) process.stderr.write(`${note}\n`);
  const findings = previewFindings(await preview(folder, asAsked, old.states));
  process.stdout.write(
    options.json ? `${JSON.stringify({ policies: findings }, null, 4)}\n` : findingsText(findings),
  );
  return findings.some(isRefusal) ? EXIT.no : EXIT.done;
}

import { Command } from "commander";
import { data, jsonText, print, tellLine } from "../base/output";
import { putPulumiOnPath } from "../base/pulumi-cli";
import { redactedDeep } from "../base/secrets";
import { UserError } from "../base/user-error";
import type { StackConfiguration } from "../offline/configuration";
import type { ResourceState } from "../offline/state";
import { status } from "../status";
import { differs, type Report, reportJson } from "../status/report";
import { reportText } from "../status/table";
import { deployedState, readState } from "./deployed-state";
import { EXIT } from "./errors";
import { type StackOptions, withStackOptions } from "./options";
import { progress } from "./progress";
import { readStack } from "./read-stack";

interface StatusCommandOptions extends StackOptions {
  readonly context?: string;
  readonly state?: string;
  readonly json: boolean;
}

/** `canary status`: weights as asked, effective and observed. Exits 1 if something is not as asked, 2 if not all can be read. */
export function statusCommand(): Command {
  return withStackOptions(new Command("status"))
    .option("--context <name>", "context of the kubeconfig; default kubernetes:context of the stack")
    .option(
      "--state <file>",
      "know AWS's resources by the ids in what `pulumi stack export` wrote to this file; default what the engine keeps",
    )
    .option("--json", "print as JSON", false)
    .action(async (options: StatusCommandOptions) => {
      const report = await read(options);
      const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
      if (options.json) data(jsonText(redactedDeep(reportJson(report)), 4));
      else print(reportText(report, colour));
      process.exitCode = exitCode(report);
    });
}

function exitCode(report: Report): number {
  if (report.unread.length > 0) return EXIT.badInput;
  return differs(report) ? EXIT.no : EXIT.done;
}

/** What takes longer than this, in milliseconds, is told. */
const PATIENCE = 2000;

async function read({ context, state, ...options }: StatusCommandOptions): Promise<Report> {
  const { folder, asAsked } = readStack(options);
  const given = state === undefined ? undefined : readState(state, asAsked);
  let doing = "Evaluating the program";
  const begun = Date.now();
  const slow = setInterval(
    () => progress(`${doing}, ${Math.round((Date.now() - begun) / 1000)} s`),
    PATIENCE,
  );
  try {
    return await status(folder, asAsked, {
      context,
      state: async () => given ?? stateOrNone(folder, asAsked),
      progress: (message) => {
        doing = message;
      },
    });
  } finally {
    clearInterval(slow);
  }
}

/** The engine's state; without it AWS's resources are told apart by their names and networks. */
async function stateOrNone(
  folder: string,
  configuration: StackConfiguration,
): Promise<readonly ResourceState[] | undefined> {
  if (!putPulumiOnPath(folder)) return undefined;
  try {
    return await deployedState(folder, configuration);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    tellLine(`AWS's resources are known by their names alone: ${error.message}`);
    return undefined;
  }
}

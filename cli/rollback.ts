/** `canary rollback`, as the command line has it; what it does is loaded once the stack is told. */
import { Command, Option } from "commander";
import type { RollbackOptions } from "./going-back";
import { collect, withChosenStack } from "./options";

/** `canary rollback`. Exits 1 where the weight is not observed in time. */
export function rollbackCommand(): Command {
  return withChosenStack(new Command("rollback"))
    .option("--app <name>", "app, or app/canary; repeatable; default all", collect, [])
    .addOption(
      new Option("--move", "take the users of a migration back to AWS by DNS, in place of canaries")
        .default(false)
        .conflicts("app"),
    )
    .addHelpText(
      "after",
      `
When: users suffer by a canary, whoever shifted it. It is right at any time, also beside a rollout that hangs or died.
If there is no pulumi here, it prints the kubectl and aws commands that do the same, and exits 1.
If a rollout runs on this machine and answers, canary abort does the same and keeps its report.`,
    )
    .action(async (options: RollbackOptions) => {
      const { rollback } = require("./going-back") as typeof import("./going-back");
      process.exitCode = await rollback(options);
    });
}

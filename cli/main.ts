import { Command, CommanderError } from "commander";
import { systemClock } from "../analysis/clock";
import { forgetSecrets } from "../base/secrets";
import { version } from "../package.json";
import { wiring } from "../rollout/wiring";
import { abortCommand, pauseCommand, resumeCommand } from "./abort";
import { adoptCommand } from "./adopt";
import { analyseCommand } from "./analyse";
import { approveCommand, judgeCommand } from "./approve";
import { checkCommand } from "./check";
import { completeCommand, completionCommand } from "./completion";
import { demoCommand } from "./demo";
import { doctorCommand } from "./doctor";
import { EXIT, report } from "./errors";
import { initCommand } from "./init";
import { labCommand } from "./lab";
import { previewCommand } from "./preview";
import { promoteCommand } from "./promote";
import { renderCommand } from "./render";
import { rollbackCommand } from "./rollback";
import { rolloutCommand } from "./rollout";
import { routersCommand } from "./routers";
import { schemaCommand } from "./schema";
import { statusCommand } from "./status";
import { upCommand } from "./up";
import { watchCommand } from "./watch";
import { watchdogCommand } from "./watchdog";

const onOneLine = {
  outputError: (message: string, write: (text: string) => void): void =>
    write(message.replace(/\n(?=.)/g, " ")),
};

const EXAMPLES = `
Examples:
  canary preview -s prod -c canaryWeight=25   what an update to 25 % would do
  canary rollout -s prod --to 100             to all users, step by step
  canary rollback -s prod                     back to the primary, now
  canary status -s prod                       what users get

Exit codes: 0 done; 1 no: a check failed, a rollout went back; 2 bad input; 3 of analyse alone: nobody can tell
`;

/**
 * Runs one command line.
 *
 * @param words the command and its arguments, without node and the script
 * @returns the exit code: 0 done, 1 a check said no, 2 bad input
 */
export async function canary(words: readonly string[]): Promise<number> {
  forgetSecrets();
  const program = new Command("canary")
    .description("Shift a share of real users to a canary with one number, on AWS and on Kubernetes")
    .version(version);
  const groups: Readonly<Record<string, readonly Command[]>> = {
    "Something is wrong:": [
      rollbackCommand(),
      abortCommand(),
      pauseCommand(),
      watchCommand(),
      watchdogCommand(systemClock),
    ],
    "Look, and change nothing:": [
      previewCommand(),
      checkCommand(),
      statusCommand(),
      renderCommand(),
      analyseCommand(),
      routersCommand(),
      schemaCommand(),
    ],
    "Roll out:": [
      rolloutCommand(wiring),
      approveCommand(),
      judgeCommand(),
      resumeCommand(),
      promoteCommand(),
    ],
    "Change:": [upCommand(), adoptCommand()],
    "Set up:": [initCommand(), doctorCommand(), completionCommand()],
    "Try it, without a cloud:": [demoCommand(), labCommand()],
  };
  const commands = Object.values(groups).flat();
  for (const [heading, members] of Object.entries(groups)) {
    program.commandsGroup(heading);
    for (const command of members) program.addCommand(command);
  }
  program.addCommand(completeCommand(), { hidden: true });
  program.addHelpText("after", EXAMPLES);
  // So that `canary lab exec` leaves options after its command to that command.
  program.enablePositionalOptions();
  for (const command of [program, ...commands, ...commands.flatMap((parent) => parent.commands)]) {
    command.exitOverride().configureOutput(onOneLine);
  }
  try {
    process.exitCode = EXIT.done;
    await program.parseAsync(words, { from: "user" });
    return Number(process.exitCode);
  } catch (error) {
    if (!(error instanceof CommanderError)) return report(error);
    return error.exitCode === 0 ? EXIT.done : EXIT.badInput;
  }
}

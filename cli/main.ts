import { Command, CommanderError, Help } from "commander";
import { forgetSecrets } from "../base/secrets";
import { version } from "../package.json";
import { type CommandEntry, groups, hidden } from "./commands";
import { EXIT, report } from "./errors";

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
  try {
    process.exitCode = EXIT.done;
    await commandLine(words).parseAsync(words, { from: "user" });
    return Number(process.exitCode);
  } catch (error) {
    if (!(error instanceof CommanderError)) return report(error);
    return error.exitCode === 0 ? EXIT.done : EXIT.badInput;
  }
}

/** All commands; those loaded whose names the words have. */
function commandLine(words: readonly string[]): Command {
  const program = new Command("canary")
    .description("Shift a share of real users to a canary with one number, on AWS and on Kubernetes")
    .version(version);
  program.configureHelp({ subcommandTerm });
  for (const [heading, entries] of Object.entries(groups)) {
    program.commandsGroup(heading);
    for (const entry of entries) program.addCommand(commandOf(entry, words));
  }
  program.addCommand(commandOf(hidden, words), { hidden: true });
  program.addHelpText("after", EXAMPLES);
  // So that `canary lab exec` leaves options after its command to that command.
  program.enablePositionalOptions();
  const { commands } = program;
  for (const command of [program, ...commands, ...commands.flatMap((parent) => parent.commands)]) {
    command.exitOverride().configureOutput(onOneLine);
  }
  return program;
}

/** The command, if the words have its name; else what the help says of it. */
const commandOf = ({ name, description, load }: CommandEntry, words: readonly string[]): Command =>
  (words.includes(name) ? load() : new Command(name)).description(description);

const usages = new Map(
  Object.values(groups).flatMap((entries) => entries.map(({ name, usage = "[options]" }) => [name, usage])),
);

/** A command that is not loaded does not know what may follow its name. */
function subcommandTerm(command: Command): string {
  const usage = usages.get(command.name());
  return usage === undefined ? new Help().subcommandTerm(command) : `${command.name()} ${usage}`.trimEnd();
}

/** Options that several commands share. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { tellLine } from "../base/output";

/** What `-s` takes: a name, with its organization, or with organization and project. */
const STACK_NAME = /^([\w-][\w.-]*\/){0,2}[\w-][\w.-]*$/;

export interface StackOptions {
  readonly stack: string;
  readonly config: readonly string[];
  readonly configPath: boolean;
}

const stackOption = (more = ""): Option =>
  new Option("-s, --stack <name>", `the stack, one with a file Pulumi.<name>.yaml${more}`).argParser(once());

/** Adds `-s` to a command that only looks. */
export function withStackOption(command: Command): Command {
  return command.addOption(stackOption().default("dev"));
}

/** Adds `-s` to a command that may change a stack: no other than somebody chose. */
export function withChosenStack(command: Command): Command {
  return command
    .addOption(stackOption("; default what pulumi stack select chose"))
    .hook("preAction", (chosen) => {
      if (chosen.getOptionValue("stack") === undefined) chosen.setOptionValue("stack", chosenStack());
      nameStacks(chosen, [chosen.getOptionValue("stack")]);
    });
}

/** The same for a command that may change several stacks. */
export function withChosenStacks(command: Command): Command {
  return command
    .addOption(
      new Option(
        "-s, --stack <name>",
        "the stack; repeatable: one after the other; default what pulumi stack select chose",
      ).argParser((value: string, before: readonly string[] = []) => {
        if (before.includes(value)) throw new InvalidArgumentError("allowed: each stack once");
        return [...before, stackName(value)];
      }),
    )
    .hook("preAction", (chosen) => {
      if (chosen.getOptionValue("stack") === undefined) chosen.setOptionValue("stack", [chosenStack()]);
      nameStacks(chosen, chosen.getOptionValue("stack"));
    });
}

/** The first line on a terminal: nobody is to take the wrong stack for the right one. */
function nameStacks(command: Command, stacks: readonly string[]): void {
  if (process.stderr.isTTY) tellLine(`canary ${command.name()}: stack ${stacks.join(", ")}`);
}

/** Without `-s`; how to find it out is loaded then alone. */
const chosenStack = (): string =>
  (require("./chosen-stack") as typeof import("./chosen-stack")).chosenStack();

/** Adds `-s`, `-c` and `--config-path`. */
export function withStackOptions(command: Command): Command {
  return withStackOption(command)
    .option("-c, --config <key=value>", "configuration for this run alone; repeatable", collect, [])
    .option("--config-path", "take keys of -c as paths, as in apps.myapp.canaryWeight=25", false);
}

const words = new WeakMap<Option, readonly string[]>();

/** The words that an option takes; undefined for other options. */
export const choicesOf = (option: Option): readonly string[] | undefined => words.get(option);

/** An option that takes one of a few words. */
export function choice(
  flags: string,
  description: string,
  choices: readonly string[],
  fallback?: string,
): Option {
  const option = new Option(flags, `${description}: ${choices.join(", ")}`).argParser((value: string) => {
    if (!choices.includes(value)) throw new InvalidArgumentError(`allowed: ${choices.join(", ")}`);
    return value;
  });
  words.set(option, choices);
  return fallback === undefined ? option : option.default(fallback);
}

/** Gathers the values of an option that may be repeated. */
export const collect = (value: string, before: string[]): string[] => [...before, value];

/** Refuses a second value, which would take the first one's place unnoticed. */
function once(): (value: string) => string {
  let given: string | undefined;
  return (value) => {
    if (given !== undefined) throw new InvalidArgumentError(`allowed: one stack, not ${given} and ${value}`);
    given = stackName(value);
    return given;
  };
}

function stackName(value: string): string {
  if (STACK_NAME.test(value)) return value;
  throw new InvalidArgumentError("allowed: NAME, ORGANIZATION/NAME or ORGANIZATION/PROJECT/NAME");
}

/** Options that several commands share. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { tellLine } from "../base/output";
import { UserError } from "../base/user-error";
import {
  findProject,
  type Override,
  parseOverride,
  readConfiguration,
  type StackConfiguration,
} from "../offline/configuration";
import { selectedStack } from "../offline/selected-stack";
import { STACK_NAME, stackNames } from "../offline/stack-names";
import { idleWeight } from "../stacks/idle-weight";
import { formatProblem, type Problem, SettingsError } from "../stacks/problems";
import { rawSettings } from "../stacks/raw";
import { parseSettings } from "../stacks/settings";

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
      if (chosen.getOptionValue("stack") === undefined) chosen.setOptionValue("stack", theChosenStack());
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
      if (chosen.getOptionValue("stack") === undefined) chosen.setOptionValue("stack", [theChosenStack()]);
      nameStacks(chosen, chosen.getOptionValue("stack"));
    });
}

/** The first line on a terminal: nobody is to take the wrong stack for the right one. */
function nameStacks(command: Command, stacks: readonly string[]): void {
  if (process.stderr.isTTY) tellLine(`canary ${command.name()}: stack ${stacks.join(", ")}`);
}

function theChosenStack(): string {
  const folder = findProject(process.cwd());
  const selected = selectedStack(folder);
  if (selected !== undefined) return selected;
  const names = stackNames(folder);
  throw new UserError(
    names.length === 0
      ? "-s is missing, and there is no stack file here"
      : `-s is missing: give one of ${names.join(", ")}; or choose one by pulumi stack select`,
  );
}

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

/** The project and, for it, the configuration with and without what the command line overrides. */
export function readStack({ stack, config, configPath }: StackOptions): {
  folder: string;
  asFiled: StackConfiguration;
  asAsked: StackConfiguration;
} {
  const folder = findProject(process.cwd());
  const overrides: Override[] = config.map((text) => parseOverride(text, configPath));
  const [asFiled, asAsked] = [readConfiguration(folder, stack), readConfiguration(folder, stack, overrides)];
  if (overrides.length > 0) refuseIdleWeights(asFiled, asAsked);
  return { folder, asFiled, asAsked };
}

/** Refuses a weight that the command line gives to a stack without a canary; one in the file is the program's to warn of. */
function refuseIdleWeights(asFiled: StackConfiguration, asAsked: StackConfiguration): void {
  const filed = new Set(idleIn(asFiled).map(formatProblem));
  const problems = idleIn(asAsked).filter((problem) => !filed.has(formatProblem(problem)));
  if (problems.length > 0) throw new SettingsError(problems);
}

function idleIn({ namespace, values }: StackConfiguration): Problem[] {
  try {
    return idleWeight(
      parseSettings(rawSettings(namespace, values)),
      Number(values[`${namespace}:canaryWeight`] ?? 0),
    );
  } catch {
    // The program says what is wrong with its settings, all at once.
    return [];
  }
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

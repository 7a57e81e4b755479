/** What may stand at the end of a command line, from the commands themselves. */
import type { Argument, Command, Option } from "commander";
import { choicesOf } from "../options";
import { type Offer, offeredArguments, offeredOptions } from "./offers";
import { ASK_SHELL } from "./shells";

/** A word, and what it means. */
export interface Candidate {
  readonly value: string;
  readonly meaning: string;
}

/** As far as a command line is typed, without its last word. */
interface Typed {
  readonly command: Command;
  /** Arguments of the command so far. */
  readonly places: number;
  /** The option whose value comes next. */
  readonly awaited: Option | undefined;
  /** Whether options have ended by `--`. */
  readonly isOver: boolean;
}

/**
 * @param program the whole command line's command
 * @param words those typed, without the program's name; the last one is not finished, and may be empty
 */
export function candidates(program: Command, words: readonly string[]): Candidate[] {
  const last = words.at(-1) ?? "";
  const typed = read(program, words.slice(0, -1));
  const asked = answersTo(typed, last, words);
  return asked.filter(
    ({ value }) => isShellWord(value) && (value.startsWith(last) || isShells(value)) && value !== "",
  );
}

const isShells = (value: string): boolean => (Object.values(ASK_SHELL) as string[]).includes(value);

/** Of characters alone that no shell has a meaning for, as names come from files. */
const isShellWord = (value: string): boolean => /^[\w.:=@/,-]*$/.test(value);

function read(program: Command, words: readonly string[]): Typed {
  let [command, places, isOver] = [program, 0, false];
  let awaited: Option | undefined;
  for (const word of words) {
    if (awaited !== undefined) {
      awaited = undefined;
    } else if (!isOver && word === "--") {
      isOver = true;
    } else if (!isOver && word.startsWith("-")) {
      const option = optionOf(command, word);
      awaited = option?.required && !word.includes("=") ? option : undefined;
    } else {
      const below = places === 0 ? command.commands.find((one) => isCalled(one, word)) : undefined;
      if (below === undefined) places += 1;
      else command = below;
    }
  }
  return { command, places, awaited, isOver };
}

const isCalled = (command: Command, word: string): boolean =>
  command.name() === word || command.aliases().includes(word);

const optionOf = ({ options }: Command, word: string): Option | undefined =>
  options.find(({ long, short }) => [long, short].includes(word.replace(/=.*$/s, "")));

function answersTo({ command, places, awaited, isOver }: Typed, last: string, words: readonly string[]) {
  if (awaited !== undefined) return valuesOf(awaited, words);
  const [, flag] = /^(--[\w-]+)=/.exec(last) ?? [];
  if (!isOver && flag !== undefined) {
    const option = optionOf(command, flag);
    const values = option === undefined ? [] : valuesOf(option, words);
    return values.map((one) => (isShells(one.value) ? one : { ...one, value: `${flag}=${one.value}` }));
  }
  if (!isOver && last.startsWith("-")) return optionsOf(command);
  const help = command.createHelp();
  const below = places === 0 ? help.visibleCommands(command) : [];
  if (below.length > 0) return below.map((one) => ({ value: one.name(), meaning: one.description() }));
  const argument = command.registeredArguments[places] ?? command.registeredArguments.at(-1);
  if (argument === undefined || (places > 0 && !argument.variadic)) return [];
  return argumentsOf(command, argument, words);
}

const optionsOf = (command: Command): Candidate[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, short, description }) => ({ value: long ?? short ?? "", meaning: description }));

const plain = (values: readonly string[]): Candidate[] =>
  [...new Set(values)].map((value) => ({ value, meaning: "" }));

function valuesOf(option: Option, words: readonly string[]): Candidate[] {
  const choices = choicesOf(option) ?? option.argChoices;
  return choices === undefined
    ? offered(offeredOptions[option.long ?? ""], option.flags, words)
    : plain(choices);
}

function argumentsOf(command: Command, argument: Argument, words: readonly string[]): Candidate[] {
  if (argument.argChoices !== undefined) return plain(argument.argChoices);
  return offered(offeredArguments[command.name()], `<${argument.name()}>`, words);
}

/** What is offered by name; else files, if the placeholder says so. */
function offered(offer: Offer | undefined, flags: string, words: readonly string[]): Candidate[] {
  if (offer !== undefined) return plain(offer(words));
  const [, kind] = /<(file|folder)>/.exec(flags) ?? [];
  return kind === undefined ? [] : plain([ASK_SHELL[kind as keyof typeof ASK_SHELL]]);
}

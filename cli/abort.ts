/** `canary abort`, `canary pause` and `canary resume`: a word to a rollout, on whichever machine it runs. */
import { Command } from "commander";
import { systemClock } from "../analysis/clock";
import { within } from "../base/deadline";
import { printLine } from "../base/output";
import { messageOf } from "../base/user-error";
import { findProject, readConfiguration } from "../offline/configuration";
import { BEAT_SECONDS } from "../rollout/heartbeat/heartbeat";
import { readSign, type Sign } from "../rollout/heartbeat/sign";
import { TAG_SECONDS, type Tags } from "../rollout/heartbeat/tags";
import { say, type TagWord } from "../rollout/heartbeat/word";
import { heedWord } from "../rollout/journal/answers";
import { whoami } from "../rollout/journal/whoami";
import { pulumiEngine } from "../rollout/shifters/pulumi";
import type { StackOption } from "./approve";
import { withChosenStack } from "./options";
import { noRollout, rolloutHere } from "./rollout-here";

const NEVER = new AbortController().signal;

export const abortCommand = (): Command =>
  wordCommand("abort", "have a rollout roll back", "to roll back").addHelpText(
    "after",
    `
When: a rollout runs, here or on another machine, and you want it to go back to 0 and end. If it does not answer: canary
rollback. If it has ended: canary rollout --resume --rollback, or canary rollback.`,
  );

export const pauseCommand = (): Command =>
  wordCommand(
    "pause",
    "have a rollout take no further step until canary resume",
    "to take no further step",
  ).addHelpText(
    "after",
    `
When: you want to look closer before more users meet the canary. It keeps the weight that it has, and is judged on: one that
fails goes back.`,
  );

export const resumeCommand = (): Command =>
  wordCommand("resume", "let a rollout go on that canary pause has paused", "to go on").addHelpText(
    "after",
    `
When: canary pause came before. A rollout whose process has ended goes on by canary rollout --resume.`,
  );

/** @param told how people are told what the rollout was told */
const wordCommand = (decision: TagWord["decision"], description: string, told: string): Command =>
  withChosenStack(new Command(decision))
    .description(description)
    .action(async ({ stack }: StackOption) => {
      const folder = findProject(process.cwd());
      const here = rolloutHere(folder, stack);
      if (here === undefined) {
        const { by } = await sayElsewhere(folder, stack, decision);
        printLine(`${stack}: told the rollout by ${by} ${told}; it looks every ${BEAT_SECONDS} s`);
      } else {
        heedWord(here.answer, { id: here.begun.id, decision, by: whoami() });
        printLine(`${stack}: told the rollout ${told}`);
      }
    });

/** @returns the rollout's sign. @throws UserError if no rollout is under way that anybody can see */
async function sayElsewhere(folder: string, stack: string, decision: TagWord["decision"]): Promise<Sign> {
  const { sign, tags } = await rolloutElsewhere(folder, stack);
  const word = { decision, by: whoami(), at: systemClock.now() };
  await within(TAG_SECONDS * 1000, "the backend", (signal) => say(sign, word, tags, signal), NEVER);
  return sign;
}

/** The rollout that another machine runs, by what it says of itself beside the state. @throws UserError if there is none */
export async function rolloutElsewhere(
  folder: string,
  stack: string,
): Promise<{ readonly sign: Sign; readonly tags: Tags }> {
  let found: { readonly sign: Sign | undefined; readonly tags: Tags } | undefined;
  try {
    const { project, qualifiedStack } = readConfiguration(folder, stack);
    const { tags } = await pulumiEngine(folder, project, stack, qualifiedStack);
    if (tags !== undefined) found = { sign: readSign(await read(tags)), tags };
  } catch (error) {
    throw noRollout(
      stack,
      `no rollout is under way here, and nobody can tell of other machines: ${messageOf(error)}`,
    );
  }
  if (found?.sign === undefined || found.sign.end !== undefined)
    throw noRollout(stack, "no rollout is under way, here or on another machine");
  return { ...found, sign: found.sign };
}

const read = (tags: Tags): Promise<Readonly<Record<string, string>>> =>
  within(TAG_SECONDS * 1000, "the backend", (signal) => tags.read(signal), NEVER);

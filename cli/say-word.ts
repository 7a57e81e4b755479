/** A word to a rollout, on whichever machine it runs. */
import { systemClock } from "../analysis/clock";
import { within } from "../base/deadline";
import { printLine } from "../base/output";
import { messageOf } from "../base/user-error";
import { readConfiguration } from "../offline/configuration";
import { findProject } from "../offline/find-project";
import { BEAT_SECONDS } from "../rollout/heartbeat/heartbeat";
import { readSign, type Sign } from "../rollout/heartbeat/sign";
import { TAG_SECONDS, type Tags } from "../rollout/heartbeat/tags";
import { say, type TagWord } from "../rollout/heartbeat/word";
import { heedWord } from "../rollout/journal/answers";
import { whoami } from "../rollout/journal/whoami";
import { pulumiEngine } from "../rollout/shifters/pulumi";
import { noRollout, rolloutHere } from "./rollout-here";

const NEVER = new AbortController().signal;

/** @param told how people are told what the rollout was told */
export async function sayWord(stack: string, decision: TagWord["decision"], told: string): Promise<void> {
  const folder = findProject(process.cwd());
  const here = rolloutHere(folder, stack);
  if (here === undefined) {
    const { by } = await sayElsewhere(folder, stack, decision);
    printLine(`${stack}: told the rollout by ${by} ${told}; it looks every ${BEAT_SECONDS} s`);
  } else {
    heedWord(here.answer, { id: here.begun.id, decision, by: whoami() });
    printLine(`${stack}: told the rollout ${told}`);
  }
}

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

/** What somebody says to a rollout from another machine, by a tag of its stack: the rollout looks there with each beat. */
import * as z from "zod";
import type { Sign } from "./sign";
import type { Tags } from "./tags";

const WORD_TAG = "canary-word";

const wordSchema = z.object({
  /** Begin of the rollout's id, as its sign has it. */
  id: z.string(),
  decision: z.enum(["abort", "pause", "resume"]),
  by: z.string(),
  /** Tells two words from each other. */
  at: z.number(),
});

export type TagWord = z.output<typeof wordSchema>;

/** Says something to the rollout that gave the sign. The backend takes 256 characters. */
export function say(
  { id }: Sign,
  { decision, by, at }: Omit<TagWord, "id">,
  tags: Tags,
  signal: AbortSignal,
): Promise<void> {
  const shown = by.replace(/[^\x21-\x7e]/g, "?").slice(0, 60);
  return tags.set(WORD_TAG, JSON.stringify({ id, decision, by: shown, at } satisfies TagWord), signal);
}

/** The last word to a rollout; undefined if there is none, or nothing that makes sense. */
export function lastWord(tags: Readonly<Record<string, string>>, id: string): TagWord | undefined {
  try {
    const word = wordSchema.parse(JSON.parse(tags[WORD_TAG] ?? ""));
    return word.id === id ? word : undefined;
  } catch {
    return undefined;
  }
}

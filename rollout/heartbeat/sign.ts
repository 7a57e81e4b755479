/** What a rollout says of itself where other machines see it: that it goes on, and how far it is. */
import * as z from "zod";
import type { Tags } from "./tags";

/** The tag that changes with each beat; those after it, `canary-rollout-1` and so on, have the canaries and the steps. */
export const SIGN_TAG = "canary-rollout";
const partTag = (part: number): string => `${SIGN_TAG}-${part}`;

/**
 * Characters of canaries and steps in one tag, beside the rollout's id. Pulumi Cloud takes 256 for a value:
 * `ValidateStackTags` in pulumi/pulumi, pkg/backend/httpstate/client.
 */
const PART = 240;
const VERSION = 1;

const weight = z.number().min(0).max(100);
const count = z.int().min(0).max(1_000_000_000);

const headSchema = z.object({
  version: z.literal(VERSION),
  /** Begin of the rollout's id. */
  id: z.string().regex(/^[\w-]{1,8}$/),
  /** How many beats there were in this run. */
  beat: count,
  /** When, by the clock of the rollout's machine. */
  at: z.iso.datetime(),
  /** The step that is taken or baked, counted from 1. */
  step: count,
  /** Whether it goes back. */
  isBack: z.boolean(),
  /** Tags that have the canaries and the steps. */
  parts: count.max(1000),
  /** Who began it, and where. */
  by: z.string(),
  end: z.enum(["done", "rolled-back", "stopped", "by-hand"]).optional(),
});

type Head = z.output<typeof headSchema>;

const courseSchema = z.object({
  /** The canaries' weights when the rollout began. */
  from: z.record(z.string(), weight),
  /** The steps' weights; a canary that was further on when the rollout began waits there. */
  steps: z.array(weight),
});

/** What a rollout shifts, and by which weights. */
export type SignedCourse = z.output<typeof courseSchema>;

export interface Sign extends Omit<Head, "version" | "parts" | "of"> {
  /** Empty once it has ended. */
  readonly course: SignedCourse;
}

/** Why a sign tells nothing, in one line. */
export class SignError extends Error {}

/** The tags that stay as they are while a rollout goes on. */
export const partTags = ({ id, course }: Pick<Sign, "id" | "course">): [name: string, value: string][] =>
  (JSON.stringify(course).match(new RegExp(`.{1,${PART}}`, "g")) ?? []).map((text, i) => [
    partTag(i + 1),
    `${id} ${text}`,
  ]);

/** The tag that changes. */
export function headTag({ course, by, ...sign }: Sign): [name: string, value: string] {
  const shown = by.replace(/[^\x21-\x7e]/g, "?").slice(0, 60);
  const head: Head = {
    version: VERSION,
    ...sign,
    by: shown,
    parts: partTags({ id: sign.id, course }).length,
  };
  return [SIGN_TAG, JSON.stringify(head)];
}

/**
 * The sign that a stack's tags have; undefined if no rollout ever gave one.
 *
 * @throws SignError
 */
export function readSign(tags: Readonly<Record<string, string>>): Sign | undefined {
  const text = Object.hasOwn(tags, SIGN_TAG) ? tags[SIGN_TAG] : undefined;
  if (text === undefined) return undefined;
  const { success, data } = headSchema.safeParse(parsed(text));
  if (!success) throw new SignError(`tag ${SIGN_TAG} is not as this version of canary writes it`);
  const { version: _version, parts, ...head } = data;
  const isOver = head.end !== undefined;
  return { ...head, course: isOver ? { from: {}, steps: [] } : courseIn(tags, head.id, parts) };
}

function courseIn(tags: Readonly<Record<string, string>>, id: string, parts: number): SignedCourse {
  const texts = Array.from({ length: parts }, (_, i) => {
    const text = tags[partTag(i + 1)];
    if (!text?.startsWith(`${id} `)) throw new SignError(`tag ${partTag(i + 1)} is not of the same rollout`);
    return text.slice(id.length + 1);
  });
  const { success, data } = courseSchema.safeParse(parsed(texts.join("")));
  if (!success) throw new SignError(`tag ${partTag(1)} is not as this version of canary writes it`);
  return data;
}

/** Ends a sign in a rollout's place. */
export function endSign(sign: Sign, tags: Tags, signal: AbortSignal): Promise<void> {
  const [name, value] = headTag({ ...sign, end: "by-hand" });
  return tags.set(name, value, signal);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

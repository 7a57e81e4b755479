/** Looks whether a rollout died and left users with its canary. */
import type { Clock } from "../../analysis/clock";
import type { Weights } from "../../analysis/plan";
import { within } from "../../base/deadline";
import { messageOf } from "../../base/user-error";
import { BEAT_SECONDS } from "./heartbeat";
import { readSign, type Sign } from "./sign";
import { TAG_SECONDS, type Tags } from "./tags";

/** Seconds without a beat after which a rollout counts as dead, unless the command says otherwise. */
export const DEAD_SECONDS = 300;
/** Seconds for which a sign that looks dead is looked at before it counts, and between two looks: the clocks of two machines may differ. */
export const WATCH_SECONDS = 4 * BEAT_SECONDS;
const LOOK_SECONDS = BEAT_SECONDS / 2;
/** Seconds that the state may take to be read. */
const STATE_SECONDS = 300;

export interface Watched {
  readonly tags: Tags;
  readonly clock: Clock;
  /** The weights that the state has, of these canaries; without those that it does not have. */
  readonly applied: (keys: readonly string[]) => Promise<Weights>;
  readonly signal: AbortSignal;
}

/** What there is, for people, and what is to be done about it. */
export type Sighting =
  | { readonly is: "fine" | "unknown"; readonly why: string }
  | {
      readonly is: "dead";
      readonly sign: Sign;
      /** The weights that the rollout left, above 0. */
      readonly left: Weights;
    };

/** @param afterSeconds age of the last beat from which on a rollout counts as dead */
export async function watch(world: Watched, afterSeconds: number): Promise<Sighting> {
  try {
    return await found(world, afterSeconds);
  } catch (error) {
    world.signal.throwIfAborted();
    return { is: "unknown", why: messageOf(error) };
  }
}

async function found(world: Watched, afterSeconds: number): Promise<Sighting> {
  const { clock, signal, applied } = world;
  const sign = await look(world);
  if (sign === undefined) return { is: "fine", why: "no rollout is under way" };
  const isOld = Math.abs(clock.now() - Date.parse(sign.at)) > afterSeconds * 1000;
  const changed = isOld ? await changeOf(world, sign) : sign;
  if (changed?.end !== undefined)
    return { is: "fine", why: `no rollout is under way: the last one is ${changed.end}` };
  if (changed !== undefined)
    return { is: "fine", why: `the rollout lives: step ${changed.step} of ${changed.course.steps.length}` };
  const keys = Object.keys(sign.course.from);
  const weights = await within(STATE_SECONDS * 1000, "the state", () => applied(keys), signal, clock);
  const left = leftBy(sign, weights);
  if (Object.keys(left).length === 0)
    return { is: "fine", why: "a rollout died, but no canary has users by a weight of its own" };
  return { is: "dead", sign, left };
}

/** The sign once it is another; undefined if it stays as it was. */
async function changeOf(world: Watched, before: Sign): Promise<Sign | undefined> {
  if (before.end !== undefined) return before;
  const { clock, signal } = world;
  const begin = clock.elapsed();
  while (clock.elapsed() - begin < WATCH_SECONDS * 1000) {
    await clock.sleep(LOOK_SECONDS * 1000, signal);
    const now = await look(world);
    if (now === undefined) continue;
    if (now.id !== before.id || now.beat !== before.beat || now.at !== before.at) return now;
  }
  return undefined;
}

/** Half, by which a canary behind classic load balancers goes back. */
const HALF = 50;

/**
 * The weights that the rollout gave. One that was there before it began, and one that somebody set since, are none of its:
 * they are fixed. A step that was taken just before it died may not be in its last beat; which step a rollout goes back from need not be.
 */
export function leftBy({ course: { from, steps }, step, isBack }: Sign, applied: Weights): Weights {
  const near = isBack ? steps : [step - 2, step - 1, step].flatMap((i) => steps[i] ?? []);
  const isLeft = ([key, weight]: [string, number]): boolean => {
    const before = from[key];
    if (before === undefined || weight === 0 || weight === before) return false;
    const given = near.map((one) => Math.max(before, one));
    return given.includes(weight) || (isBack && weight === HALF && Math.max(...given) > HALF);
  };
  return Object.fromEntries(Object.entries(applied).filter(isLeft));
}

async function look({ tags, clock, signal }: Watched): Promise<Sign | undefined> {
  const read = (inner: AbortSignal) => tags.read(inner);
  return readSign(await within(TAG_SECONDS * 1000, "the backend", read, signal, clock));
}

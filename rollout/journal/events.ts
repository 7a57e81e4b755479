/** What happens in a rollout, in order: the journal holds it, views show it, a resume reads it. */
import type { Weights } from "../../analysis/plan";
import type { Verdict } from "../../analysis/verdict";
import { shortened } from "../../base/escape";
import { redacted } from "../../base/secrets";
import type { Digests } from "../machine/ports";
import type { Plan } from "../plan/plan";

/** One thing that is about to happen or has happened. `time` is in milliseconds since the epoch. */
export type RolloutEvent = { readonly time: number } & (
  | {
      readonly type: "begun";
      /** Of what the journal's lines mean; absent in the first one. */
      readonly version?: number;
      readonly id: string;
      readonly plan: Plan;
      readonly from: Weights;
      readonly configuration?: Digests;
    }
  | { readonly type: "resumed"; readonly id: string; readonly applied: Weights }
  | { readonly type: "approval-awaited"; readonly step: number }
  | { readonly type: "approved"; readonly step: number; readonly by: string }
  | { readonly type: "paused"; readonly step: number; readonly by: string }
  | { readonly type: "unpaused"; readonly step: number }
  | { readonly type: "window-awaited"; readonly step: number; readonly until: number }
  | { readonly type: "shifting"; readonly step: number; readonly weights: Weights; readonly message: string }
  | { readonly type: "shifted"; readonly step: number; readonly weights: Weights }
  | {
      readonly type: "step-failed";
      readonly step: number;
      readonly attempt: number;
      readonly reason: string;
    }
  | { readonly type: "observed"; readonly step: number; readonly weights: Weights }
  | {
      readonly type: "following";
      /** Undefined on the way back. */
      readonly step?: number;
      /** Why users take a while to come. */
      readonly why: string;
      /** When it is said that they have not come. */
      readonly until: number;
    }
  | {
      readonly type: "followed";
      readonly step?: number;
      readonly isThere: boolean;
      /** How many users have come or are left, and after how long. */
      readonly said: string;
    }
  | { readonly type: "judged"; readonly step: number; readonly verdict: Verdict }
  | { readonly type: "rolling-back"; readonly weights: Weights; readonly reason: string }
  | { readonly type: "rollback-failed"; readonly attempt: number; readonly reason: string }
  | { readonly type: "rolled-back"; readonly weights: Weights }
  | { readonly type: "ended"; readonly outcome: Ending; readonly reason: string }
);

/** What this program writes and understands. */
export const JOURNAL_VERSION = 1;

const TYPES: Record<RolloutEvent["type"], true> = {
  begun: true,
  resumed: true,
  "approval-awaited": true,
  approved: true,
  paused: true,
  unpaused: true,
  "window-awaited": true,
  shifting: true,
  shifted: true,
  "step-failed": true,
  observed: true,
  following: true,
  followed: true,
  judged: true,
  "rolling-back": true,
  "rollback-failed": true,
  "rolled-back": true,
  ended: true,
};

/** Whether it is an event that this program understands. */
export function isEvent(value: unknown): value is RolloutEvent {
  if (typeof value !== "object" || value === null) return false;
  const { type, version = JOURNAL_VERSION, plan, from } = value as Partial<RolloutEvent & { type: "begun" }>;
  if (typeof type !== "string" || !Object.hasOwn(TYPES, type)) return false;
  if (type !== "begun") return true;
  const isPlan = Array.isArray(plan?.steps) && Array.isArray(plan.targets);
  return version <= JOURNAL_VERSION && isPlan && typeof from === "object";
}

/** `done`: the last step passed. `rolled-back`: the canary failed or was aborted. `stopped`: neither, and a resume goes on. */
export type Ending = "done" | "rolled-back" | "stopped";

/** Hears of every event once the journal has it. */
export type Listener = (event: RolloutEvent) => void;

/** Characters of a text, and items of a list, that are more than anybody reads: a source may answer with any number. */
const MOST = { text: 4000, items: 1000 };

/** The event as everybody may see it: without secrets, and no longer than people can read. */
export const shownEvent = (event: RolloutEvent): RolloutEvent => shown(event) as RolloutEvent;

function shown(value: unknown): unknown {
  if (typeof value === "string") return shortened(redacted(shortened(value, 2 * MOST.text)), MOST.text);
  if (Array.isArray(value)) return value.slice(-MOST.items).map(shown);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item)]));
}

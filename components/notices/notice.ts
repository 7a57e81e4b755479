/** What every kind of notice is: one object in a file of its own, which the registry beside it lists. */

/**
 * When people are told of a rollout. `start`: begun or resumed. `step`: users get a weight. `verdict`: going back, the end, and
 * an approval that is waited for.
 */
export const occasions = ["start", "step", "verdict"] as const;
export type Occasion = (typeof occasions)[number];

/** How it looks to whoever glances at it. */
export type Mood = "neutral" | "good" | "waiting" | "bad";

export interface Notice {
  readonly occasion: Occasion;
  readonly mood: Mood;
  /** In one line, without the stack. */
  readonly headline: string;
  /** More of it, such as what failed and the query to look again. */
  readonly detail?: string;
}

/** What is told. */
export interface Told {
  readonly notice: Notice;
  /** What happened, as the journal has it. */
  readonly event: object;
  readonly stack: string;
  /** The rollout's. */
  readonly id: string;
}

/** One kind of address. */
export interface NoticeKind {
  /** The JSON that is posted to the address. */
  message(told: Told): object;
}

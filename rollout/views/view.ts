import type { Listener } from "../journal/events";

/** Something that shows a rollout while it goes on, or keeps what happened. */
export interface View {
  /** Hears of every event once the journal has it. */
  readonly hear: Listener;
  /** Takes a line of what is no event, such as a warning. */
  note(line: string): void;
  /** Finishes, whether or not the rollout came to an end. */
  close(): void | Promise<void>;
}

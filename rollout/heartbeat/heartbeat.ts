/** Beats while a rollout goes on, and writes its end. Nothing of it holds the rollout up, or changes how it ends. */
import type { Clock } from "../../analysis/clock";
import { within } from "../../base/deadline";
import { messageOf } from "../../base/user-error";
import type { RolloutEvent } from "../journal/events";
import { whoami } from "../journal/whoami";
import type { Position } from "../machine/machine";
import type { Interrupted } from "../machine/resume";
import { headTag, partTags, type Sign } from "./sign";
import { TAG_SECONDS, type Tags } from "./tags";
import { lastWord, type TagWord } from "./word";

/** Seconds between two beats. */
export const BEAT_SECONDS = 30;
/** Seconds that the end gets to be written, with what is left of the last beat. */
const END_SECONDS = 30;
const RETRY_MS = 2000;
const NEVER = new AbortController().signal;

export interface HeartbeatOptions {
  readonly tags: Tags;
  readonly clock: Clock;
  /** Told what somebody says from another machine, once each. */
  readonly heed: (word: TagWord) => void;
  /** Gets a line if it can't be written, once. */
  readonly note: (line: string) => void;
}

export class Heartbeat {
  private sign: Sign;
  private readonly over = new AbortController();
  private readonly beating: Promise<void>;
  /** Ends the pause before the next beat. */
  private soon = new AbortController();
  private arePartsThere = false;
  /** Whether other machines may have seen it. */
  private wasSeen = false;
  private isTold = false;
  /** When the word was said that was heeded last. */
  private heeded: number | undefined;

  /** @param position where the rollout begins or goes on */
  constructor(
    private readonly options: HeartbeatOptions,
    { id, plan, from }: Pick<Interrupted, "id" | "plan" | "from">,
    position: Position,
  ) {
    const step = position.at === "roll-back" ? 0 : position.step;
    const course = { from: { ...from }, steps: plan.steps.map(({ weight }) => weight) };
    this.sign = { id: id.slice(0, 8), beat: 0, at: "", step: step + 1, isBack: false, by: whoami(), course };
    this.beating = this.goOn();
  }

  /** Told of each event, before or after the journal has it. */
  hear(event: RolloutEvent): void {
    if (event.type === "rolling-back") this.sign = { ...this.sign, isBack: true };
    if (event.type === "shifting") {
      this.sign = { ...this.sign, step: event.step + 1 };
      // Pulumi Cloud may lose a tag that is set while an update begins.
      this.arePartsThere = false;
    }
    if (event.type === "rolling-back" || event.type === "shifting") this.soon.abort();
    // Who could not go back has not ended: users have a canary that is to go.
    if (event.type === "ended" && (event.outcome !== "stopped" || !this.sign.isBack))
      this.sign = { ...this.sign, end: event.outcome };
  }

  /** Ends the beats once the rollout is over. */
  async end(): Promise<void> {
    const { clock, note } = this.options;
    this.over.abort();
    try {
      await within(END_SECONDS * 1000, "the backend", () => this.writeEnd(), NEVER, clock);
    } catch (error) {
      if (!this.wasSeen) return;
      note(
        `warning: the rollout's end can't be written to the stack's tags (${messageOf(error)}): canary watchdog takes it for one that died`,
      );
    }
  }

  private async writeEnd(): Promise<void> {
    await this.beating;
    if (this.sign.end === undefined) return;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.write();
      } catch (error) {
        if (attempt === 3 || !this.wasSeen) throw error;
        await this.options.clock.sleep(RETRY_MS, NEVER);
      }
    }
  }

  private async goOn(): Promise<void> {
    const { clock, note } = this.options;
    while (!this.over.signal.aborted) {
      this.soon = new AbortController();
      try {
        await this.write();
      } catch (error) {
        if (!this.isTold)
          note(
            `warning: the rollout's heartbeat can't be written to the stack's tags (${messageOf(error)}): going on without; canary watchdog can't tell that it lives`,
          );
        this.isTold = true;
      }
      await this.listen();
      const pause = AbortSignal.any([this.over.signal, this.soon.signal]);
      await clock.sleep(BEAT_SECONDS * 1000, pause).catch(() => {});
    }
  }

  /** Words that can't be read are none. */
  private async listen(): Promise<void> {
    const { tags, clock, heed } = this.options;
    const read = (signal: AbortSignal) => tags.read(signal);
    try {
      const word = lastWord(
        await within(TAG_SECONDS * 1000, "the backend", read, this.over.signal, clock),
        this.sign.id,
      );
      if (word === undefined || word.at === this.heeded) return;
      this.heeded = word.at;
      heed(word);
    } catch {
      // The next beat asks again.
    }
  }

  private async write(): Promise<void> {
    const { clock } = this.options;
    this.sign = { ...this.sign, beat: this.sign.beat + 1, at: new Date(clock.now()).toISOString() };
    const isOver = this.sign.end !== undefined;
    if (!this.arePartsThere && !isOver) {
      this.arePartsThere = true;
      try {
        for (const tag of partTags(this.sign)) await this.set(tag);
      } catch (error) {
        this.arePartsThere = false;
        throw error;
      }
    }
    await this.set(headTag(this.sign));
    this.wasSeen = true;
  }

  private set([name, value]: [string, string]): Promise<void> {
    const { tags, clock } = this.options;
    const set = (signal: AbortSignal): Promise<void> => tags.set(name, value, signal);
    return within(TAG_SECONDS * 1000, "the backend", set, NEVER, clock);
  }
}

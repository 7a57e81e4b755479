import type { Weights } from "../../../analysis/plan";
import { headTag, partTags, type Sign } from "../../../rollout/heartbeat/sign";
import type { Tags } from "../../../rollout/heartbeat/tags";

/** Tags that a test reads and breaks. */
export class TagsInMemory implements Tags {
  values: Record<string, string> = {};
  /** Names of what was set, in order. */
  readonly written: string[] = [];
  onRead: () => unknown = () => {};
  onSet: () => unknown = () => {};

  /** Has the tags be those of a sign. */
  static of(sign: Sign): TagsInMemory {
    const tags = new TagsInMemory();
    tags.values = Object.fromEntries([headTag(sign), ...partTags(sign)]);
    return tags;
  }

  async read(): Promise<Record<string, string>> {
    await this.onRead();
    return { ...this.values };
  }

  async set(name: string, value: string): Promise<void> {
    await this.onSet();
    this.values[name] = value;
    this.written.push(name);
  }
}

/** Of a rollout from 0 by 5 and 25 to 100 that bakes 25 and has given its last sign at 1970's begin. */
export const sign = (change: Partial<Sign> = {}, from: Weights = { "myapp/canary": 0 }): Sign => ({
  id: "f00dcafe",
  beat: 7,
  at: new Date(0).toISOString(),
  step: 2,
  isBack: false,
  by: "ann@ci",
  course: { from: { ...from }, steps: [5, 25, 100] },
  ...change,
});

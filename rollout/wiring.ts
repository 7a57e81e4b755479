/** What a rollout of a stack runs on: the one place that knows which shifter, sources and views there are. */
import type { StackConfiguration } from "../offline/configuration";
import type { Settings } from "../stacks/settings";
import type { Parts } from "./session";

/** A stack as its file has it. */
export interface WiredStack {
  /** The project's folder. */
  readonly folder: string;
  readonly configuration: StackConfiguration;
  readonly settings: Settings;
}

/** Chooses the parts for a stack. */
export type Wire = (stack: WiredStack) => Parts | Promise<Parts>;

/** Evaluates a program of another revision in a process of its own and sends what it comes to. */
import type { BaseMessage } from "./base";
import { readConfiguration } from "./configuration";
import { deployed } from "./preview";

const [, , folder = "", stack = ""] = process.argv;
const answer = (message: BaseMessage): void => {
  process.send?.(message, () => process.exit());
};

(async () => answer({ states: await deployed(folder, readConfiguration(folder, stack)) }))().catch(
  (error: Error) => answer({ error: error.message }),
);

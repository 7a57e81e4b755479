/** Evaluates a program of another revision in a process of its own and sends what it comes to. */
import type { BaseMessage } from "./base";
import { readConfiguration } from "./configuration";
import { deployed } from "./preview";

const [, , folder = "", stack = ""] = process.argv;
const answer = (message: BaseMessage): void => {
  process.send?.(message, () => process.exit());
};

// Without a parent to answer there is nothing left to do.
process.on("disconnect", () => process.exit());

Promise.resolve()
  .then(() => deployed(folder, readConfiguration(folder, stack)))
  .then((states) => answer({ states }))
  .catch((error: Error) => answer({ error: error.message }));

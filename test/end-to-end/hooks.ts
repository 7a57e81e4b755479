/** One lab for the whole suite, or the cluster that takes its place. */
import type { Context } from "mocha";
import { Lab } from "../../lab/client";
import { parts } from "../../lab/parts";
import { lackingFor } from "./built";
import { rendered } from "./rendered";

// A run that is ended, however that is, ends its labs with it.
process.once("disconnect", () => process.exit());

let shared: Lab | undefined;

/** The suite's lab: it runs stack dev. */
export function lab(): Lab {
  if (shared === undefined) throw new Error("no lab is up: use it in tests and hooks alone");
  return shared;
}

export const mochaHooks = {
  async beforeAll(this: Context) {
    this.timeout("5m");
    if (shared !== undefined) return;
    const progress = (message: string): void => console.log(`  ${message}`);
    try {
      const opened = await Lab.open({ progress });
      await opened.apply(await rendered("dev"));
      shared = opened;
    } catch (error) {
      const lacking = lackingFor(parts);
      if (lacking === undefined) throw error;
      progress(`all pending: ${lacking}`);
      this.skip();
    }
  },
};

export async function closeLab(): Promise<void> {
  await shared?.down();
  shared = undefined;
}

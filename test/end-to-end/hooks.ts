/** One lab for the whole suite, or the cluster that takes its place. */
import type { Context } from "mocha";
import { unbuilt } from "../../lab/build";
import { Lab } from "../../lab/client";
import { checkRequirements } from "../../lab/requirements";
import { rendered } from "./rendered";

// A run that is ended, however that is, ends its labs with it.
process.once("disconnect", () => process.exit(1));
process.channel?.unref();

let shared: Lab | undefined;

/** The suite's lab: it runs stack dev. */
export function lab(): Lab {
  if (shared === undefined) throw new Error("no lab is up: use it in tests and hooks alone");
  return shared;
}

export const mochaHooks = {
  async beforeAll(this: Context) {
    // The first build of the lab's parts.
    this.timeout("60m");
    const progress = (message: string): void => console.log(`  ${message}`);
    try {
      shared = await Lab.open({ progress });
    } catch (error) {
      const lacking = whatIsLacking();
      if (lacking === undefined) throw error;
      progress(`all pending: ${lacking}`);
      this.skip();
    }
    await lab().apply(await rendered("dev"));
  },

  async afterAll(this: Context) {
    this.timeout("2m");
    await shared?.down();
  },
};

function whatIsLacking(): string | undefined {
  try {
    checkRequirements(unbuilt().length > 0);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

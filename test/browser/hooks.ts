/** One browser for the whole suite; all tests are pending where there is none. */
import type { Context } from "mocha";
import type { Browser } from "playwright-core";
import { findChromium, startChromium } from "./chromium";

let started: Browser | undefined;

/** The suite's browser: use it in tests and hooks alone. */
export function browser(): Browser {
  if (started === undefined) throw new Error("no browser is up");
  return started;
}

export const mochaHooks = {
  async beforeAll(this: Context) {
    this.timeout("1m");
    const executable = findChromium(process.env);
    if (executable === undefined) {
      console.log("  all pending: no Chromium on PATH, nor in variable CHROMIUM");
      this.skip();
    }
    started = await startChromium(executable);
  },

  async afterAll() {
    await started?.close();
  },
};

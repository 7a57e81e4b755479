/** One Python environment and one moto server for the whole suite; all tests are pending where there can be none. */
import type { Context } from "mocha";
import { lackingPython } from "../../base/python";
import { type Send, sendTo } from "./api";
import { type Moto, startMoto } from "./moto";

let server: Moto | undefined;

/** The suite's moto server: use it in tests and hooks alone. */
export function moto(): Moto {
  if (server === undefined) throw new Error("no moto server is up");
  return server;
}

export const send: Send = (request) => sendTo(moto().endpoint)(request);

export const mochaHooks = {
  async beforeAll(this: Context) {
    // The environment's packages are fetched the first time.
    this.timeout("10m");
    const reason = lackingPython();
    if (reason !== undefined) {
      console.log(`  all pending: ${reason}`);
      this.skip();
    }
    server = await startMoto();
  },

  async afterAll() {
    await server?.stop();
  },
};

/** One Python environment and one moto server for the whole suite; all tests are pending where there can be none. */
import { afterEach, beforeEach, type Context } from "mocha";
import { lackingPython } from "../../base/python";
import { REGION, type Send, sendTo } from "./api";
import { type Moto, startMoto } from "./moto";

let server: Moto | undefined;

/** The suite's moto server: use it in tests and hooks alone. */
export function moto(): Moto {
  if (server === undefined) throw new Error("no moto server is up");
  return server;
}

export const send: Send = (request) => sendTo(moto().endpoint)(request);

/** Has the tests of a suite find moto by AWS's usual variables. */
export function inMoto(): void {
  let before: NodeJS.ProcessEnv;
  beforeEach(() => {
    before = { ...process.env };
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: moto().endpoint,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: "testing",
      AWS_SECRET_ACCESS_KEY: "testing-secret",
    });
  });
  afterEach(() => {
    process.env = before;
  });
}

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

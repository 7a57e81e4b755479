import assert from "node:assert/strict";
import { Lab } from "../../lab/client";
import { lacksEngine } from "../engine/engine";
import { lab } from "./hooks";

const lacking = lacksEngine();

describe(`Pulumi's engine${lacking === undefined ? "" : ` (needs ${lacking})`}`, () => {
  let own: Lab;

  before(async function () {
    if (lacking !== undefined || lab().attached) this.skip();
    own = await Lab.up({ name: `engine-${process.pid}` });
  });

  after(() => own?.down());

  it("says before an update of the cluster what canary preview --state says", async function () {
    this.timeout("30m");
    await passes("test/engine/engine.test.ts", "--grep", "on Kubernetes");
  });

  it("deploys the stack, shifts it, finds no drift and destroys it", async function () {
    this.timeout("10m");
    await passes("test/end-to-end/inside/deployment.test.ts");
  });

  /** Runs tests in the lab's network, where its API server is. */
  async function passes(file: string, ...options: string[]): Promise<void> {
    const mocha = [process.execPath, require.resolve("mocha/bin/mocha.js"), "--forbid-pending"];
    const { code, stdout, stderr } = await own.exec([...mocha, ...options, file]);
    assert.equal(code, 0, stdout + stderr);
  }
});

/** One lab of the suite, in a process that `run.ts` forks: runs the files that it is sent, one after the other. */
import { once } from "node:events";
import { resolve } from "node:path";
import Mocha, { type MochaOptions } from "mocha";
import { closeLab, mochaHooks } from "./hooks";
import Reporter from "./reporter";

/** mocha's own reading of its command line. It has no types. */
const { loadOptions } = require("mocha/lib/cli/options.cjs") as {
  loadOptions: (words: readonly string[]) => MochaOptions;
};

const options: MochaOptions = {
  ...loadOptions([...process.argv.slice(2), "--no-config"]),
  reporter: Reporter,
  rootHooks: mochaHooks,
  // A machine that stalls for a while fails what it measures then; what fails again is broken.
  retries: 1,
  // The slowest are slow by nature: a rollout waits for pods to end, a restart for connections to drain.
  timeout: 300_000,
  slow: 60_000,
};

/** The reporter sends what came of the file. */
const runFile = (file: string): Promise<void> =>
  new Promise((done) => {
    new Mocha(options).addFile(resolve(file)).run(() => done());
  });

async function main(): Promise<void> {
  for (;;) {
    process.send?.("next");
    const [file] = (await once(process, "message")) as [string];
    if (file === "") break;
    await runFile(file);
  }
  await closeLab();
  process.disconnect();
}

void main();
